// Each indicator against its definition, written out here over the very bars it says it looks at.
import { describe, expect, test } from '@jest/globals';
import type { Bars, Ta } from '@ml-training/sdk';
import { copyBars, walk } from '../../test/bars.ts';
import { computeFeatures, sliceBars } from './index.ts';
import { ta } from './ta.ts';

const bars = walk({ rows: 160, seed: 4 });
const last = (values: Float64Array): number => values.at(-1)!;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const meanOf = (values: readonly number[]): number => sum(values) / values.length;
const stdevOf = (values: readonly number[]): number =>
  Math.sqrt(meanOf(values.map((v) => (v - meanOf(values)) ** 2)));
const changes = (values: readonly number[]): number[] => values.slice(1).map((v, i) => v - values[i]!);
const linear = (values: readonly number[]): number =>
  sum(values.map((v, i) => v * (i + 1))) / sum(values.map((_, i) => i + 1));
const trueRanges = ({ high, low, close }: Bars): number[] =>
  Array.from(close.subarray(1), (_, i) =>
    Math.max(
      high[i + 1]! - low[i + 1]!,
      Math.abs(high[i + 1]! - close[i]!),
      Math.abs(low[i + 1]! - close[i]!),
    ),
  );
const exponential = (values: readonly number[], n: number): number => {
  const weights = values.map((_, i) => (1 - 2 / (n + 1)) ** (values.length - 1 - i));
  return sum(values.map((v, i) => v * weights[i]!)) / sum(weights);
};

interface Case {
  readonly of: (ta: Ta, bars: Bars) => Float64Array;
  /** Bars it looks at. */
  readonly window: number;
  /** Its value at the last of exactly those bars. */
  readonly is: (closes: number[], bars: Bars) => number;
}

const cases: Readonly<Record<string, Case>> = {
  lag: { of: ({ lag }, { close }) => lag(close, 5), window: 6, is: (c) => c[0]! },
  change: { of: ({ change }, { close }) => change(close, 5), window: 6, is: (c) => c[5]! - c[0]! },
  'change of one bar': { of: ({ change }, { close }) => change(close), window: 2, is: (c) => c[1]! - c[0]! },
  logReturn: {
    of: ({ logReturn }, { close }) => logReturn(close, 3),
    window: 4,
    is: (c) => Math.log(c[3]! / c[0]!),
  },
  sma: { of: ({ sma }, { close }) => sma(close, 7), window: 7, is: meanOf },
  wma: { of: ({ wma }, { close }) => wma(close, 7), window: 7, is: linear },
  ema: { of: ({ ema }, { close }) => ema(close, 5), window: 20, is: (c) => exponential(c, 5) },
  'ema of a window': {
    of: ({ ema }, { close }) => ema(close, 5, 9),
    window: 9,
    is: (c) => exponential(c, 5),
  },
  stdev: { of: ({ stdev }, { close }) => stdev(close, 10), window: 10, is: stdevOf },
  zscore: {
    of: ({ zscore }, { close }) => zscore(close, 10),
    window: 10,
    is: (c) => (c[9]! - meanOf(c)) / stdevOf(c),
  },
  highest: {
    of: ({ highest }, { high }) => highest(high, 10),
    window: 10,
    is: (_, b) => Math.max(...b.high),
  },
  lowest: { of: ({ lowest }, { low }) => lowest(low, 10), window: 10, is: (_, b) => Math.min(...b.low) },
  volatility: {
    of: ({ volatility }, { close }) => volatility(close, 10),
    window: 11,
    is: (c) => Math.sqrt(meanOf(changes(c.map(Math.log)).map((r) => r * r))),
  },
  efficiency: {
    of: ({ efficiency }, { close }) => efficiency(close, 10),
    window: 11,
    is: (c) => Math.log(c[10]! / c[0]!) / sum(changes(c.map(Math.log)).map(Math.abs)),
  },
  rsi: {
    of: ({ rsi }, { close }) => rsi(close, 14),
    window: 15,
    is: (c) => {
      const gains = sum(changes(c).map((d) => Math.max(d, 0)));
      return (100 * gains) / sum(changes(c).map(Math.abs));
    },
  },
  macd: {
    of: ({ macd }, { close }) => macd(close).macd,
    window: 26,
    is: (c) => linear(c.slice(-12)) - linear(c),
  },
  'its signal': {
    of: ({ macd }, { close }) => macd(close, 3, 6, 4).signal,
    window: 9,
    is: (c) =>
      meanOf([6, 7, 8, 9].map((end) => linear(c.slice(end - 3, end)) - linear(c.slice(end - 6, end)))),
  },
  bollinger: {
    of: ({ bollinger }, { close }) => bollinger(close, 20, 3).upper,
    window: 20,
    is: (c) => meanOf(c) + 3 * stdevOf(c),
  },
  'its lower band': {
    of: ({ bollinger }, { close }) => bollinger(close, 20).lower,
    window: 20,
    is: (c) => meanOf(c) - 2 * stdevOf(c),
  },
  trueRange: { of: ({ trueRange }, b) => trueRange(b), window: 2, is: (_, b) => trueRanges(b)[0]! },
  atr: { of: ({ atr }, b) => atr(b, 14), window: 15, is: (_, b) => meanOf(trueRanges(b)) },
  stochastic: {
    of: ({ stochastic }, b) => stochastic(b, 14),
    window: 14,
    is: (c, { high, low }) => (100 * (c.at(-1)! - Math.min(...low))) / (Math.max(...high) - Math.min(...low)),
  },
  obv: {
    of: ({ obv }, b) => obv(b, 10),
    window: 11,
    is: (c, { volume }) => sum(changes(c).map((d, i) => Math.sign(d) * volume[i + 1]!)),
  },
  volumeRatio: {
    of: ({ volumeRatio }, b) => volumeRatio(b, 10),
    window: 10,
    is: (_, { volume }) => Math.log(volume.at(-1)! / meanOf([...volume])),
  },
  moneyFlow: {
    of: ({ moneyFlow }, b) => moneyFlow(b, 14),
    window: 15,
    is: (c, { high, low, volume }) => {
      const typical = c.map((close, i) => (high[i]! + low[i]! + close) / 3);
      const flows = changes(typical).map((d, i) => Math.sign(d) * typical[i + 1]! * volume[i + 1]!);
      return (100 * sum(flows.map((f) => Math.max(f, 0)))) / sum(flows.map(Math.abs));
    },
  },
};

describe.each(Object.entries(cases))('%s', (_, { of, window, is }) => {
  test('is what its definition says, of its window alone', () => {
    for (const end of [window, 97, 160]) {
      const own = sliceBars(bars, { from: end - window, to: end });
      const expected = is([...own.close], own);
      const [whole, alone] = [of(ta, sliceBars(bars, { from: 0, to: end })), of(ta, own)];
      expect(last(whole)).toBeCloseTo(expected, 9);
      // To the last bit: more history changes nothing.
      expect(last(alone)).toBe(last(whole));
    }
  });

  test('has a value for each bar, NaN while its window is not whole', () => {
    const values = of(ta, bars);
    expect(values).toHaveLength(160);
    expect(values.findIndex((value) => !Number.isNaN(value))).toBe(window - 1);
    expect(values.subarray(window - 1).every(Number.isFinite)).toBe(true);
    expect(of(ta, sliceBars(bars, { from: 0, to: window - 1 })).every(Number.isNaN)).toBe(true);
  });
});

test('a NaN spoils the bars whose window holds it, and no other', () => {
  const spoiled = bars.close.slice();
  spoiled[50] = Number.NaN;
  for (const values of [
    ta.sma(spoiled, 5),
    ta.highest(spoiled, 5),
    ta.zscore(spoiled, 5),
    ta.ema(spoiled, 2, 5),
  ])
    expect(Array.from(values, (v, t) => (Number.isNaN(v) ? t : -1)).filter((t) => t >= 4)).toEqual([
      50, 51, 52, 53, 54,
    ]);
  expect(ta.rsi(spoiled, 5)[56]).toBe(ta.rsi(bars.close, 5)[56]);
});

test('missing volume is passed over', () => {
  const patchy = copyBars(bars);
  patchy.volume[100] = Number.NaN;
  expect(ta.volumeRatio(patchy, 10)[100]).toBe(0);
  expect(ta.obv(patchy, 10)[105]).toBeCloseTo(
    ta.obv(bars, 10)[105]! - Math.sign(bars.close[100]! - bars.close[99]!) * bars.volume[100]!,
    9,
  );
  expect(ta.moneyFlow(patchy, 14).subarray(14).every(Number.isFinite)).toBe(true);
});

test('prices that stand still have neither deviation nor range', () => {
  const still = new Float64Array(40).fill(5);
  const flat = { ...walk({ rows: 40, seed: 1 }), open: still, high: still, low: still, close: still };
  expect(ta.zscore(still, 5)[20]).toBe(0);
  expect(ta.stochastic(flat, 5)[20]).toBe(0);
  expect(ta.efficiency(still, 5)[20]).toBe(0);
});

test('the built-in features are these', () => {
  const { data, cols, names, firstRow } = computeFeatures(bars);
  const column = (name: string): number => data[150 * cols + names.indexOf(name)]!;
  const atr = ta.atr(bars, 14)[150]!;
  expect(firstRow).toBeLessThan(150);
  expect(column('rsi_14')).toBe(ta.rsi(bars.close, 14)[150]! / 50 - 1);
  expect(column('atr_14')).toBe(atr / bars.close[150]!);
  expect(column('macd_histogram')).toBe(ta.macd(bars.close).histogram[150]! / atr);
  expect(column('money_flow_14')).toBe(ta.moneyFlow(bars, 14)[150]! / 50 - 1);
  expect(column('volatility_20')).toBe(ta.volatility(bars.close, 20)[150]);
  expect(column('efficiency_10')).toBe(ta.efficiency(bars.close, 10)[150]);
  expect(column('volume_ratio')).toBe(ta.volumeRatio(bars, 20)[150]);
});

test('a list of numbers is a column as well; what is none, and a window that can be none, is refused', () => {
  expect(ta.sma([1, 2, 3], 2)).toEqual(Float64Array.of(Number.NaN, 1.5, 2.5));
  expect(() => ta.sma(bars.close, 2.5)).toThrow('ta.sma was given 2.5 bars; give a whole number from 1 to');
  expect(() => ta.lag(bars.close, 0)).toThrow('ta.lag was given 0 bars');
  expect(() => ta.ema(bars.close, 5, -1)).toThrow('ta.ema was given -1 bars');
  expect(() => ta.rsi(bars as unknown as Float64Array, 14)).toThrow('ta.rsi was given no column; give one');
});

test('fillForward gives the last value of n, its own included, and none that is older', () => {
  const none = Number.NaN;
  const values = [none, 1, none, none, none, 5, 6, none];
  expect([...ta.fillForward(values, 3)]).toEqual([none, 1, 1, 1, none, 5, 6, 6]);
  expect([...ta.fillForward(values, 1)]).toEqual(values);
  for (let t = 2; t < values.length; t++)
    expect(ta.fillForward(values.slice(t - 2, t + 1), 3)[2]).toBe(ta.fillForward(values, 3)[t]);
});
