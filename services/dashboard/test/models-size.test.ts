// What the models' part of the API asks looks at no more rows when the fleet has a long history; judged by
// PostgreSQL's plans.
import { afterAll, expect, test } from '@jest/globals';
import {
  jobOfModel,
  lineageOf,
  metricHistory,
  metricNames,
  migrate,
  pageOfModels,
  pairsOfModels,
  previousModel,
  versionsOfPair,
} from '@ml-training/core';
import { explainingClient, seedHistory, startServers } from '@ml-training/testing';

const servers = await startServers();
const { sql, during } = explainingClient(servers.databaseUrl);
await migrate(sql);
await seedHistory(sql, { jobs: 40_000, models: 5000, symbols: 50, barsASymbol: 1 });
await sql`
  INSERT INTO ml_training_metrics (time, name, strategy_type, symbol, value)
  SELECT now() - minute * interval '1 minute', name, 'lstm', symbol, minute
  FROM generate_series(1, 5000) minute, unnest(ARRAY['model_accuracy', 'other']) name, unnest(ARRAY['S0001',
    'S0002']) symbol`;
await sql`ANALYZE`;
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await servers.stop();
});

const [old] = await sql<
  [{ model_id: string; job_id: string; place: string; strategy_type: string; symbol: string }]
>`
  SELECT model_id, job_id, created_at::text AS place, strategy_type, symbol FROM ml_model_registry
  ORDER BY created_at, model_id LIMIT 1 OFFSET 1000`;
const after = { ...old, created_at: old.place };
const pair = { strategyType: 'lstm', symbol: 'S0001' };
const day = { from: new Date(Date.now() - 3 * 86_400_000), to: new Date(), points: 200 };

/**
 * Rows that one statement may look at, in tables and indexes together. 150 pairs have some 33 models each.
 */
test.each<[string, number, () => Promise<unknown>]>([
  ['the newest models', 200, () => pageOfModels(sql, {}, { limit: 50 })],
  ['a page far down', 200, () => pageOfModels(sql, {}, { limit: 50, after })],
  ['of a strategy', 200, () => pageOfModels(sql, { strategyType: 'rl' }, { limit: 50 })],
  ['of a strategy, far down', 200, () => pageOfModels(sql, { strategyType: 'rl' }, { limit: 50, after })],
  ['of a symbol', 400, () => pageOfModels(sql, { symbol: 'S0001' }, { limit: 50 })],
  ['of a symbol without models', 200, () => pageOfModels(sql, { symbol: 'NONE' }, { limit: 50 })],
  ['of a pair', 200, () => pageOfModels(sql, pair, { limit: 20 })],
  ['in use', 600, () => pageOfModels(sql, { active: true }, { limit: 50 })],
  ['not in use', 400, () => pageOfModels(sql, { active: false }, { limit: 50 })],
  [
    'since a moment',
    200,
    () => pageOfModels(sql, { since: new Date(Date.now() - 3_600_000) }, { limit: 50 }),
  ],
  ['pairs', 1000, () => pairsOfModels(sql, { limit: 300 })],
  ['versions of a pair', 200, () => versionsOfPair(sql, pair, { score: null, limit: 300 })],
  ['the family of a model', 50, () => lineageOf(sql, old.model_id)],
  ['the job of a model', 10, () => jobOfModel(sql, old.job_id)],
  ['what a roll-back would use', 100, () => previousModel(sql, 'lstm', 'S0001')],
  ['names of metrics', 50, () => metricNames(sql)],
  ['a metric over days', 500, () => metricHistory(sql, { name: 'model_accuracy', ...pair }, day)],
  ['all series of a metric', 900, () => metricHistory(sql, { name: 'model_accuracy' }, day)],
])('%s', async (_, few, ask) => {
  const ran = await during(ask);
  for (const { query, readWhole, rows } of ran) {
    expect([query, readWhole]).toEqual([query, []]);
    if (rows > few) throw new Error(`looks at ${rows} rows, ${few} are allowed: ${query}`);
  }
  expect(ran.length).toBeGreaterThan(0);
});

test('pages follow each other without a gap and without a model twice, also within one moment', async () => {
  const all = await sql<{ model_id: string; created_at: Date }[]>`
    SELECT model_id, created_at FROM ml_model_registry
    ORDER BY created_at DESC, strategy_type, symbol, model_id LIMIT 1000`;
  expect(new Set(all.map(({ created_at }) => created_at.getTime())).size).toBeLessThan(all.length);
  const seen: string[] = [];
  let next: Awaited<ReturnType<typeof pageOfModels>>['next'] = null;
  // Of an odd length, so that some end between two of one moment.
  do {
    const page: Awaited<ReturnType<typeof pageOfModels>> = await pageOfModels(
      sql,
      {},
      { limit: 37, after: next },
    );
    seen.push(...page.models.map(({ model_id }) => model_id));
    next = page.next;
  } while (next !== null && seen.length < all.length);
  expect(seen.slice(0, all.length)).toEqual(all.map(({ model_id }) => model_id));
});

test('every pair is found, some at a time, with its model in use and the newest of the others', async () => {
  const first = await pairsOfModels(sql, { limit: 100 });
  const rest = await pairsOfModels(sql, { limit: 100, after: first.at(-1)! });
  expect([first.length, rest.length]).toEqual([100, 50]);
  const [one] = await sql<[{ champion: string; newest: string }]>`
    SELECT (SELECT model_id FROM ml_model_registry WHERE strategy_type = 'lstm' AND symbol = 'S0007'
      AND is_active) AS champion,
           (SELECT model_id FROM ml_model_registry WHERE strategy_type = 'lstm' AND symbol = 'S0007'
             AND NOT is_active
            ORDER BY created_at DESC LIMIT 1) AS newest`;
  const found = [...first, ...rest].find((of) => of.strategy_type === 'lstm' && of.symbol === 'S0007');
  expect([found?.champion?.model_id, found?.newest?.model_id]).toEqual([one.champion, one.newest]);
});

test('a metric at so many moments has the last value of each stretch', async () => {
  const from = new Date('2026-01-01T00:00:00Z');
  const to = new Date('2026-01-01T01:00:00Z');
  await sql`
    INSERT INTO ml_training_metrics (time, name, strategy_type, symbol, value)
    SELECT ${from}::timestamptz + minute * interval '1 minute', 'steady', 'lstm', 'BTC/USD', minute
    FROM generate_series(0, 100) minute WHERE minute NOT BETWEEN 20 AND 29`;
  const { series } = await metricHistory(sql, { name: 'steady', symbol: 'BTC/USD' }, { from, to, points: 6 });
  expect(series).toMatchObject([{ strategy_type: 'lstm', symbol: 'BTC/USD' }]);
  expect(series[0]!.points.map(({ value }) => value)).toEqual([9, 19, 39, 49, 59]);
});

test('of a model in use the value that holds is given, until now and from before the first moment', async () => {
  const hour = 3_600_000;
  const now = Date.now();
  await sql`
    INSERT INTO ml_training_metrics (time, name, strategy_type, symbol, value)
    SELECT ${new Date(now)}::timestamptz - ago, 'model_return', 'rl', symbol, value
    FROM (VALUES (interval '26 hours', 'HELD', 1), (interval '6 hours', 'HELD', 2), (interval '150 minutes', 'HELD', 3),
      (interval '40 hours', 'GONE', 9)) v (ago, symbol, value)`;
  const range = { from: new Date(now - 4 * hour), to: new Date(now + 4 * hour), points: 8 };
  const held = await metricHistory(sql, { name: 'model_return', symbol: 'HELD' }, range);
  expect(held.series[0]!.points.map(({ value }) => value)).toEqual([2, 3, 3, 3, 3]);
  expect(held.series[0]!.points[0]!.time).toEqual(range.from);
  const gone = await metricHistory(sql, { name: 'model_return', symbol: 'GONE' }, range);
  expect(gone.series[0]!.points).toEqual([]);
});
