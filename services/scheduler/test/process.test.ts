// The scheduler as a process of its own, against real servers.
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  connectDatabase,
  connectRedis,
  createRun,
  keys,
  migrate,
  redisReady,
  type Database,
} from '@ml-training/core';
import { spawnNode, startPrivateServers, until, type NodeProcess } from '@ml-training/testing';
import { startLab } from './lab.ts';

const lab = await startLab();
const { sql, redis } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());

const running = new Set<NodeProcess>();
afterEach(async () => {
  for (const scheduler of running) scheduler.kill('SIGKILL');
  await Promise.all([...running].map((scheduler) => scheduler.exited));
  running.clear();
});

/** One leap day in four years: no tick comes in between. */
const never = '0 0 29 2 *';

function start(env: Record<string, string>): NodeProcess {
  const scheduler = spawnNode(path.join(import.meta.dirname, '../src/main.ts'), {
    env: {
      REDIS_URL: lab.servers.redisUrl,
      DATABASE_URL: lab.servers.databaseUrl,
      MODEL_DIR: lab.modelDir,
      HEALTH_PORT: '0',
      TRAINING_RECONCILE_SECONDS: '1',
      TRAINING_CRON_SCHEDULE: never,
      ...env,
    },
  });
  running.add(scheduler);
  return scheduler;
}

/** A run whose maker was killed before it could push its one job. */
const interruptedRun = (database: Database) =>
  createRun(database, {
    trigger: 'schedule',
    scheduledFor: new Date(),
    pairs: [{ strategy_type: 'lstm', symbol: 'GOOG' }],
    skipped: [],
    maxAttempts: 1,
  });

test('minutes that were missed while no scheduler ran make one run, at once', async () => {
  await lab.addBars({ GOOG: 100 });
  const tenMinutesAgo = new Date(Date.now() - 600_000);
  await createRun(sql, {
    trigger: 'schedule',
    scheduledFor: tenMinutesAgo,
    pairs: [],
    skipped: [],
    maxAttempts: 1,
  });
  const minute = 60_000;
  const began = Math.floor(Date.now() / minute) * minute;
  const scheduler = start({ TRAINING_CRON_SCHEDULE: '* * * * *', TRAINING_STRATEGIES: 'lstm' });
  await scheduler.waitForLine(/"msg":"run started"/);
  const runs = await sql<{ scheduled_for: Date; requested_at: Date; finished_at: Date | null }[]>`
    SELECT scheduled_for, requested_at FROM ml_training_runs WHERE scheduled_for > ${tenMinutesAgo}
      ORDER BY scheduled_for`;
  expect(runs).not.toEqual([]);
  // The newest minute at that time, none of the nine before; the next minutes may have come since.
  for (const { scheduled_for, requested_at } of runs) {
    expect(scheduled_for.getTime()).toBeGreaterThanOrEqual(began);
    expect(scheduled_for.getTime() % minute).toBe(0);
    expect(requested_at.getTime()).toBeGreaterThanOrEqual(scheduled_for.getTime());
  }
  expect(runs.length).toBeLessThanOrEqual(1 + Math.floor((Date.now() - began) / minute));
  // The run is said to have started before its job is pushed; a later run finds it open and pushes none.
  await until(() => redis.llen(keys.queue), { what: 'the entry in the queue' });
  expect(await redis.llen(keys.queue)).toBe(1);
});

test('a job whose scheduler was killed between row and queue is pushed by the next round', async () => {
  const scheduler = start({});
  await scheduler.waitForLine(/"msg":"ready"/);
  const run = await interruptedRun(sql);
  const entry = await until(() => redis.lindex(keys.queue, 0), { what: 'the entry in the queue' });
  expect(JSON.parse(entry)).toEqual(run!.jobs[0]);
  expect(await redis.llen(keys.queue)).toBe(1);
  expect(await scheduler.waitForLine(/"msg":"queue put right"/)).toMatch(/"pushed":1,"returned":0/);
});

test('asked to stop, it ends with exit code 0', async () => {
  const scheduler = start({});
  await scheduler.waitForLine(/"msg":"scheduled"/);
  scheduler.kill('SIGTERM');
  expect(await scheduler.exited).toEqual({ code: 0, signal: null });
  expect(scheduler.lines.at(-1)).toMatch(/"msg":"stopped"/);
});

test('it says when the next tick is, in its time zone', async () => {
  const scheduler = start({ TRAINING_CRON_SCHEDULE: '0 12 29 2 *', TRAINING_TIMEZONE: 'America/New_York' });
  expect(await scheduler.waitForLine(/"msg":"scheduled"/)).toMatch(
    /"timezone":"America\/New_York","next":"\d{4}-02-29T17:00:00.000Z"/,
  );
});

test('it lives through a restart of both servers, and puts right what happened meanwhile', async () => {
  const servers = await startPrivateServers();
  const own = connectDatabase(servers.postgres.url, { applicationName: 'scheduler test' });
  const ownRedis = connectRedis(servers.redis.url, { name: 'scheduler test', onError: () => undefined });
  try {
    await migrate(own);
    const scheduler = start({ DATABASE_URL: servers.postgres.url, REDIS_URL: servers.redis.url });
    await scheduler.waitForLine(/"msg":"ready"/);
    await Promise.all([servers.postgres.kill(), servers.redis.kill()]);
    await scheduler.waitForLine(/could not (start a due run|reconcile)/);
    await Promise.all([servers.postgres.restart(), servers.redis.restart()]);
    await redisReady(ownRedis, 60_000);
    await until(() => interruptedRun(own), { what: 'PostgreSQL to be back' });
    await until(() => ownRedis.lindex(keys.queue, 0), { what: 'the entry in the queue' });
    scheduler.kill('SIGTERM');
    expect(await scheduler.exited).toEqual({ code: 0, signal: null });
  } finally {
    ownRedis.disconnect();
    await own.end({ timeout: 1 });
    await servers.remove();
  }
}, 60_000);
