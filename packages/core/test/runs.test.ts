// The history of runs: what came of each, and what it left out.
import { beforeEach, expect, test } from '@jest/globals';
import {
  createRun,
  findRun,
  listJobsOfRun,
  listRuns,
  listSkippedOfRun,
  reconcile,
  type JobStatus,
  type Pair,
} from '../src/index.ts';
import { startLab } from './lab.ts';

const { sql, redis } = await startLab('runs test');
beforeEach(async () => {
  await sql`TRUNCATE ml_training_runs, ml_training_jobs CASCADE`;
});

const pairs = (...symbols: string[]): Pair[] => symbols.map((symbol) => ({ strategy_type: 'lstm', symbol }));

async function aRun(symbols: string[], skipped: string[] = []): Promise<string> {
  const run = await createRun(sql, {
    trigger: 'manual',
    pairs: pairs(...symbols),
    skipped: pairs(...skipped).map((pair) => ({ ...pair, reason: 'too few bars' })),
    maxAttempts: 4,
  });
  return run!.runId;
}

/** Ends a job as somebody's own SQL may, so many seconds after its run was made. */
const end = (symbol: string, status: JobStatus, seconds: number) => sql`
  UPDATE ml_training_jobs SET status = ${status}, started_at = created_at,
         completed_at = created_at + ${seconds}::int * interval '1 second'
  WHERE symbol = ${symbol}`;

test('a run is finished when its last job ended; what came of it stays known when the jobs are gone', async () => {
  const runId = await aRun(['A', 'B', 'C']);
  await end('A', 'completed', 10);
  await end('B', 'failed', 90);
  await reconcile(sql, redis);
  expect(await findRun(sql, runId)).toMatchObject({
    finished_at: null,
    outcome: { queued: 1, running: 0, completed: 1, failed: 1, cancelled: 0 },
  });
  await end('C', 'completed', 20);
  await reconcile(sql, redis);
  const run = (await findRun(sql, runId))!;
  expect(run.outcome).toEqual({ queued: 0, running: 0, completed: 2, failed: 1, cancelled: 0 });
  // However late somebody looked.
  expect(run.finished_at!.getTime() - run.requested_at.getTime()).toBe(90_000);
  await sql`DELETE FROM ml_training_jobs`;
  expect((await findRun(sql, runId))!.outcome).toEqual(run.outcome);
});

test('a run of no jobs is finished at once, and one of before is counted when it is asked for', async () => {
  const empty = await aRun([], ['A', 'B']);
  await reconcile(sql, redis);
  const run = (await findRun(sql, empty))!;
  expect(run.finished_at).toEqual(run.requested_at);
  expect(run.outcome.completed).toBe(0);
  await sql`UPDATE ml_training_runs SET outcome = NULL, skipped_summary = NULL`;
  expect(await findRun(sql, empty)).toEqual(run);
});

test('a job that is opened again changes what came of its run', async () => {
  const runId = await aRun(['A', 'B']);
  await end('A', 'failed', 1);
  await end('B', 'failed', 1);
  await reconcile(sql, redis);
  expect((await findRun(sql, runId))!.outcome.failed).toBe(2);
  await sql`UPDATE ml_training_jobs SET status = 'queued', completed_at = NULL WHERE symbol = 'A'`;
  expect((await findRun(sql, runId))!.outcome).toMatchObject({ queued: 1, failed: 1 });
  await end('A', 'completed', 5);
  await reconcile(sql, redis);
  expect((await findRun(sql, runId))!.outcome).toMatchObject({ queued: 0, completed: 1, failed: 1 });
});

test('what is left out is summed up when the run is made, jobs that are still open included', async () => {
  await aRun(['A']);
  const runId = await aRun(['A', 'B'], ['X', 'Y', 'Z', 'W']);
  const stored = async () => (await findRun(sql, runId))!.skipped;
  const expected = [
    { reason: 'too few bars', count: 4, names: ['lstm X', 'lstm Y', 'lstm Z'] },
    { reason: 'its last job is still queued or running', count: 1, names: ['lstm A'] },
  ];
  expect(await stored()).toEqual(expected);
  await sql`UPDATE ml_training_runs SET skipped = '[]'`;
  expect(await stored()).toEqual(expected);
});

test('pages of runs have each once, also those of one microsecond', async () => {
  for (let i = 0; i < 7; i++) await aRun([]);
  await sql`UPDATE ml_training_runs SET requested_at = '2026-01-01T00:00:00.123456Z'`;
  await aRun([]);
  const seen: string[] = [];
  let after = null as Awaited<ReturnType<typeof listRuns>>['next'];
  do {
    const { runs, next } = await listRuns(sql, { limit: 3, after });
    seen.push(...runs.map((run) => run.run_id));
    after = next;
  } while (after !== null);
  expect(seen).toHaveLength(8);
  expect(new Set(seen).size).toBe(8);
  expect((await findRun(sql, seen[0]!))!.requested_at.getUTCFullYear()).toBeGreaterThan(2025);
});

test('the jobs of a run come by how much they need somebody, page by page', async () => {
  const states: JobStatus[] = ['completed', 'failed', 'cancelled', 'completed', 'failed'];
  const symbols = ['A', 'B', 'C', 'D', 'E', 'F'];
  const runId = await aRun(symbols);
  for (const [i, status] of states.entries()) await end(symbols[i]!, status, 1);
  for (const limit of [1, 2, 3, 10]) {
    const seen: string[] = [];
    let after = null as Awaited<ReturnType<typeof listJobsOfRun>>['next'];
    do {
      const { jobs, next } = await listJobsOfRun(sql, runId, { limit, after });
      seen.push(...jobs.map(({ symbol }) => symbol));
      after = next;
    } while (after !== null);
    expect(seen).toEqual(['B', 'E', 'F', 'C', 'A', 'D']);
  }
  const { jobs } = await listJobsOfRun(sql, runId, { limit: 10, status: 'completed' });
  expect(jobs.map(({ symbol }) => symbol)).toEqual(['A', 'D']);
});

test('what a run left out comes page by page, too', async () => {
  const runId = await aRun([], ['A', 'B', 'C', 'D', 'E']);
  const first = await listSkippedOfRun(sql, runId, { from: 0, limit: 3 });
  expect([first.skipped.map(({ symbol }) => symbol), first.next]).toEqual([['A', 'B', 'C'], 3]);
  const second = await listSkippedOfRun(sql, runId, { from: 3, limit: 3 });
  expect([second.skipped.map(({ symbol }) => symbol), second.next]).toEqual([['D', 'E'], null]);
  expect(await findRun(sql, crypto.randomUUID())).toBeNull();
});
