// What the Data page and `ml data` show of the bars there are.
import { beforeEach, expect, test } from '@jest/globals';
import {
  heldSchedules,
  holdSchedule,
  listSymbolOverviews,
  quietSymbols,
  readCloses,
  scheduleProblem,
  thinOut,
} from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { servers, sql } = await startDatabase('symbols test');
beforeEach(async () => {
  await sql`TRUNCATE market_data, ml_model_registry, ml_training_schedules CASCADE`;
});

const settings = { MIN_TRAINING_DATA_POINTS: 100, TRAINING_SYMBOLS: [] as string[] };
const hourly = (symbol: string, count: number, newestHoursAgo = 0) => sql`
  INSERT INTO market_data (time, symbol, open, high, low, close)
  SELECT date_trunc('hour', now()) - make_interval(hours => ${newestHoursAgo} + i), ${symbol}, 10, 11, 9,
    10 + i % 3
  FROM generate_series(0, ${count - 1}) i`;
const all = async (options: Partial<Parameters<typeof listSymbolOverviews>[2]> = {}, own = settings) =>
  (await listSymbolOverviews(sql, own, { limit: 50, ...options })).symbols;

test('a symbol with its bars, their age and what is missing', async () => {
  await hourly('BTC/USD', 500, 5);
  await sql`DELETE FROM market_data WHERE time IN (SELECT time FROM market_data ORDER BY time DESC OFFSET 100
    LIMIT 3)`;
  const [one] = await all();
  expect(one).toMatchObject({
    symbol: 'BTC/USD',
    bars: 497,
    exact: true,
    future: false,
    step: 3_600_000,
    closedDays: [],
    notTrained: null,
    models: [],
    lookedAt: { bars: 497, from: one!.first },
  });
  expect(one!.gaps.map(({ missing }) => missing)).toEqual([3]);
  expect(one!.ageSeconds).toBeGreaterThanOrEqual(5 * 3600);
  expect(one!.ageSeconds).toBeLessThan(7 * 3600);
});

test('a symbol of which bars come no more is quiet, as the scheduler takes it', async () => {
  await hourly('LIVE', 100);
  await hourly('RESTING', 100, 6 * 24);
  await hourly('DELISTED', 100, 8 * 24);
  await hourly('NEW', 10, 8 * 24);
  // Its longest pause is a day.
  await hourly('THIN', 100, 8 * 24);
  await sql`DELETE FROM market_data WHERE symbol = 'THIN'
    AND time BETWEEN now() - interval '10 days' AND now() - interval '9 days'`;
  const shown = (await all()).filter(({ quiet }) => quiet).map(({ symbol }) => symbol);
  expect(shown).toEqual(['DELISTED']);
  expect([
    ...(
      await quietSymbols(
        sql,
        (await all()).map(({ symbol }) => symbol),
      )
    ).keys(),
  ]).toEqual(shown);
});

test('why a run leaves a symbol out is said as the run says it', async () => {
  await hourly('FEW', 63);
  await hourly('MANY', 200);
  await hourly('no\tsymbol', 200);
  const reasons = async (own = settings) =>
    (await all({}, own)).map((one) => [one.symbol, one.notTrained] as const);
  expect(Object.fromEntries(await reasons())).toEqual({
    FEW: '63 bars, MIN_TRAINING_DATA_POINTS asks for 100',
    MANY: null,
    'no\tsymbol': expect.stringMatching(/^is no symbol/),
  });
  expect(await reasons({ ...settings, TRAINING_SYMBOLS: ['FEW'] })).toContainEqual([
    'MANY',
    'not one of TRAINING_SYMBOLS',
  ]);
});

test('where there are very many bars, the count is an estimate and says so', async () => {
  await hourly('LONG', 120_000);
  const [one] = await all();
  expect(one).toMatchObject({ exact: false, lookedAt: { bars: 1000 } });
  expect(Math.abs(one!.bars - 120_000)).toBeLessThan(10);
  expect(one!.notTrained).toBeNull();
});

test('bars of a far future are told of and not counted as the newest', async () => {
  await hourly('GOOG', 10, 3);
  await sql`INSERT INTO market_data VALUES ('2999-01-01', 'GOOG', 1, 1, 1, 1, 1)`;
  // A hypertable takes neither.
  if (!servers.hasTimescale)
    await sql`INSERT INTO market_data VALUES ('infinity', 'GOOG', 1, 1, 1, 1, 1), ('-infinity', 'GOOG', 1, 1,
      1, 1, 1)`;
  const [one] = await all();
  expect(one).toMatchObject({ future: true, bars: 10 });
  expect(one!.ageSeconds).toBeLessThan(5 * 3600);
  expect((await readCloses(sql, 'GOOG', 100)).time).toHaveLength(10);
});

test('pages and searches find every symbol once', async () => {
  const names = ['AAPL', 'BTC/EUR', 'BTC/USD', 'aapl.x', 'GOOG', 'a%b', 'ZZZ'];
  for (const name of names) await hourly(name, 2);
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listSymbolOverviews>> = await listSymbolOverviews(sql, settings, {
      limit: 2,
      after,
    });
    seen.push(...page.symbols.map(({ symbol }) => symbol));
    after = page.next;
  } while (after !== null);
  expect(seen).toHaveLength(names.length);
  expect(new Set(seen)).toEqual(new Set(names));
  const found = async (search: string) => (await all({ search })).map(({ symbol }) => symbol).sort();
  expect(await found('btc')).toEqual(['BTC/EUR', 'BTC/USD']);
  expect(await found('AAPL')).toEqual(['AAPL', 'aapl.x']);
  expect(await found('%')).toEqual(['a%b']);
  expect(await found('nothing')).toEqual([]);
});

test('which strategies have a model of a symbol in use', async () => {
  await hourly('GOOG', 2);
  const register = (strategy: string, active: boolean) => sql`
    INSERT INTO ml_model_registry (strategy_type, symbol, is_active, file_path, sha256, size_bytes, metrics,
      decision, data_from,
      data_to, data_sha256, params)
    VALUES (${strategy}, 'GOOG', ${active}, ${`${strategy}${active}`}, '', 1, '{}', '', now(), now(), '',
      '{}')`;
  await register('rl', true);
  await register('ensemble', true);
  await register('lstm', false);
  expect((await all())[0]!.models).toEqual(['ensemble', 'rl']);
});

test('a line that is thinned out keeps its ends, its lowest and its highest', () => {
  const time = Float64Array.from({ length: 10_000 }, (_, i) => i);
  const close = time.map((i) => (i === 4321 ? -5 : i === 7654 ? 500 : Math.sin(i)));
  const line = thinOut({ time, close }, 100);
  expect(line.time.length).toBeLessThanOrEqual(100);
  expect([line.time[0], line.time.at(-1)]).toEqual([0, 9999]);
  expect(line.time).toEqual([...line.time].sort((a, b) => a - b));
  expect([Math.min(...line.close), Math.max(...line.close)]).toEqual([-5, 500]);
  expect(thinOut({ time: time.slice(0, 50), close: close.slice(0, 50) }, 100).time).toHaveLength(50);
});

test('schedules that schedulers go by now, and what is odd about them', async () => {
  const own = { cron: '0 2 * * *', timezone: 'UTC' };
  const other = { cron: '0 3 * * *', timezone: 'Europe/Berlin' };
  const problem = async () => scheduleProblem(own, (await heldSchedules(sql)).held);
  expect(await problem()).toMatch(/^no scheduler is running/);
  await holdSchedule(sql, other, true);
  expect(await problem()).toBe(
    'the scheduler goes by "0 3 * * *" in Europe/Berlin, the settings here say "0 2 * * *" in UTC: ' +
      'restart the scheduler for it to go by them',
  );
  // Restarted with other settings.
  await sql`UPDATE ml_training_schedules SET since = now() - interval '1 hour',
    looked_at = now() - interval '10 seconds'`;
  await holdSchedule(sql, own, true);
  expect(await problem()).toBeNull();
  expect((await heldSchedules(sql)).held).toMatchObject([own]);
  // The other one goes on.
  await holdSchedule(sql, other, false);
  expect(await problem()).toMatch(/^schedulers go by different schedules/);
  await sql`UPDATE ml_training_schedules SET looked_at = now() - interval '1 hour'`;
  expect(await problem()).toMatch(/^no scheduler is running/);
});
