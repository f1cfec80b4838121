// A scrape and a roll-up look at no more rows when the fleet has a long history; judged by PostgreSQL's
// plans.
import { afterAll, expect, test } from '@jest/globals';
import { leftOutSymbols, migrate } from '@ml-training/core';
import { explainingClient, seedHistory, startServers } from '@ml-training/testing';
import { newestBarAges } from '../src/bars.ts';
import { readFacts } from '../src/facts.ts';
import { rollUp } from '../src/roll-up.ts';
import { readWatched } from '../src/watched.ts';

const servers = await startServers();
const { sql, during } = explainingClient(servers.databaseUrl);
await migrate(sql);
await seedHistory(sql, { jobs: 40_000, models: 5000, symbols: 50, barsASymbol: 1 });
await sql`ANALYZE`;
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});

/** 150 pairs: as many models in use, fewer open jobs, and a total of each for every way to end. */
const few = 1500;

test.each<[string, () => Promise<unknown>]>([
  ['a scrape', () => readFacts(sql)],
  ['a roll-up', () => rollUp(sql)],
  ['ages of the newest bars', () => newestBarAges(sql, ['S0001', 'S0002'])],
  ['symbols left out', () => leftOutSymbols(sql)],
  ['what alerts are made of', () => readWatched(sql, { cron: '0 2,14,22 * * *', timezone: 'UTC' }, 43_200)],
])('%s', async (_, ask) => {
  for (const { query, readWhole, rows } of await during(ask)) {
    const big = readWhole.filter((table) => ['ml_training_jobs', 'ml_model_registry'].includes(table));
    expect([query, big]).toEqual([query, []]);
    if (rows > few) throw new Error(`looks at ${rows} rows, ${few} are allowed: ${query}`);
  }
});

test('what is shown is what happened', async () => {
  const { jobs, finished } = await readFacts(sql);
  const inRows = await sql<{ status: string; count: number }[]>`
    SELECT status, count(*)::int AS count FROM ml_training_jobs GROUP BY status`;
  expect(Object.fromEntries(jobs.map(({ status, count }) => [status, count]))).toEqual(
    Object.fromEntries(inRows.map(({ status, count }) => [status, count])),
  );
  const all = finished.reduce((sum, { count }) => sum + count, 0);
  const open = inRows.filter(({ status }) => status === 'queued' || status === 'running');
  expect(all + open.reduce((sum, { count }) => sum + count, 0)).toBe(40_000);
});
