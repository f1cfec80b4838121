// The very bars that a training was given, found again.
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  barsSha256,
  readBars,
  readBarsBetween,
  readWindow,
  withClosedInputs,
  type Bars,
} from '../src/index.ts';
import { startDatabase } from './lab.ts';

const { sql } = await startDatabase('bars test');

const plain = { NEGATIVE_PRICES: [] };

/** Bars a minute and a microsecond apart, so that their times are no whole milliseconds. */
const add = (symbol: string, from: number, to: number) => sql`
  INSERT INTO market_data (time, symbol, open, high, low, close, volume)
  SELECT '2024-01-01T00:00:00.000001Z'::timestamptz + i * interval '1 minute 1 microsecond', ${symbol}, i,
    i + 1, i - 1, i,
         CASE WHEN i % 3 > 0 THEN i END
  FROM generate_series(${from}::int, ${to}::int) i`;

test('the bars between the first and the last that were read are the same, whatever newer ones came', async () => {
  await add('GOOG', 1, 100);
  await add('SP500', 1, 100);
  const read = await readBars(sql, 'GOOG', 50);
  await add('GOOG', 101, 120);
  const again = await readBarsBetween(sql, 'GOOG', read.time[0]!, read.time.at(-1)!);
  expect(again.time).toHaveLength(50);
  expect(barsSha256(again)).toBe(barsSha256(read));
  expect(barsSha256(await readBars(sql, 'GOOG', 50))).not.toBe(barsSha256(read));
});

describe('further columns', () => {
  beforeAll(
    () => sql`ALTER TABLE market_data ADD COLUMN funding_rate double precision, ADD COLUMN note text,
    ADD COLUMN likes integer`,
  );

  test('are read where they are asked for, NaN where there is none', async () => {
    await add('FUNDED', 1, 6);
    await sql`
      UPDATE market_data SET funding_rate = open / 100, likes = 7 WHERE symbol = 'FUNDED' AND open >= 4`;
    const bars = await readBars(sql, 'FUNDED', 4, ['likes', 'funding_rate']);
    expect(bars.columns).toEqual({
      likes: Float64Array.of(Number.NaN, 7, 7, 7),
      funding_rate: Float64Array.of(Number.NaN, 0.04, 0.05, 0.06),
    });
    expect((await readBars(sql, 'FUNDED', 4)).columns).toBeUndefined();
    const again = await readBarsBetween(sql, 'FUNDED', bars.time[0]!, bars.time[3]!, [
      'likes',
      'funding_rate',
    ]);
    expect(barsSha256(again)).toBe(barsSha256(bars));
    expect(barsSha256(again)).not.toBe(barsSha256(await readBars(sql, 'FUNDED', 4)));
  });

  test.each([
    [
      'sentiment',
      'market_data has no column sentiment, which the strategy looks at: import bars that have it',
    ],
    ['note', 'the column note of market_data, which the strategy looks at, is text: it must be of numbers'],
  ])('%s is refused', async (name, message) => {
    await expect(readBars(sql, 'FUNDED', 4, [name])).rejects.toThrow(
      expect.objectContaining({ code: 'BARS_INVALID', message: expect.stringContaining(message) }),
    );
  });
});

describe('inputs', () => {
  const hour = 3_600_000;
  const begin = Date.UTC(2024, 5, 3);
  /** Bars that begin so many hours after, one every `step` hours. */
  const hours = (symbol: string, from: number, to: number, step = 1) => sql`
    INSERT INTO market_data (time, symbol, open, high, low, close, volume)
    SELECT to_timestamp(${begin / 1000}) + i * interval '1 hour', ${symbol},
      100 + i, 101 + i, 99 + i, 100 + i, 1
    FROM generate_series(${from}::int, ${to}::int, ${step}::int) i`;
  const needs = { symbols: ['BTC/USDT', 'EUR', 'NONE'], columns: [] };
  const begins = (bars: Bars | undefined) => [...bars!.time].map((time) => (time - begin) / hour);

  test('of a training reach from the bar known at its first close to the one known at its last', async () => {
    await hours('EUR', 0, 20);
    await hours('BTC/USDT', -40, 200, 4);
    const [bars] = await withClosedInputs(sql, [await readBars(sql, 'EUR', 6)], plain, needs);
    expect(begins(bars)).toEqual([15, 16, 17, 18, 19, 20]);
    // The bar from 12 on closes at 16, as does the first of these; the one from 20 on doesn't by 21.
    expect(bars!.inputs!.map(({ symbol }) => symbol)).toEqual(['BTC/USDT', 'NONE']);
    expect(begins(bars!.inputs![0])).toEqual([12, 16]);
    expect(begins(bars!.inputs![1])).toEqual([]);

    const before = barsSha256(bars!);
    await hours('BTC/USDT', 201, 210);
    const [same] = await withClosedInputs(sql, [await readBars(sql, 'EUR', 6)], plain, needs);
    expect(barsSha256(same!)).toBe(before);
    await sql`UPDATE market_data SET close = close + 0.5 WHERE symbol = 'BTC/USDT' AND open = 116`;
    const [revised] = await withClosedInputs(sql, [await readBars(sql, 'EUR', 6)], plain, needs);
    expect(barsSha256(revised!)).not.toBe(before);
  });

  test('of a prediction are there, whatever the window says of how long a bar lasts', async () => {
    const bars = await readWindow(sql, 'EUR', 1, plain, needs);
    expect(begins(bars)).toEqual([20]);
    expect(begins(bars.inputs![0]).slice(0, 3)).toEqual([16, 20, 24]);
    expect((await readWindow(sql, 'EUR', 1, plain)).inputs).toBeUndefined();
  });

  test('have no bar with a price below 0 where that is real, as trainings have none, and those of others have', async () => {
    const at = `time = '${new Date(begin + 16 * hour).toISOString()}'`;
    await sql.unsafe(`UPDATE market_data SET low = -1 WHERE symbol = 'BTC/USDT' AND ${at}`);
    const negative = { NEGATIVE_PRICES: ['BTC/USDT'] };
    const [bars] = await withClosedInputs(sql, [await readBars(sql, 'EUR', 6)], negative, needs);
    expect(begins(bars!.inputs![0])).toEqual([12]);
    const [others] = await withClosedInputs(sql, [await readBars(sql, 'EUR', 6)], plain, needs);
    expect(begins(others!.inputs![0])).toEqual([12, 16]);
    expect(begins(await readWindow(sql, 'BTC/USDT', 3, negative))).not.toContain(16);
    expect(begins((await readWindow(sql, 'EUR', 6, negative, needs)).inputs![0])).not.toContain(16);
    await sql.unsafe(`UPDATE market_data SET low = 1 WHERE symbol = 'BTC/USDT' AND ${at}`);
  });

  test('of two symbols are those of each', async () => {
    await hours('LATE', 30, 33);
    const own = [await readBars(sql, 'EUR', 2), await readBars(sql, 'LATE', 2)];
    const given = await withClosedInputs(sql, own, plain, needs);
    expect(given.map(({ inputs }) => begins(inputs![0]))).toEqual([[16], [28]]);
    expect(given[1]!.inputs!.map(({ symbol }) => symbol)).toEqual(needs.symbols);
  });
});
