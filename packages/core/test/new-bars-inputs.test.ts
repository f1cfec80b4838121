// Whether there is anything new to train a strategy on that looks at other symbols as well.
import { beforeEach, expect, test } from '@jest/globals';
import {
  newestBars,
  pairsWithoutNewBars,
  recordStrategies,
  refreshStrategies,
  strategyOf,
  withNewestInputs,
} from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { sql } = await startDatabase('inputs test', { max: 2 });
const needs = { symbols: ['BTC/USDT'], columns: ['funding_rate'] };
const facts = (type: string, scope: 'all' | 'symbol') => ({
  type,
  scope,
  label: 'direction' as const,
  promotionMetric: 'log_likelihood' as const,
  settings: {},
  description: '',
  sum: 'f'.repeat(64),
});
await recordStrategies(
  sql,
  [{ ...facts('pairs', 'symbol'), needs }, { ...facts('wide', 'all'), needs }, facts('alone', 'symbol')],
  ['pairs', 'wide', 'alone'],
);
await refreshStrategies(sql);

const at = (hour: number): Date => new Date(Date.UTC(2024, 0, 5) + hour * 3_600_000);
const add = (symbol: string, ...hours: readonly number[]) =>
  sql`INSERT INTO market_data ${sql(
    hours.map((hour) => ({ time: at(hour), symbol, open: 1, high: 1, low: 1, close: 1, volume: 1 })),
  )}`;
const pairs = [
  { strategy_type: 'pairs', symbol: 'EURUSD' },
  { strategy_type: 'wide', symbol: '@ALL' },
  { strategy_type: 'alone', symbol: 'EURUSD' },
];
/** As a training of each of them leaves it, by what it saw. */
async function train(): Promise<void> {
  await sql`TRUNCATE ml_training_jobs CASCADE`;
  for (const { strategy_type, symbol } of pairs) {
    const own = symbol === '@ALL' ? ['EURUSD', 'GBPUSD'] : [symbol];
    const inputs = strategyOf(strategy_type).needs?.symbols ?? [];
    const newest = await withNewestInputs(sql, await newestBars(sql, own), own, inputs);
    await sql`
      INSERT INTO ml_training_jobs (strategy_type, symbol, status, trigger, max_attempts, completed_at,
        newest_bars)
      VALUES (${strategy_type}, ${symbol}, 'completed', 'tick', 1, now(),
        ${sql.json(Object.fromEntries(newest))})`;
  }
}
const rests = async () =>
  (await pairsWithoutNewBars(sql, pairs, ['EURUSD', 'GBPUSD'])).map(({ strategy_type }) => strategy_type);

beforeEach(async () => {
  await sql`TRUNCATE market_data`;
  await add('EURUSD', 0, 1, 2, 3);
  await add('GBPUSD', 0, 1, 2);
  await add('BTC/USDT', 0, 1);
});

test('what a strategy needs is known to every process that reads the table', () => {
  expect(strategyOf('pairs').needs).toEqual(needs);
  expect(strategyOf('alone').needs).toBeUndefined();
  expect(strategyOf('lstm').needs).toBeUndefined();
});

test('a pair rests while its input alone moves on past its own newest bar', async () => {
  await train();
  expect(await rests()).toEqual(['pairs', 'wide', 'alone']);
  await add('BTC/USDT', 4, 5, 6);
  expect(await rests()).toEqual(['pairs', 'wide', 'alone']);
});

test('a pair does not rest when bars of its input came late', async () => {
  await train();
  await add('BTC/USDT', 3);
  expect(await rests()).toEqual(['alone']);
  await train();
  expect(await rests()).toEqual(['pairs', 'wide', 'alone']);
});

test('a pair does not rest when its own symbol has a new bar, or when the input is new to it', async () => {
  await train();
  await sql`UPDATE ml_training_jobs SET newest_bars = newest_bars - 'BTC/USDT' WHERE strategy_type = 'pairs'`;
  expect(await rests()).toEqual(['wide', 'alone']);
  await add('EURUSD', 4);
  expect(await rests()).toEqual([]);
});
