// npm run test:kubernetes: the overlays on a real cluster with KEDA, that of KUBECONFIG; nothing is started here. What it makes is in
// namespaces and folders of its own, and removed at the end. The nodes must have or be able to pull the images:
//
//   for role in scheduler trainer heartbeat metrics dashboard; do
//     docker build -f infra/Dockerfile --target $role -t ml-training/$role:one .
//     echo "FROM ml-training/$role:one" | docker build --label build=two -t ml-training/$role:two -
//   done
//   docker build -t ml-training-test/seaweedfs - < infra/kubernetes/test/seaweedfs.Dockerfile
//
// and then go to the nodes by whatever the cluster has for it (kind load docker-image, k3s ctr images import, …).
import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from '@ml-training/core';
import { until } from '@ml-training/testing';
import { brokenInvariants } from '../../../services/trainer/test/fleet.ts';
import { namespace, removeAll, startFleet, type Fleet } from './fleet.ts';
import { kubectl, whyNoKubectl } from './kubectl.ts';

const minutes = 60_000;
const [one, two] = ['one', 'two'];
const most = 3;
/** Twelve jobs of two strategies. */
const symbols = ['GOOG', 'SP500', 'EURUSD', 'GOOG-2', 'SP500-2', 'EURUSD-2'];
const began = performance.now();
const say = (text: string): void => {
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${text}`);
};

function check(right: boolean, what: string): void {
  if (!right) throw new Error(`not so: ${what}`);
}

/** Everything that must hold once all is over (I1 to I7): what doesn't, in words. */
async function broken(fleet: Fleet): Promise<string[]> {
  fleet.fetchModels();
  const found = await brokenInvariants(fleet);
  const { sql } = fleet;
  const [overlap] = await sql<{ most: number }[]>`
    SELECT max(running)::int AS most FROM (
      SELECT (SELECT count(*) FROM ml_training_attempts b
              WHERE b.started_at <= a.started_at AND coalesce(b.ended_at, 'infinity') > a.started_at) AS running
      FROM ml_training_attempts a) at_each_start`;
  if ((overlap?.most ?? 0) > most) found.push(`${overlap!.most} jobs ran at a time`);
  const [counted] = await sql<{ rows: number; counted: number; rival: number }[]>`
    SELECT (SELECT count(*) FROM ml_training_jobs WHERE status = 'completed')::int AS rows,
           (SELECT coalesce(sum(count), 0) FROM ml_training_totals WHERE name = 'ended' AND label = 'completed')::int AS counted,
           (SELECT count(*) FROM (SELECT 1 FROM ml_training_attempts WHERE outcome = 'completed'
             GROUP BY job_id HAVING count(*) > 1) twice)::int AS rival`;
  if (counted?.rows !== counted?.counted)
    found.push(`${counted?.counted} jobs are counted, of ${counted?.rows}`);
  if (counted?.rival !== 0) found.push(`${counted?.rival} jobs were completed twice`);
  return found;
}

const gone = (fleet: Fleet): Promise<unknown> =>
  until(() => fleet.trainers().length === 0, {
    what: 'the trainers to end',
    timeoutMs: 10 * minutes,
    everyMs: 500,
  });

interface Watched {
  /** Most trainers at a time. */
  readonly trainers: number;
  readonly jobs: readonly Job[];
}

/** Asks for a run, does `fault` once a job of it is in training, and waits until it is over and nobody trains. */
async function run(
  fleet: Fleet,
  count: number,
  fault?: (job: Job) => Promise<void> | void,
): Promise<Watched> {
  const before = (await fleet.jobs()).length;
  check(fleet.trainers().length === 0, 'no trainer runs before');
  fleet.train();
  let trainers = 0;
  let done = fault === undefined;
  const jobs = await until(
    async () => {
      trainers = Math.max(
        trainers,
        fleet.trainers().filter(({ metadata }) => metadata.deletionTimestamp === undefined).length,
      );
      const now = (await fleet.jobs()).slice(before);
      const busy = now.find((job) => job.status === 'running' && job.stage !== null);
      if (!done && busy !== undefined && trainers === most) {
        done = true;
        await fault?.(busy);
      }
      return now.length > 0 && now.every(({ status }) => !['queued', 'running'].includes(status)) && now;
    },
    { what: 'every job to end', timeoutMs: 30 * minutes, everyMs: 300 },
  );
  check(jobs.length === count, `${count} jobs, not ${jobs.length}`);
  check(done, 'the fault came in time');
  await gone(fleet);
  await until(async () => (await broken(fleet)).length === 0, {
    what: 'I1 to I7',
    timeoutMs: 5 * minutes,
    everyMs: 1000,
  });
  const again = jobs.filter(({ attempt }) => attempt > 1).length;
  say(
    `  ${jobs.length} of ${count} jobs completed once, ${trainers} trainers at most, then none; ${again} jobs took a second attempt; I1 to I7 hold`,
  );
  return { trainers, jobs };
}

async function oneNode(): Promise<void> {
  say('overlays/one-node: Redis, PostgreSQL and models on the node');
  const fleet = await startFleet('overlays/one-node', one!);
  say(`  up: ${fleet.kubectl('logs', 'job/migrate').trim().slice(0, 60)}`);
  fleet.importBars(['GOOG', 'SP500']);
  await run(fleet, 5);
  say(
    `  in the folder: ${fleet.kubectl('exec', 'deploy/dashboard', '--', 'sh', '-c', 'cd models && ls -d */*').trim().split('\n').join(', ')}`,
  );
  fleet.remove();
}

/** Whose pod a trainer's id names: HOST-PID-RANDOM. */
const podOf = ({ trainer_id: id }: Job): string => id!.replace(/-\d+-[0-9a-f]+$/, '');

async function cluster(): Promise<void> {
  say('overlays/cluster: models in an object store; faults in the middle of runs of 12 jobs');
  const fleet = await startFleet('test/overlays/cluster', one!);
  fleet.kubectl(
    'exec',
    'deploy/seaweedfs',
    '--',
    'sh',
    '-c',
    'echo "s3.bucket.create -name models" | weed shell',
  );
  fleet.importBars(symbols);
  say('  up');
  const { trainers, jobs } = await run(fleet, 12);
  check(trainers === most, `${most} trainers at most, not ${trainers}`);
  check(
    jobs.every(({ attempt }) => attempt === 1),
    'each at its first attempt',
  );
  const page = await (await fleet.get('dashboard', 8080, '/')).text();
  check(page.includes('<div id="page">'), 'the page');
  const metrics = await (await fleet.get('metrics', 9464, '/metrics')).text();
  check(
    /^ml_training_jobs_finished_total\{.*outcome="completed".*\} [1-9]/m.test(metrics),
    'the exporter counts',
  );
  say('  the page and /metrics answer');

  say('a trainer is deleted in the middle of a job: it hands it back, no attempt counts');
  let victim: Job | undefined;
  const ofVictim = (run: Watched): number | undefined =>
    run.jobs.find(({ job_id: id }) => id === victim?.job_id)?.attempt;
  const deleted = await run(fleet, 12, (job) => {
    victim = job;
    fleet.kubectl('delete', 'pod', podOf(job), '--wait=false');
  });
  check(ofVictim(deleted) === 1, 'its job took one attempt');

  say('a trainer is evicted');
  const evicted = await run(fleet, 12, (job) => {
    victim = job;
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: podOf(job), namespace } };
    kubectl(
      ['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${podOf(job)}/eviction`, '-f', '-'],
      JSON.stringify(eviction),
    );
  });
  check(ofVictim(evicted) === 1, 'its job took one attempt');

  say('a trainer is killed with nothing said, as when its node dies');
  await run(fleet, 12, (job) => {
    fleet.kubectl('exec', podOf(job), '--', 'sh', '-c', 'kill -9 -1 || true');
  });

  say('the image of every service is replaced');
  await run(fleet, 12, async () => {
    await fleet.roll(two!);
    say(
      `  now ${fleet.kubectl('get', 'deploy', 'scheduler', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')}`,
    );
  });

  for (const server of ['redis', 'timescaledb']) {
    say(`the pod of ${server} is lost`);
    await run(fleet, 12, () => {
      fleet.kubectl('delete', 'pod', `${server}-0`, '--grace-period=0', '--force');
    });
  }
  fleet.remove();
}

const reason =
  process.env['KUBECONFIG'] === undefined
    ? 'set KUBECONFIG to the file of a cluster with KEDA (https://keda.sh/docs/latest/deploy/)'
    : whyNoKubectl();
if (reason !== undefined) {
  console.error(`npm run test:kubernetes: ${reason}`);
  process.exit(2);
}
kubectl(['get', 'crd', 'scaledjobs.keda.sh']);
const parts: Readonly<Record<string, () => Promise<void>>> = { 'one-node': oneNode, cluster };
const wanted = process.argv.slice(2);
removeAll();
for (const [name, part] of Object.entries(parts))
  if (wanted.length === 0 || wanted.includes(name)) await part();
await delay(0);
say('all of it holds');
process.exit(0);
