// The history of runs and the bars there are, asked of a database that has been in use for long: read a page
// at a time, by an index, whatever lies behind. Judged by PostgreSQL's plans.
import { afterAll, expect, test } from '@jest/globals';
import { explainingClient, seedHistory, startServers } from '@ml-training/testing';
import {
  findRun,
  heldSchedules,
  listJobsOfRun,
  listRuns,
  listSkippedOfRun,
  listSymbolOverviews,
  migrate,
  readCloses,
  type RunPlace,
} from '../src/index.ts';

const servers = await startServers();
const { sql, during } = explainingClient(servers.databaseUrl);
await migrate(sql);
await seedHistory(sql, { jobs: 20_000, models: 2000, symbols: 120, barsASymbol: 2500 });
// Runs of years, as a run every few minutes makes them; finished by this fleet, all but the newest ten.
await sql`
  INSERT INTO ml_training_runs (trigger, requested_at, finished_at)
  SELECT 'manual', now() - i * interval '10 minutes', now() FROM generate_series(1, 50000) i`;
await sql`
  UPDATE ml_training_runs SET outcome = '{"completed": 900}', skipped_summary = '[]'
  WHERE requested_at < now() - interval '1 hour'`;
await sql`VACUUM ANALYZE`;
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});

const [run] = await sql<{ run_id: string }[]>`
  SELECT run_id FROM ml_training_jobs GROUP BY run_id ORDER BY count(*) DESC LIMIT 1`;
const [middle] = await sql<{ at: string; run_id: string }[]>`
  SELECT requested_at::text AS at, run_id FROM ml_training_runs ORDER BY requested_at OFFSET 25000 LIMIT 1`;
const place: RunPlace = [middle!.at, middle!.run_id];
const settings = { MIN_TRAINING_DATA_POINTS: 100, TRAINING_SYMBOLS: [] };

test.each<[string, () => Promise<unknown>, number]>([
  // 360 jobs of the one run that is not finished.
  ['the newest runs', () => listRuns(sql, { limit: 50 }), 500],
  ['runs from the middle on', () => listRuns(sql, { limit: 50, after: place }), 200],
  ['one run', () => findRun(sql, run!.run_id), 400],
  ['the jobs of a run', () => listJobsOfRun(sql, run!.run_id, { limit: 100 }), 110],
  [
    'the jobs of a run from the middle on',
    () => listJobsOfRun(sql, run!.run_id, { limit: 100, after: ['completed', 'lstm', 'S0060'] }),
    110,
  ],
  ['done jobs of a run', () => listJobsOfRun(sql, run!.run_id, { limit: 10, status: 'completed' }), 20],
  ['what a run left out', () => listSkippedOfRun(sql, run!.run_id, { from: 0, limit: 100 }), 110],
  ['schedules', () => heldSchedules(sql), 10],
  // 50 symbols of a step each, and 1,200 of their 2,500 bars.
  ['a page of symbols', () => listSymbolOverviews(sql, settings, { limit: 50 }), 51 * 1220],
  [
    'symbols from the middle on',
    () => listSymbolOverviews(sql, settings, { limit: 5, after: 'S0060' }),
    // Few symbols are counted further.
    5 * 2520 + 50,
  ],
  [
    'a search that finds nothing',
    () => listSymbolOverviews(sql, settings, { limit: 5, search: 'nope' }),
    700,
  ],
  ['a line of closes', () => readCloses(sql, 'S0123', 500), 510],
])('%s', async (_, ask, most) => {
  const ran = await during(ask);
  expect(ran.length).toBeGreaterThan(0);
  for (const { query, readWhole, rows } of ran) {
    const big = ['ml_training_jobs', 'ml_model_registry', 'market_data', 'ml_training_runs'];
    expect([query, readWhole.filter((table) => big.includes(table))]).toEqual([query, []]);
    if (rows > most) throw new Error(`looks at ${rows} rows, ${most} are allowed: ${query}`);
  }
});

test('the plans are those of statements that find what is there', async () => {
  const { runs, next } = await listRuns(sql, { limit: 50, after: place });
  expect([runs.length, next === null]).toEqual([50, false]);
  expect((await listJobsOfRun(sql, run!.run_id, { limit: 100 })).jobs).toHaveLength(100);
  const { symbols } = await listSymbolOverviews(sql, settings, { limit: 50 });
  expect(symbols).toHaveLength(50);
  expect(symbols[7]).toMatchObject({ exact: false, gaps: [] });
  expect(Math.abs(symbols[7]!.bars - 2500)).toBeLessThan(5);
  expect(symbols.some(({ models }) => models.length > 0)).toBe(true);
});
