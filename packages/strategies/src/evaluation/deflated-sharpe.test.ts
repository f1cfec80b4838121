import { describe, expect, test } from '@jest/globals';
import { walk } from '../../test/bars.ts';
import { createRandom } from '../random.ts';
import { barsPerYear } from './backtest.ts';
import { deflatedExcess, deflatedSharpeRatio } from './deflated-sharpe.ts';
import { evaluate } from './metrics.ts';
import { normalCdf, normalQuantile } from './deflated-sharpe.ts';

test.each([
  [0, 0.5],
  [1, 0.841344746068543],
  [-1.96, 0.0249978951482204],
  [5, 0.999999713348428],
  [-8, 6.22096057427178e-16],
])('normalCdf(%d) is the tables’ value, and normalQuantile finds the way back', (z, p) => {
  expect(Math.abs(normalCdf(z) - p)).toBeLessThan(1e-15);
  expect(normalQuantile(p)).toBeCloseTo(z, 8);
});

describe('deflatedSharpeRatio', () => {
  // The paper's own example: an annualised ratio of 2.5 over 5 years of 250 days, skewness −3, kurtosis 10, a
  // variance of ½ a year.
  const example = {
    sharpe: 2.5 / Math.sqrt(250),
    skewness: -3,
    kurtosis: 10,
    rows: 1250,
    variance: 0.5 / 250,
  };

  test('is the published figure for the published example', () => {
    expect(deflatedSharpeRatio({ ...example, trials: 100 })).toBeCloseTo(0.9004, 3);
    expect(deflatedSharpeRatio({ ...example, trials: 46 })).toBeCloseTo(0.9505, 3);
  });

  test('falls as more is tried, and one trial is measured against 0', () => {
    const of = (trials: number): number => deflatedSharpeRatio({ ...example, trials });
    expect(of(1)).toBeGreaterThan(of(2));
    expect(of(2)).toBeGreaterThan(of(1000));
    expect(deflatedSharpeRatio({ ...example, sharpe: 0, trials: 1 })).toBeCloseTo(0.5, 12);
  });
});

describe('deflatedExcess', () => {
  // On these rows every rule that trades loses, so that it is never trading that is to be beaten.
  const bars = walk({ rows: 1000, seed: 40 });
  const range = { from: 100, to: 900 };
  const rows = { range, trainRange: { from: 0, to: 90 } };
  const random = createRandom(5);
  const coin = (): Int8Array => Int8Array.from({ length: 800 }, () => (random.next() < 0.5 ? -1 : 1));
  const deflated = (position: Int8Array, count: number, sharpes: readonly number[], given = bars) =>
    deflatedExcess(given, { position, score: new Float64Array(position.length) }, rows, {
      horizon: 1,
      costBps: 0,
      trials: { count, sharpes },
    });

  test('takes the best of many coin throws for the luck that it is', () => {
    const tries = Array.from({ length: 200 }, coin);
    const sharpes = tries.map((position) => deflated(position, 0, []).excess_sharpe!);
    const best = sharpes.indexOf(Math.max(...sharpes));
    const others = sharpes.filter((_, i) => i !== best);
    const found = deflated(tries[best]!, 199, others);
    expect(deflated(tries[best]!, 0, []).deflated_excess_sharpe).toBeGreaterThan(0.99);
    expect(found).toMatchObject({ trials: 200, excess_over: 'always_flat', no_sharpe: null });
    expect(found.deflated_excess_sharpe).toBeGreaterThan(0.2);
    expect(found.deflated_excess_sharpe).toBeLessThan(0.9);
    // Their own spread is what an estimate without skill has, so guessing it changes little.
    const guessed = deflated(tries[best]!, 199, []).excess_sharpe_by_luck!;
    expect(guessed / found.excess_sharpe_by_luck!).toBeCloseTo(1, 0);
  });

  test('keeps a skill that luck does not explain', () => {
    const skilled = coin().map((side, i) =>
      i % 3 === 0 ? Math.sign(bars.close[101 + i]! - bars.close[100 + i]!) : side,
    );
    expect(deflated(skilled, 199, []).deflated_excess_sharpe).toBeGreaterThan(0.99);
  });

  test('takes being long in a rising market for nothing, which a plain Sharpe ratio rewards', () => {
    const rising = walk({
      rows: 1000,
      seed: 4,
      close: (_t, before, z) => before * Math.exp(0.003 + 0.01 * z),
    });
    const long = new Int8Array(800).fill(1);
    expect(deflated(long, 0, [], rising)).toMatchObject({
      excess_over: 'buy_and_hold',
      excess_sharpe: null,
      deflated_excess_sharpe: null,
      no_sharpe: 'it earns what buy_and_hold does at each bar',
    });
    // Mostly long, out at random: a Sharpe ratio far above 0, and none over buy and hold.
    const mostly = long.map(() => (random.next() < 0.1 ? 0 : 1));
    const { sharpe } = evaluate(rising, { position: mostly, score: new Float64Array(800) }, range, {
      horizon: 1,
      costBps: 0,
    });
    const found = deflated(mostly, 0, [], rising);
    expect(sharpe! / Math.sqrt(barsPerYear(rising.time)) / Math.sqrt(1 / 800)).toBeGreaterThan(4);
    expect(found.excess_over).toBe('buy_and_hold');
    expect(found.deflated_excess_sharpe).toBeLessThan(0.5);
  });

  test('measures a short seller in a falling market against never trading or being short in training', () => {
    const falling = walk({
      rows: 1000,
      seed: 4,
      close: (_t, before, z) => before * Math.exp(-0.003 + 0.01 * z),
    });
    expect(deflated(new Int8Array(800).fill(-1), 0, [], falling)).toMatchObject({
      excess_over: 'majority_class',
      deflated_excess_sharpe: null,
    });
  });

  test('claims nothing on fewer than 60 rows', () => {
    const of = (count: number) =>
      deflatedExcess(
        bars,
        { position: coin().subarray(0, count), score: new Float64Array(count) },
        { ...rows, range: { from: 100, to: 100 + count } },
        { horizon: 1, costBps: 0, trials: { count: 0, sharpes: [] } },
      );
    expect(of(60).deflated_excess_sharpe).not.toBeNull();
    expect(of(59)).toEqual({
      excess_over: null,
      excess_sharpe: null,
      deflated_excess_sharpe: null,
      excess_sharpe_by_luck: null,
      trials: 1,
      no_sharpe: 'too few rows: 59 can be judged, and a Sharpe ratio is given of 60 or more',
    });
  });
});
