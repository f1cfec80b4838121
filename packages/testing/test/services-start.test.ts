// How each service starts, as a process against running servers: soon, or not at all and with a reason.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { spawnNode, startServers, until, type NodeProcess } from '../src/index.ts';

const servers = await startServers();
afterAll(() => servers.stop());

const running = new Set<NodeProcess>();
afterEach(async () => {
  for (const service of running) service.kill('SIGKILL');
  await Promise.all([...running].map((service) => service.exited));
  running.clear();
});

const services = readdirSync(path.resolve(import.meta.dirname, '../../../services'));
const main = (service: string): string =>
  path.resolve(import.meta.dirname, '../../../services', service, 'src/main.ts');
const env = {
  REDIS_URL: servers.redisUrl,
  DATABASE_URL: servers.databaseUrl,
  MODEL_DIR: path.join(import.meta.dirname, 'no-models'),
  HEALTH_PORT: '0',
  METRICS_PORT: '0',
  HTTP_PORT: '0',
};

function start(service: string, settings: Record<string, string> = {}): NodeProcess {
  const started = spawnNode(main(service), { env: { ...env, ...settings } });
  running.add(started);
  return started;
}

test('every service gets ready; the seconds are printed', async () => {
  const rows: string[] = [];
  for (const service of services) {
    const began = performance.now();
    const started = start(service);
    await started.waitForLine(/"msg":"ready"/);
    const seconds = (performance.now() - began) / 1000;
    const { health_port: port } = JSON.parse(await started.waitForLine(/"msg":"starting"/)) as {
      health_port: number;
    };
    await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200, {
      what: `${service} to answer /readyz with 200`,
    });
    rows.push(`  ${service.padEnd(12)}${seconds.toFixed(2)}`);
  }
  // Not a promise of a machine that runs other tests meanwhile; the first one also makes the schema.
  process.stderr.write(`Seconds from start to ready:\n${rows.join('\n')}\n`);
}, 120_000);

describe('a wrong setting ends a service with exit code 2, by name', () => {
  test.each([
    [
      'scheduler',
      { TRAINING_CRON_SCHEDULE: '0 25 * * *' },
      /^TRAINING_CRON_SCHEDULE is "0 25 \* \* \*", but must be /,
    ],
    [
      'trainer',
      { MAX_CONCURRENT_TRAINING_JOBS: 'many' },
      /^MAX_CONCURRENT_TRAINING_JOBS is "many", but must be /,
    ],
    [
      'heartbeat',
      { REDIS_URL: 'http://u:hunter2@redis' },
      /^REDIS_URL is "http:\/\/u:\*\*\*@redis\/", but must be /,
    ],
    [
      'trainer',
      { TRAINING_PARAMS: '{"lstm": {"unitz": 8}}' },
      /^TRAINING_PARAMS is .*, but must be settings of docs\/settings.md: lstm has no setting "unitz"/,
    ],
    [
      'scheduler',
      { TRAINING_PARAMS: '{"rl": {"gamma": 2}}' },
      /^TRAINING_PARAMS is .*: rl setting gamma is 2; allowed is a number from 0 to 1$/,
    ],
    ['metrics', { METRICS_PORT: '65536' }, /^METRICS_PORT is "65536", but must be /],
  ])('%s %j', async (service, settings: Record<string, string>, message) => {
    const started = start(service, settings);
    expect(await started.exited).toEqual({ code: 2, signal: null });
    expect(started.lines).toEqual(['Wrong settings:', expect.stringMatching(message)]);
  });
});

test.each(['trainer', 'scheduler'])(
  '%s tells once at its start of settings by old names',
  async (service) => {
    const started = start(service, { TRAINING_PARAMS: '{"rl": {"envs": 4, "n_steps": 64}}' });
    await started.waitForLine(/"msg":"ready"/);
    const warnings = started.lines.filter(
      (line) => line.includes('"level":"warn"') && line.includes('old names'),
    );
    expect(warnings.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ renamed: ['rl.envs is now rl.n_envs'] }),
    ]);
  },
);

test.each(services)(
  '%s listens for SIGTERM before it loads anything: the first process of a container hears no other',
  async (service) => {
    // Tells what is loaded when SIGTERM is first listened for, and sends it.
    const preload = `data:text/javascript,${encodeURIComponent(`
      import Module from 'node:module';
      process.once('newListener', function look(name) {
        if (name !== 'SIGTERM') return process.once('newListener', look);
        console.log('packages loaded: ' + Object.keys(Module._cache).length);
        // As soon as this listener is there: what loads then
        // keeps the signal from being heard before it is through.
        queueMicrotask(() => process.kill(process.pid, 'SIGTERM'));
      });`)}`;
    const started = start(service, { NODE_OPTIONS: `--import=${preload}` });
    expect(await started.exited).toEqual({ code: 0, signal: null });
    expect(started.lines[0]).toBe('packages loaded: 0');
    expect(started.lines.join('\n')).not.toMatch(/"msg":"ready"/);
  },
);

test('a HEALTH_PORT that is taken ends a service, and is named', async () => {
  const { health_port: port } = JSON.parse(await start('heartbeat').waitForLine(/"msg":"starting"/)) as {
    health_port: number;
  };
  const second = start('heartbeat', { HEALTH_PORT: String(port) });
  expect((await second.exited).code).toBe(1);
  expect(second.lines.join('\n')).toMatch(/HEALTH_PORT can not be listened on.*EADDRINUSE/);
});

test('without servers a service waits, says for which, is alive but not ready, and can be stopped', async () => {
  const started = start('scheduler', {
    REDIS_URL: 'redis://127.0.0.1:1',
    DATABASE_URL: 'postgres://127.0.0.1:1/x',
  });
  const { health_port: port } = JSON.parse(await started.waitForLine(/"msg":"starting"/)) as {
    health_port: number;
  };
  await started.waitForLine(/"msg":"waiting for Redis and PostgreSQL"/);
  const status = async (what: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}/${what}`)).status;
  expect([await status('livez'), await status('readyz')]).toEqual([200, 503]);
  started.kill('SIGTERM');
  expect(await started.exited).toEqual({ code: 0, signal: null });
}, 30_000);
