// What the test does to a swarm: commands as an operator types them, and questions to the fleet's servers.
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from '../../../packages/testing/src/until.ts';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
export const stack = 'ml-training-test';
const guardMs = 30 * 60_000;

/** Runs a command in the checkout; what it printed. @throws Error with what it said */
export function sh(command, { input = '', env = {} } = {}) {
  const options = { cwd: root, input, encoding: 'utf8', maxBuffer: 1e8, env: { ...process.env, ...env } };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], options);
  if (status !== 0) throw new Error(`${command}: ${stderr.trim().slice(-800)}`);
  return stdout.trim();
}

/** Why there is no swarm to be had; undefined when there is. */
export function whyNoEngine() {
  const { error, status } = spawnSync('docker', ['info'], { timeout: 60_000 });
  if (error) return 'there is no docker command';
  return status === 0 ? undefined : 'no Docker engine answers';
}

/** Prints what begins, does it, and prints how long it took. */
export async function step(what, work) {
  const began = performance.now();
  process.stdout.write(`${what} … `);
  const said = await work();
  process.stdout.write(`${((performance.now() - began) / 1000).toFixed(0)} s${said ? `: ${said}` : ''}\n`);
}

/** Waits for an answer; nothing here depends on how soon it comes. */
export const wait = (what, ask) => until(ask, { what, timeoutMs: guardMs, everyMs: 300 });

/** Deploys the stack as docs/deploy.md says, with these settings. */
export const deploy = (settings) =>
  sh(`npm run -s stack | docker stack deploy --resolve-image never -c - ${stack}`, {
    env: { COMPOSE_PROJECT_NAME: stack, ...settings },
  });

/** Runs a command in a running container of a service. */
export function within(service, args, input = '') {
  const [id] = sh(
    `docker ps -q --filter label=com.docker.swarm.service.name=${stack}_${service} --filter health=healthy`,
  ).split('\n');
  if (!id) throw new Error(`no healthy container of ${service}`);
  return execFileSync('docker', ['exec', '-i', id, ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: 1e9,
    stdio: ['pipe', 'pipe', 'pipe'],
  }).trim();
}

export const ml = (...args) => within('trainer', ['ml', ...args]);
export const psql = (query) =>
  within('timescaledb', ['psql', '-U', 'postgres', '-d', 'tradebot', '-Atc', query]);
export const redis = (...args) =>
  within('redis', [
    'sh',
    '-c',
    `REDISCLI_AUTH="$(cat /run/secrets/redis_password)" redis-cli ${args.join(' ')}`,
  ]);

/** Waits until every task runs, and the fleet says that it is well. */
export const healthy = () =>
  wait('every task, and a healthy heartbeat', () => {
    const replicas = sh(`docker stack services --format '{{.Replicas}}' ${stack}`).split('\n');
    if (replicas.some((each) => !/^(\d+)\/\1\b/.test(each))) return false;
    const { status, timestamp } = JSON.parse(redis('GET', 'service:ml_training:heartbeat'));
    return status === 'healthy' && Date.now() - Date.parse(timestamp) < 30_000;
  });
export const running = () => Number(psql("SELECT count(*) FROM ml_training_jobs WHERE status = 'running'"));
export const open = () =>
  Number(psql("SELECT count(*) FROM ml_training_jobs WHERE status IN ('queued', 'running')"));

/** Task ids of a service that run now, sorted. */
export const tasks = (service) =>
  sh(`docker service ps -q --filter desired-state=running ${stack}_${service}`).split('\n').sort();

/** Swarm's word on the last update of each service of the fleet. */
export const updates = (services) =>
  services.map((name) =>
    sh(
      `docker service inspect --format '{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}' ${stack}_${name}`,
    ),
  );
