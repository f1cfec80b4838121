// What ended jobs add up to: each is counted once, whoever ends it, and outlives its row.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { startServers, until } from '@ml-training/testing';
import {
  claimJob,
  completeJob,
  connectDatabase,
  createTickJob,
  failJob,
  migrate,
  readJobTotals,
  releaseJob,
  type Claim,
  type Database,
  type Pair,
} from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { sql } = await startDatabase('totals test', { max: 10 });
beforeEach(() => sql`TRUNCATE ml_training_jobs CASCADE`);

const claimed = async (pair: Pair, maxAttempts = 1): Promise<Claim> => {
  return claimAgain(await queued(pair, maxAttempts));
};
const queued = async (pair: Pair, maxAttempts = 1): Promise<string> => {
  const job_id = crypto.randomUUID();
  await createTickJob(sql, { job_id, ...pair }, maxAttempts);
  return job_id;
};
const claimAgain = async (jobId: string): Promise<Claim> => {
  const request = { jobId, trainerId: 't', maxRunning: 100, leaseSeconds: 30, token: crypto.randomUUID() };
  const taken = await claimJob(sql, request);
  if (taken.outcome !== 'claimed') throw new Error(`the job was not claimed: ${taken.outcome}`);
  return taken.claim;
};
const lstm = (symbol: string): Pair => ({ strategy_type: 'lstm', symbol });
const failure = { code: 'TRAINING_FAILED', message: 'it failed', retryable: true };
const stages = { stage_seconds: { training: 1.5, judging: 40 } };
/** STRATEGY OUTCOME to how many ever ended so. */
const ended = async () =>
  Object.fromEntries(
    (await readJobTotals(sql)).ended.map((one) => [`${one.strategy_type} ${one.outcome}`, one.count]),
  );
const present = async () =>
  Object.fromEntries(
    (await readJobTotals(sql)).jobs
      .filter(({ count }) => count > 0)
      .map((one) => [`${one.strategy_type} ${one.status}`, one.count]),
  );

test('a job counts once, when it has ended, whoever ended it and however often', async () => {
  const first = await claimed(lstm('GOOG'));
  await completeJob(sql, first, stages, []);
  await completeJob(sql, first, stages, []);
  const second = await claimed(lstm('GOOG'), 2);
  await failJob(sql, second, failure);
  expect(await ended()).toEqual({ 'lstm completed': 1 });
  await sql`UPDATE ml_training_jobs SET retry_at = NULL WHERE job_id = ${second.jobId}`;
  await releaseJob(sql, await claimAgain(second.jobId));
  await failJob(sql, await claimAgain(second.jobId), failure);
  // A lease that ends with the last attempt; anybody's claim sees it.
  const third = await claimed({ strategy_type: 'rl', symbol: 'GOOG' });
  await sql`UPDATE ml_training_jobs SET lease_expires_at = now() - interval '1 second'
    WHERE job_id = ${third.jobId}`;
  await sql`SELECT * FROM ml_training_recover()`;
  // A person, by hand.
  await queued(lstm('SP500'));
  await sql`UPDATE ml_training_jobs SET status = 'cancelled', completed_at = now() WHERE status = 'queued'`;
  expect(await ended()).toEqual({
    'lstm completed': 1,
    'lstm failed': 1,
    'lstm cancelled': 1,
    'rl failed': 1,
  });
  const { stages: found, wait } = await readJobTotals(sql);
  expect(found.map(({ labels, count, sum }) => [labels['stage'], count, sum])).toEqual(
    expect.arrayContaining([
      ['training', 1, 1.5],
      ['judging', 1, 40],
    ]),
  );
  expect(wait.map(({ labels, count }) => [labels['strategy_type'], count])).toEqual(
    expect.arrayContaining([
      ['lstm', 2],
      ['rl', 1],
    ]),
  );
});

test('the rows of ended jobs can be deleted: no total falls, what is there is counted again', async () => {
  for (let i = 0; i < 3; i += 1) await completeJob(sql, await claimed(lstm('GOOG')), stages, []);
  await queued(lstm('SP500'));
  const before = await readJobTotals(sql);
  await sql`DELETE FROM ml_training_jobs WHERE job_id IN (SELECT job_id FROM ml_training_jobs
    WHERE symbol = 'GOOG' LIMIT 2)`;
  expect(await readJobTotals(sql)).toMatchObject({
    ended: before.ended,
    wait: before.wait,
    stages: before.stages,
  });
  expect(await present()).toEqual({ 'lstm completed': 1, 'lstm queued': 1 });
});

test('transactions that end the same kinds of jobs in another order do not lock each other out', async () => {
  const pairs = ['lstm', 'rl'].flatMap((strategy_type) =>
    ['A', 'B'].map((symbol) => ({ strategy_type, symbol })),
  );
  for (let round = 0; round < 10; round += 1) {
    for (const { strategy_type, symbol } of pairs)
      await sql`INSERT INTO ml_training_jobs (strategy_type, symbol, trigger, max_attempts)
        VALUES (${strategy_type}, ${symbol}, 'tick', 1)`;
    const cancel = (symbol: string, order: readonly string[]) =>
      sql.begin(async (tx) => {
        for (const strategy of order)
          await tx`UPDATE ml_training_jobs SET status = 'cancelled' WHERE symbol = ${symbol}
            AND strategy_type = ${strategy} AND status = 'queued'`;
      });
    await Promise.all([cancel('A', ['lstm', 'rl']), cancel('B', ['rl', 'lstm'])]);
  }
  expect(await ended()).toEqual({ 'lstm cancelled': 20, 'rl cancelled': 20 });
});

/** Every outcome, some without a time, a result or a stage that is a number. */
const insertHistory = (to: Database) => to`
  INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, created_at, started_at, completed_at, result,
    lease_token, lease_expires_at)
  SELECT (ARRAY['ensemble', 'lstm', 'rl'])[1 + i % 3], 'S' || i, (ARRAY['completed', 'completed', 'failed', 'cancelled', 'queued', 'running'])[1 + i % 6],
         'tick', 1, made, CASE WHEN i % 7 > 0 THEN made + i * interval '3 seconds' END,
         CASE WHEN i % 11 > 0 THEN made + i * i * interval '1 second' END,
         (ARRAY['{"stage_seconds": {"training": 3, "judging": "long"}}', '{"stage_seconds": []}', '{}', 'null', NULL]::jsonb[])[1 + i % 5],
         gen_random_uuid(), now() + interval '1 hour'
  FROM generate_series(1, 300) i, (SELECT '2024-01-01T00:00Z'::timestamptz) t (made)`;

test('a database that has jobs already gets the totals that it would have come to', async () => {
  await insertHistory(sql);
  const endTwo = async (to: Pick<Database, 'unsafe'>) => {
    await to.unsafe("UPDATE ml_training_jobs SET status = 'cancelled' WHERE symbol = 'S4'");
    await to.unsafe(
      'INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts) VALUES ' +
        "('rl', 'NEW', 'cancelled', 'tick', 1)",
    );
  };
  await endTwo(sql);
  const grown = await totalsOf(sql);
  const older = await startServers();
  const old = connectDatabase(older.databaseUrl, { applicationName: 'totals test', max: 1 });
  try {
    const folder = path.join(import.meta.dirname, '../src/database/migrations');
    await old`CREATE TABLE ml_training_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`;
    for (const name of readdirSync(folder).sort())
      if (name < '013') {
        await old.unsafe(readFileSync(path.join(folder, name), 'utf8'));
        await old`INSERT INTO ml_training_migrations (name) VALUES (${name})`;
      }
    await insertHistory(old);
    // A fleet of before that goes on meanwhile: what it ends is seen by the second pass, which waits for it.
    const other = connectDatabase(older.databaseUrl, { applicationName: 'totals test', max: 2 });
    let migrating: Promise<unknown> | undefined;
    await other.begin(async (tx) => {
      await endTwo(tx);
      migrating = migrate(old);
      migrating.catch(() => undefined);
      const waits = () => other`
        SELECT FROM pg_locks WHERE NOT granted AND relation = 'ml_training_jobs'::regclass
          AND mode = 'ShareRowExclusiveLock'`;
      await until(async () => (await waits()).length > 0, {
        what: 'the migration to wait',
      });
    });
    await migrating;
    await other.end({ timeout: 1 });
    expect(await totalsOf(old)).toEqual(grown);
    expect(grown.length).toBeGreaterThan(300 / 2);
  } finally {
    await old.end({ timeout: 1 });
    await older.stop();
  }
});

const totalsOf = (of: Database) =>
  of`SELECT * FROM ml_training_totals ORDER BY name, strategy_type, symbol, label, le`;
