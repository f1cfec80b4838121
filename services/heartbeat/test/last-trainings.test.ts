// Which trainings the heartbeat tells of.
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { ALL_SYMBOLS, connectDatabase, migrate } from '@ml-training/core';
import { startServers } from '@ml-training/testing';
import { nothingOdd, readLastTrainings } from '../src/last-trainings.ts';

const servers = await startServers();
const sql = connectDatabase(servers.databaseUrl, { applicationName: 'last trainings test' });
await migrate(sql);
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});
beforeEach(
  () => sql`TRUNCATE ml_training_runs, ml_training_jobs, ml_model_registry, ml_training_epochs CASCADE`,
);

/** A job that ended so many hours ago. */
const job = (
  strategy_type: string,
  symbol: string,
  status: string,
  hoursAgo: number,
  { message = null, result = null }: { message?: string | null; result?: object | null } = {},
) => sql`
  INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, completed_at,
    error_code, error_message, result)
  VALUES (${strategy_type}, ${symbol}, ${status}, 'schedule', 1, now() - make_interval(hours => ${hoursAgo}),
          ${message === null ? null : 'TRAINING_FAILED'}, ${message}, ${sql.json(result as never)})`;

test('pairs whose last training failed are named with why, until one succeeds or a week has gone', async () => {
  await job('lstm', 'A', 'failed', 5, { message: 'an older reason' });
  await job('lstm', 'A', 'failed', 2, { message: 'it broke\n  at train.ts:1' });
  await job('lstm', 'A', 'completed', 9);
  await job('rl', 'A', 'failed', 3, { message: 'was mended' });
  await job('rl', 'A', 'completed', 1);
  await job('lstm', 'B', 'failed', 200, { message: 'long ago' });
  await job('rl', 'C', 'cancelled', 1, { message: 'by hand' });
  expect(await readLastTrainings(sql)).toEqual({ ...nothingOdd, failed: 'lstm A (it broke)' });
  await job('lstm', 'A', 'completed', 0);
  expect(await readLastTrainings(sql)).toEqual(nothingOdd);
});

test('of many, five are named and the others counted; a long reason is cut short', async () => {
  for (let i = 10; i < 30; i += 1) await job('lstm', `S${i}`, 'failed', 1, { message: 'x'.repeat(5000) });
  const { failed } = await readLastTrainings(sql);
  expect(failed).toMatch(/^lstm S10 \(x+…\), .*lstm S14 \(x+…\), and 15 more$/);
  expect(failed.length).toBeLessThan(1000);
});

test('symbols that the last ensemble is not of are named', async () => {
  await job('ensemble', ALL_SYMBOLS, 'completed', 2, { result: { left_out: { OLD: 'y' } } });
  await job('ensemble', ALL_SYMBOLS, 'completed', 1, {
    result: { left_out: { NEW: '20 bars', NAN: 'NAN has close NaN' } },
  });
  expect((await readLastTrainings(sql)).leftOut).toEqual({ ensemble: 'NAN (has close NaN), NEW (20 bars)' });
  await job('ensemble', ALL_SYMBOLS, 'completed', 0, { result: { left_out: {} } });
  expect((await readLastTrainings(sql)).leftOut).toEqual({});
});

test('what jobs wait for is told by code, with how many they are', async () => {
  await job('rl', 'A', 'queued', 1);
  await sql`
    INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, postponed, error_code)
    VALUES ('lstm', 'A', 'queued', 'tick', 1, 3, 'DISK_FULL'), ('lstm', 'B', 'queued', 'tick', 1, 1,
      'DISK_FULL'),
           ('lstm', 'C', 'queued', 'tick', 1, 1, 'DATABASE_UNAVAILABLE')`;
  expect(await readLastTrainings(sql)).toEqual({
    ...nothingOdd,
    postponed: 'DISK_FULL (2), DATABASE_UNAVAILABLE (1)',
    waitingSince: expect.any(Date),
  });
});
