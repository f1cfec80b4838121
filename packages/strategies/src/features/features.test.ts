import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { defaultFeatures, featureCatalogue } from '@ml-training/sdk';
import { copyBars, perturbFrom, sampleBars, walk } from '../../test/bars.ts';
import type { Bars, RowRange } from '../strategy.ts';
import { computeFeatures, featureSetOf, hashFeatures, sliceBars } from './index.ts';
import type { FeatureTable } from './index.ts';

const { names: featureNames, window: featureWindow, hash: featuresHash } = featureSetOf(defaultFeatures);

const firstDefaults = defaultFeatures.filter(
  (name) => !/^lag_/.test(name) && !['volume_shock', 'return_by_volume'].includes(name),
);

const rowsOf = (table: FeatureTable, { from, to }: RowRange): Float64Array =>
  table.data.subarray(from * table.cols, to * table.cols);

function value(bars: Bars, name: string, t: number): number {
  const table = computeFeatures(bars);
  return table.data[t * table.cols + table.names.indexOf(name)]!;
}

describe('computeFeatures', () => {
  const bars = walk({ rows: 120, seed: 1 });
  const table = computeFeatures(bars);

  test('never lets a later bar change an earlier row, to the last bit', () => {
    for (const t of [featureWindow - 1, 60, 118]) {
      const later = computeFeatures(perturbFrom(bars, t + 1));
      expect(rowsOf(later, { from: 0, to: t + 1 })).toEqual(rowsOf(table, { from: 0, to: t + 1 }));
      expect(rowsOf(later, { from: t + 1, to: t + 2 })).not.toEqual(
        rowsOf(table, { from: t + 1, to: t + 2 }),
      );
    }
  });

  test('depends on the last featureWindow bars alone, to the last bit', () => {
    for (const t of [featureWindow - 1, 77, 119]) {
      const alone = computeFeatures(sliceBars(bars, { from: t - featureWindow + 1, to: t + 1 }));
      expect(rowsOf(alone, { from: alone.firstRow, to: alone.rows })).toEqual(
        rowsOf(table, { from: t, to: t + 1 }),
      );
    }
  });

  test('reacts to the oldest bar of its window', () => {
    const t = 80;
    const changed = copyBars(bars);
    changed.close[t - featureWindow + 1]! *= 1.01;
    expect(rowsOf(computeFeatures(changed), { from: t, to: t + 1 })).not.toEqual(
      rowsOf(table, { from: t, to: t + 1 }),
    );
  });

  test('is defined from firstRow on and NaN before', () => {
    expect(table.firstRow).toBe(featureWindow - 1);
    expect(rowsOf(table, { from: 0, to: table.firstRow }).every(Number.isNaN)).toBe(true);
    expect(rowsOf(table, { from: table.firstRow, to: table.rows }).every(Number.isFinite)).toBe(true);
    expect(computeFeatures(walk({ rows: 5, seed: 1 })).data.every(Number.isNaN)).toBe(true);
  });

  test('does not depend on the scale of the price', () => {
    const scaled = copyBars(bars);
    for (const column of [scaled.open, scaled.high, scaled.low, scaled.close])
      column.forEach((v, t) => (column[t] = v * 1024));
    const other = computeFeatures(scaled);
    for (let i = table.firstRow * table.cols; i < table.data.length; i++)
      if (Math.abs(other.data[i]! - table.data[i]!) > 1e-9)
        throw new Error(`${table.names[i % table.cols]!} changed`);
  });

  test('takes missing volume as neutral, without letting NaN through', () => {
    const without = { ...bars, volume: bars.volume.map(() => Number.NaN) };
    expect(value(without, 'volume_ratio', 100)).toBe(0);
    expect(value(without, 'money_flow_14', 100)).toBe(0);
    expect(value(without, 'volume_shock', 100)).toBe(0);
    expect(value(without, 'return_by_volume', 100)).toBe(0);
    // What rounding leaves of a volume that never changes is no shock.
    const even = { ...bars, volume: bars.volume.map(() => 1234.5678) };
    expect(value(even, 'volume_shock', 100)).toBe(0);
    const patchy = { ...bars, volume: bars.volume.map((v, t) => (t % 3 === 0 ? Number.NaN : v)) };
    expect(
      computeFeatures(patchy)
        .data.subarray(table.firstRow * table.cols)
        .every(Number.isFinite),
    ).toBe(true);
  });

  test('is finite where the price stands still and bars have no range', () => {
    const still = new Float64Array(60).fill(5);
    const table = computeFeatures({
      ...walk({ rows: 60, seed: 1 }),
      open: still,
      high: still,
      low: still,
      close: still,
    });
    expect(table.data.subarray(table.firstRow * table.cols).every(Number.isFinite)).toBe(true);
  });

  test.each(['EURUSD', 'GOOG', 'SP500'] as const)('is finite on the sample bars of %s', (symbol) => {
    const sample = computeFeatures(sampleBars(symbol, 10_000));
    expect(sample.data.subarray(sample.firstRow * sample.cols).every(Number.isFinite)).toBe(true);
  });

  test('has the values its names say', () => {
    const t = 50;
    const { open, high, low, close, volume } = bars;
    const log = (n: number): number => Math.log(close[t]! / close[t - n]!);
    let squares = 0;
    for (let i = t - 19; i <= t; i++) squares += Math.log(close[i]! / close[i - 1]!) ** 2;
    const volatility = Math.sqrt(squares / 20);
    expect(value(bars, 'volatility_20', t)).toBeCloseTo(volatility, 12);
    expect(value(bars, 'return_5', t)).toBeCloseTo(log(5) / volatility / Math.sqrt(5), 10);
    expect(value(bars, 'gap', t)).toBeCloseTo(Math.log(open[t]! / close[t - 1]!) / volatility, 10);
    expect(value(bars, 'body', t)).toBeCloseTo((close[t]! - open[t]!) / (high[t]! - low[t]!), 10);
    const mean = volume.subarray(t - 19, t + 1).reduce((sum, v) => sum + v, 0) / 20;
    expect(value(bars, 'volume_ratio', t)).toBeCloseTo(Math.log(volume[t]! / mean), 10);
    expect(value(bars, 'lag_3', t)).toBeCloseTo(Math.log(close[t - 3]! / close[t - 4]!) / volatility, 10);
    const logs = [...volume.subarray(t - 32, t + 1)].map(Math.log);
    const centre = logs.reduce((sum, v) => sum + v, 0) / 33;
    const deviation = Math.sqrt(logs.reduce((sum, v) => sum + (v - centre) ** 2, 0) / 33);
    const shock = Math.tanh((logs[32]! - centre) / deviation);
    expect(value(bars, 'volume_shock', t)).toBeCloseTo(shock, 10);
    expect(value(bars, 'return_by_volume', t)).toBeCloseTo(Math.tanh(log(1) / volatility) * shock, 10);
    // Cutler's RSI: sums of gains and losses of the last 14 changes.
    let gains = 0;
    let losses = 0;
    for (let i = t - 13; i <= t; i++) {
      const change = close[i]! - close[i - 1]!;
      if (change > 0) gains += change;
      else losses -= change;
    }
    expect(value(bars, 'rsi_14', t)).toBeCloseTo((gains - losses) / (gains + losses), 10);
  });

  test.each([
    ['close', Number.NaN, 'WALK has close NaN at 2020-01-01T07:00:00.000Z'],
    ['low', 0, 'has low 0 at'],
    ['high', Infinity, 'has high Infinity at'],
    ['high', 1, 'has high 1 below low '],
    ['volume', -5, 'has volume -5 at'],
    ['volume', Infinity, 'has volume Infinity at'],
    ['time', 0, "bar 7 doesn't come after the bar before it"],
  ] as const)('refuses a bar whose %s is %p', (column, wrong, message) => {
    const changed = copyBars(bars);
    changed[column][7] = wrong;
    const compute = (): unknown => computeFeatures(changed);
    expect(compute).toThrow(message);
    expect(compute).toThrow(expect.objectContaining({ code: 'INVALID_BARS' }));
    expect(() => computeFeatures({ ...bars, low: bars.low.subarray(1) })).toThrow(
      '120 closes but 119 values of low',
    );
  });

  test('refuses numbers so large that a feature overflows, with the bar and the feature', () => {
    const huge = copyBars(bars);
    huge.volume[50] = 1e308;
    huge.volume[51] = 1e308;
    const compute = (): unknown => computeFeatures(huge);
    expect(compute).toThrow(expect.objectContaining({ code: 'INVALID_BARS' }));
    expect(compute).toThrow('WALK: the feature volume_ratio is Infinity at 2020-01-03T02:00:00.000Z');
  });

  test('knows Monday 00:00 UTC as the beginning of week and day', () => {
    const monday = walk({ rows: 40, seed: 1, startMs: Date.UTC(2024, 0, 1) - 39 * 3_600_000 });
    expect(value(monday, 'weekday_sin', 39)).toBeCloseTo(0, 12);
    expect(value(monday, 'weekday_cos', 39)).toBeCloseTo(1, 12);
    expect(value(monday, 'hour_cos', 39)).toBeCloseTo(1, 12);
    expect(value(monday, 'weekday_cos', 38)).toBeCloseTo(Math.cos((2 * Math.PI * 6) / 7), 12);
  });
});

describe('bars with gaps', () => {
  const whole = walk({ rows: 400, seed: 6 });
  /**
   * Without the bars of a day, of a weekend, of each third hour of a week, and with ten years left out before
   * the last hundred.
   */
  const kept = Array.from({ length: 400 }, (_, t) => t).filter(
    (t) => !(t >= 60 && t < 84) && !(t >= 110 && t < 158) && !(t >= 180 && t < 348 && t % 3 === 0),
  );
  const column = (from: Float64Array): Float64Array => Float64Array.from(kept, (t) => from[t]!);
  const gappy: Bars = {
    symbol: 'GAPPY',
    time: Float64Array.from(kept, (t) => whole.time[t]! + (t < 300 ? 0 : 10 * 365 * 86_400_000)),
    open: column(whole.open),
    high: column(whole.high),
    low: column(whole.low),
    close: column(whole.close),
    volume: Float64Array.from(kept, (t) =>
      t % 7 === 0 || (t > 200 && t < 240) ? Number.NaN : whole.volume[t]!,
    ),
  };
  const table = computeFeatures(gappy);

  test('have finite features, with missing volume among them', () => {
    expect(table.data.subarray(table.firstRow * table.cols).every(Number.isFinite)).toBe(true);
  });

  test('have returns from close to close over a gap', () => {
    const after = kept.indexOf(84);
    const volatility = value(gappy, 'volatility_20', after);
    const move = Math.log(whole.close[84]! / whole.close[59]!);
    expect(value(gappy, 'return_1', after)).toBeCloseTo(move / volatility, 10);
    expect(value(gappy, 'gap', after)).toBeCloseTo(
      Math.log(whole.open[84]! / whole.close[59]!) / volatility,
      10,
    );
  });

  test('are looked at by bars and not by time, but for the calendar', () => {
    const regular = computeFeatures({ ...gappy, time: gappy.time.map((_, t) => whole.time[t]!) });
    const rest = (_: number, i: number): boolean => !/^(weekday|hour)_/.test(featureNames[i]!);
    for (let t = table.firstRow; t < table.rows; t++)
      expect(rowsOf(regular, { from: t, to: t + 1 }).filter(rest)).toEqual(
        rowsOf(table, { from: t, to: t + 1 }).filter(rest),
      );
    expect(featureNames.filter((_, i) => !rest(0, i))).toHaveLength(4);
  });

  test('keep to their window: a row is the same with nothing before it', () => {
    const t = kept.indexOf(158);
    const alone = computeFeatures(sliceBars(gappy, { from: t - featureWindow + 1, to: t + 1 }));
    expect(rowsOf(alone, { from: alone.firstRow, to: alone.rows })).toEqual(
      rowsOf(table, { from: t, to: t + 1 }),
    );
  });
});

describe('the sum of the features', () => {
  test('tells names, their order, windows and definitions apart', () => {
    const sums = [
      hashFeatures(['a', 'b'], 34, 1),
      hashFeatures(['b', 'a'], 34, 1),
      hashFeatures(['a,b'], 34, 1),
      hashFeatures(['a', 'b'], 35, 1),
      hashFeatures(['a', 'b'], 34, 2),
    ];
    expect(new Set(sums).size).toBe(5);
    expect(hashFeatures(['a', 'b'], 34, 1)).toBe(sums[0]);
    expect(featuresHash).toMatch(/^[0-9a-f]{16}$/);
  });

  test('tells apart models of a feature whose formula was changed, and no others', () => {
    const revised = { b: 1 };
    expect(hashFeatures(['a', 'b'], 34, 1, revised)).not.toBe(hashFeatures(['a', 'b'], 34, 1));
    expect(hashFeatures(['a', 'b'], 34, 1, { b: 2 })).not.toBe(hashFeatures(['a', 'b'], 34, 1, revised));
    expect(hashFeatures(['a', 'c'], 34, 1, revised)).toBe(hashFeatures(['a', 'c'], 34, 1));
  });

  // Whoever changes a formula must raise definitionsVersion, or the feature's own revision, so that no model
  // meets inputs that it wasn't trained on, and write both down here.
  test.each([
    ['defaults', defaultFeatures, { sum: '72daebf9fff67775', values: '4dc94232578c74b5' }],
    // Models that were trained on them keep loading.
    ['defaults of version 0.1', firstDefaults, { sum: '7400342cfc3f1cb1', values: '94878e0e7a1e49fd' }],
    [
      'whole catalogue',
      [...featureCatalogue.keys()],
      { sum: '3981b7a80c3a0af7', values: '0c33543142e1a3f9' },
    ],
  ])('belongs to the values they have: the %s', (_, names, expected) => {
    const bars = sampleBars('GOOG', names.length > 100 ? 300 : 200);
    const { data, firstRow, cols } = computeFeatures(bars, names);
    const digits = Array.from(data.subarray(firstRow * cols), (v) =>
      v.toFixed(9).replace(/^-(0\.0+)$/, '$1'),
    );
    const values = createHash('sha256').update(digits.join()).digest('hex').slice(0, 16);
    expect({ sum: featureSetOf(names).hash, values }).toEqual(expected);
  });
});
