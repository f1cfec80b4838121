// `npm run test:swarm`: the stack of docs/deploy.md on this machine's Docker engine, in a swarm of one node: scaled and updated
// while it trains, with a wrong setting, without its database for a while, and restored
// from a backup. Prints each step with its time; ends with exit
// code 1 at the first that does not hold. Everything it made is removed. Not part of CI: it takes an engine that may join a swarm.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { handedBack, nothingLost } from './nothing-lost.mjs';
import { backUp, forget, inUse, restore } from './restore.mjs';
import {
  deploy,
  healthy,
  ml,
  open,
  psql,
  redis,
  root,
  running,
  sh,
  stack,
  step,
  tasks,
  updates,
  wait,
  whyNoEngine,
  within,
} from './swarm.mjs';

const skipped = whyNoEngine();
if (skipped) {
  process.stdout.write(`skipped: ${skipped}\n`);
  process.exit(0);
}

const secrets = ['postgres_password', 'redis_password', 'api_token'].map((name) => `${stack}_${name}`);
const labels = ['ml-training.data', 'ml-training.work'];
const fleet = ['scheduler', 'trainer', 'heartbeat', 'metrics', 'dashboard'];
/** Images that are there already, as PREFIX: none is built then. */
const prefix = process.env.SWARM_TEST_IMAGES ?? 'ml-training-swarm-test';
const settings = {
  IMAGE_PREFIX: prefix,
  IMAGE_TAG: 'one',
  MAX_CONCURRENT_TRAINING_JOBS: '2',
  HTTP_PORT: process.env.SWARM_TEST_PORT ?? '18080',
  // Half a minute a job on a fast machine: longer than the swarm takes to start a trainer.
  TRAINING_PARAMS: process.env.SWARM_TEST_PARAMS ?? '{"rl": {"total_timesteps": 1000000}}',
  // Every pair is to have a model in use, however little it has learnt.
  MODEL_FLOOR: 'none',
  TRAINING_CRON_SCHEDULE: '0 0 1 1 *',
};
const wasInSwarm = sh("docker info --format '{{.Swarm.LocalNodeState}}'") === 'active';
const drained = () => wait('all jobs to end', () => open() === 0);
const updated = (state) =>
  wait(`${state} of every service`, () => updates(fleet).every((each) => each === state));

async function main() {
  await step('a swarm of one node, with labels and secrets', () => {
    if (!wasInSwarm) sh('docker swarm init --advertise-addr 127.0.0.1');
    const node = sh("docker info --format '{{.Swarm.NodeID}}'");
    for (const label of labels) sh(`docker node update --label-add ${label}=true ${node}`);
    // What a shell, a URL, Redis and PostgreSQL each might take for something else.
    for (const name of secrets) sh(`docker secret create ${name} -`, { input: 'p@ss/w#rd:1 $HOME %41"x\n' });
  });

  await step('images', () => {
    if (process.env.SWARM_TEST_IMAGES) return 'as they are';
    sh('docker compose -f docker-compose.yml -f infra/swarm/stack.yml --profile ml-training build --quiet', {
      env: settings,
    });
  });
  // The same under another name, which is a new version to Swarm.
  for (const role of fleet) sh(`docker tag ${prefix}/${role}:one ${prefix}/${role}:two`);

  await step('deployed, and healthy', async () => {
    deploy(settings);
    await healthy();
    return `${tasks('trainer').length} trainers`;
  });

  await step('a run of every pair', async () => {
    for (const name of ['EURUSD', 'GOOG', 'SP500'])
      within(
        'trainer',
        ['ml', 'import', '/dev/stdin'],
        readFileSync(path.join(root, `infra/sample-data/${name}.csv`)),
      );
    ml('train');
    await drained();
    return nothingLost(1);
  });

  await step('scaled from 2 trainers to 4 and to 1 while they train', async () => {
    ml('train');
    await wait('2 trainings', () => running() === 2);
    deploy({ ...settings, MAX_CONCURRENT_TRAINING_JOBS: '4' });
    await wait('4 trainings', () => running() >= Math.min(4, open()) && tasks('trainer').length === 4);
    const before = running();
    sh(`docker service scale --detach ${stack}_trainer=1`);
    await wait('one trainer', () => tasks('trainer').length === 1);
    await drained();
    stoppedWhileTraining(0);
    return `${before} trained when 3 of 4 trainers were stopped; ${nothingLost(2)}`;
  });

  await step('a new version in the middle of a run', async () => {
    deploy(settings);
    await updated('completed');
    await healthy();
    const before = handedBack();
    ml('train');
    await wait('2 trainings', () => running() === 2);
    deploy({ ...settings, IMAGE_TAG: 'two' });
    await wait(
      'the new version',
      () => updates(fleet).every((state) => state === 'completed') && version('two'),
    );
    const left = open();
    await drained();
    stoppedWhileTraining(before);
    return `updated with ${left} of 7 jobs to go; ${nothingLost(3)}`;
  });

  await step('a wrong setting goes back by itself, and the fleet never stops', async () => {
    deploy({ ...settings, IMAGE_TAG: 'two', TRAINING_CRON_SCHEDULE: '0 25 * * *' });
    await updated('rollback_completed');
    await healthy();
    return sh(`docker service ps --format '{{.Error}}' ${stack}_scheduler`).split('\n').find(Boolean);
  });

  await step('the database is away in the middle of a run, and no service is ended for it', async () => {
    const before = fleet.map(tasks);
    ml('train');
    await wait('2 trainings', () => running() === 2);
    sh(`docker service scale ${stack}_timescaledb=0`);
    await wait('the heartbeat to say so', () =>
      redis('GET', 'service:ml_training:heartbeat').includes('"down"'),
    );
    sh(`docker service scale ${stack}_timescaledb=1`);
    await wait('the database', () => psql('SELECT 1') === '1');
    await drained();
    await healthy();
    assert.deepEqual(fleet.map(tasks), before, 'the same tasks run');
    return nothingLost(4, ['postponed']);
  });

  await step('a backup, put back into a new database and an empty folder of models', async () => {
    const before = inUse();
    const folder = backUp();
    const put = async (how) => {
      const scale = (count) =>
        sh(`docker service scale ${fleet.map((name) => `${stack}_${name}=${count(name)}`).join(' ')}`);
      scale(() => 0);
      restore(folder, how);
      scale((name) => (name === 'trainer' ? 2 : 1));
      await healthy();
      assert.deepEqual(inUse(), before, 'the same models are in use, and say the same');
    };
    await put();
    // Once more after a run that the backup knows nothing of, with its files still there.
    ml('train');
    await drained();
    await put({ withFiles: false });
    forget(folder);
    return nothingLost(4, ['postponed']);
  });
}

/** @throws where no trainer had to hand a job back since there were so many: what was tried came too late for the jobs. */
const stoppedWhileTraining = (before) =>
  assert.ok(
    handedBack() > before,
    'a trainer is stopped while it trains; if not, SWARM_TEST_PARAMS gives jobs more work',
  );

/** Whether every task that runs is of this image. */
const version = (tag) =>
  sh(`docker stack ps --filter desired-state=running --format '{{.Name}} {{.Image}}' ${stack}`)
    .split('\n')
    .filter((line) => line.includes(`${prefix}/`))
    .every((line) => line.endsWith(`:${tag}`));

async function cleanUp() {
  sh(`docker stack rm ${stack}`);
  const left = () => sh(`docker ps -aq --filter label=com.docker.stack.namespace=${stack}`);
  await wait('its containers to end', () => left() === '');
  sh(`docker secret rm ${secrets.join(' ')}`);
  await wait('its volumes to go', () => {
    const volumes = sh(`docker volume ls -q --filter label=com.docker.stack.namespace=${stack}`);
    if (volumes !== '') sh(`docker volume rm ${volumes.replaceAll('\n', ' ')}`);
    return true;
  });
  const node = sh("docker info --format '{{.Swarm.NodeID}}'");
  if (!wasInSwarm) sh('docker swarm leave --force');
  else for (const label of labels) sh(`docker node update --label-rm ${label} ${node}`);
}

try {
  await main();
} catch (error) {
  process.exitCode = 1;
  process.stdout.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.stdout.write(`${sh(`docker stack ps --no-trunc ${stack} || true`)}\n`);
} finally {
  await step('removed', cleanUp);
}
