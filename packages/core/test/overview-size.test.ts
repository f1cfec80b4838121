// What the page's first screen asks looks at no more rows when the fleet has a long history; judged by
// PostgreSQL's plans.
import { afterAll, expect, test } from '@jest/globals';
import { explainingClient, seedHistory, startServers } from '@ml-training/testing';
import * as core from '../src/index.ts';

const servers = await startServers();
const { sql, during } = explainingClient(servers.databaseUrl);
await core.migrate(sql);
await seedHistory(sql, { jobs: 40_000, models: 5000, symbols: 50, barsASymbol: 1 });
const running = await core.runningJobs(sql);
// Long curves of what runs: what is known of them must not be read again.
await sql`
  INSERT INTO ml_training_epochs (job_id, step, name, value)
  SELECT job_id, step, name, random()
  FROM unnest(${running.map(({ job_id }) => job_id)}::uuid[]) AS j (job_id), generate_series(1, 5000) step,
       unnest(ARRAY['loss', 'validation_loss']) AS n (name)`;
await sql`ANALYZE`;
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});

/**
 * 150 pairs, with a job each every 8 hours; 267 runs, and as many totals, which PostgreSQL reads whole as
 * they are few pages.
 */
const pairs = 150;
const now = Date.now();
const dayAgo = { from: new Date(now - 86_400_000), to: new Date(now) };
const ids = running.map(({ job_id }) => job_id);
const models = (await core.newestModels(sql, 10)).map(({ model_id }) => model_id);
const known = ids.flatMap((job_id) =>
  ['loss', 'validation_loss'].map((name) => ({ job_id, name, step: 4990 })),
);
const some = (await core.pairsBetween(sql, { ...dayAgo, limit: 20, offset: 0 })).pairs;

test.each<[string, number, () => Promise<unknown>]>([
  ['running jobs', 10, () => core.runningJobs(sql)],
  ['newest jobs', 50, () => core.newestJobs(sql, 50)],
  ['jobs by id', 10, () => core.jobStates(sql, ids)],
  ['how many jobs are kept', 200, () => core.keptJobs(sql)],
  ['new points of curves', 200, () => core.newEpochs(sql, ids, known)],
  ['recent points of curves', 1500, () => core.recentCurves(sql, ids, 200)],
  ['newest runs', 5, () => core.newestRuns(sql, 5)],
  ['runs of a day', 300, () => core.runsBetween(sql, dayAgo.from, dayAgo.to, 200)],
  ['the last run', 3 * pairs, () => core.runOutcome(sql)],
  ['the queue', 4 * pairs, () => core.queueState(sql)],
  ['newest models', 50, () => core.newestModels(sql, 50)],
  ['switches of models', 10, () => core.switchesAfter(sql, 0)],
  ['pairs of a day', 15 * pairs, () => core.pairsBetween(sql, { ...dayAgo, limit: 20, offset: 0 })],
  ['jobs of 20 pairs', 20 * 10, () => core.jobsOfPairs(sql, some, { ...dayAgo, max: 200 })],
  ['open jobs', 2 * pairs, () => core.openJobs(sql)],
  ['pairs that failed', 1500, () => core.failedPairs(sql)],
  ['last trainings', 3 * pairs, () => core.lastTrainings(sql, some)],
  ['champions', 7 * pairs, () => core.champions(sql)],
  ['whether champions changed', 200, () => core.championsVersion(sql)],
  ['scores of models', 20, () => core.modelScores(sql, models)],
  ['attempts of jobs', 20, () => core.attemptsOfJobs(sql, ids)],
  ['when trainers last ended a job', 500, () => core.lastEnds(sql)],
])('%s: %i rows at most', async (_, few, ask) => {
  for (const { query, readWhole, rows } of await during(ask)) {
    const big = readWhole.filter((table) =>
      ['ml_training_jobs', 'ml_model_registry', 'ml_training_epochs'].includes(table),
    );
    expect([query, big]).toEqual([query, []]);
    if (rows > few) throw new Error(`looks at ${rows} rows, ${few} are allowed: ${query}`);
  }
});

test('the timeline pages through every pair once', async () => {
  const page = (offset: number) => core.pairsBetween(sql, { ...dayAgo, limit: 100, offset });
  const [first, second] = [await page(0), await page(100)];
  expect([first.total, second.total]).toEqual([pairs, pairs]);
  const names = [...first.pairs, ...second.pairs].map(
    ({ strategy_type, symbol }) => `${strategy_type} ${symbol}`,
  );
  expect(new Set(names).size).toBe(pairs);
  // What runs stands before all others, what failed comes next.
  const rank = [...first.pairs, ...second.pairs].map((pair) => (pair.running ? 0 : pair.failed > 0 ? 1 : 2));
  expect(rank).toEqual(rank.toSorted());
});

test('curves answer what is new, and nothing twice', async () => {
  const news = await core.newEpochs(sql, ids.slice(0, 1), known);
  expect(news.map(({ name, step }) => `${name} ${step}`)).toEqual(
    ['loss', 'validation_loss'].flatMap((name) =>
      Array.from({ length: 10 }, (_, i) => `${name} ${4991 + i}`),
    ),
  );
  const all = await core.newEpochs(sql, ids.slice(0, 1), []);
  expect(all).toHaveLength(2 * 500);
});
