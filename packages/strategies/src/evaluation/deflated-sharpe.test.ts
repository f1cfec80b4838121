import { describe, expect, test } from '@jest/globals';
import { walk } from '../../test/bars.ts';
import { createRandom } from '../random.ts';
import { deflatedSharpe, deflatedSharpeRatio } from './deflated-sharpe.ts';
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

describe('deflatedSharpe', () => {
  const bars = walk({ rows: 1000, seed: 3 });
  const range = { from: 100, to: 900 };
  const random = createRandom(5);
  const coin = (): Int8Array => Int8Array.from({ length: 800 }, () => (random.next() < 0.5 ? -1 : 1));
  const sharpeOf = (position: Int8Array): number =>
    evaluate(bars, { position, score: new Float64Array(800) }, range, { horizon: 1, costBps: 0 }).sharpe!;
  const deflated = (position: Int8Array, count: number, sharpes: readonly number[]) =>
    deflatedSharpe(bars, position, range, { costBps: 0, trials: { count, sharpes } });

  test('takes the best of many coin throws for the luck that it is', () => {
    const tries = Array.from({ length: 200 }, coin);
    const sharpes = tries.map(sharpeOf);
    const best = sharpes.indexOf(Math.max(...sharpes));
    const others = sharpes.filter((_, i) => i !== best);
    expect(deflated(tries[best]!, 0, []).deflated_sharpe).toBeGreaterThan(0.99);
    const { deflated_sharpe, sharpe_by_luck, trials } = deflated(tries[best]!, 199, others);
    expect(trials).toBe(200);
    expect(deflated_sharpe).toBeGreaterThan(0.2);
    expect(deflated_sharpe).toBeLessThan(0.9);
    expect(sharpe_by_luck / sharpes[best]!).toBeCloseTo(1, 0);
    // Their own spread is what an estimate without skill has, so guessing it changes little.
    expect(deflated(tries[best]!, 199, []).sharpe_by_luck / sharpe_by_luck).toBeCloseTo(1, 0);
  });

  test('keeps a skill that luck does not explain', () => {
    const skilled = coin().map((side, i) =>
      i % 4 === 0 ? Math.sign(bars.close[101 + i]! - bars.close[100 + i]!) : side,
    );
    expect(deflated(skilled, 199, []).deflated_sharpe).toBeGreaterThan(0.99);
  });

  test('says nothing of a model that never trades', () => {
    expect(deflated(new Int8Array(800), 3, []).deflated_sharpe).toBeNull();
  });
});
