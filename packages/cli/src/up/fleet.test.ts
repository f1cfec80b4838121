import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { isAlive } from '@ml-training/embedded';
import { spawnNode, startServers, until } from '@ml-training/testing';
import { startFleet } from './fleet.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'fleet-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const servers = await startServers();
afterAll(() => servers.stop());

const fleetOf = (name: string) => ({
  environment: {
    REDIS_URL: servers.redisUrl,
    DATABASE_URL: servers.databaseUrl,
    HEALTH_PORT: '0',
    METRICS_PORT: '0',
  },
  trainers: 2,
  logDir: path.join(scratch, name),
});
const services = ['scheduler', 'heartbeat', 'metrics', 'trainer-1', 'trainer-2'];

/** The process ids of a fleet, once all of its services are ready. */
const processesOf = (logDir: string): Promise<number[]> =>
  until(
    () => {
      const logs = services.map((name) => readFileSync(path.join(logDir, `${name}.log`), 'utf8'));
      if (!logs.every((log) => log.includes('"ready"'))) return null;
      return logs.map((log) => Number(/"instance":".*?-(\d+)-\w+"/.exec(log)?.[1]));
    },
    { what: 'every service to be ready' },
  );

test('a service that ends unasked breaks the fleet, which says who and where its log is', async () => {
  const options = fleetOf('broken');
  const fleet = startFleet(options);
  const pids = await processesOf(options.logDir);
  expect(fleet.broken.aborted).toBe(false);
  process.kill(pids[3] ?? NaN, 'SIGKILL');
  await until(() => fleet.broken.aborted, { what: 'the fleet to be broken' });
  expect(String(fleet.broken.reason)).toMatch(/trainer-1 ended \(SIGKILL\); its log is .*trainer-1\.log/);
  await fleet.stop();
  expect(pids.filter(isAlive)).toEqual([]);
});

test('a fleet whose starter is killed ends by itself', async () => {
  const options = fleetOf('orphans');
  const module = pathToFileURL(path.join(import.meta.dirname, 'fleet.ts')).href;
  const starter = spawnNode('--eval', {
    args: [`import { startFleet } from '${module}'; startFleet(${JSON.stringify(options)});`],
  });
  const pids = await processesOf(options.logDir);
  starter.kill('SIGKILL');
  await until(() => !pids.some(isAlive), { what: 'every service to end' });
});
