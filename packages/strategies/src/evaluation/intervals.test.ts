import { describe, expect, test } from '@jest/globals';
import { walk } from '../../test/bars.ts';
import { createRandom } from '../random.ts';
import type { Interval } from '../strategy.ts';
import { resample } from './intervals.ts';
import { auc } from './metrics.ts';
import { intervals, scoreIntervals } from './intervals.ts';
import { evaluate } from './metrics.ts';

const options = { horizon: 1, costBps: 5 };

/** A model of 200 rows that knows the next direction `skill` of the time more than it would by luck. */
function model(seed: number, skill: number, rows = 200) {
  const bars = walk({ rows: rows + 1, seed });
  const random = createRandom(seed + 1000);
  const range = { from: 0, to: rows };
  const probability = Float64Array.from({ length: rows }, (_, t) => {
    const rise = bars.close[t + 1]! > bars.close[t]! ? 1 : 0;
    const says = random.next() < skill ? rise : random.next() < 0.5 ? 1 : 0;
    return 0.5 + (says - 0.5) * random.next();
  });
  const position = Int8Array.from(probability, (p) => (p > 0.5 ? 1 : -1));
  return { bars, range, prediction: { score: probability, position } };
}
const of = ({ bars, prediction, range }: ReturnType<typeof model>, seed = 1) =>
  intervals(bars, prediction, range, options, seed);
const holds = ({ low, high }: Interval, value: number): boolean => low <= value && value <= high;

describe('intervals', () => {
  test('lie around the very scores that evaluate gives', () => {
    const { bars, prediction, range } = model(1, 0.3);
    const scores = evaluate(bars, prediction, range, options);
    const found = intervals(bars, prediction, range, options, 1);
    const names = ['accuracy', 'balanced_accuracy', 'auc', 'log_loss', 'return', 'sharpe'];
    expect(Object.keys(found)).toEqual(names);
    for (const name of names) {
      expect([name, holds(found[name]!, scores[name]!)]).toEqual([name, true]);
      expect(found[name]!.high).toBeGreaterThan(found[name]!.low);
    }
  });

  test('hold the truth about nineteen times in twenty', () => {
    const rounds = 120;
    const hits = { accuracy: 0, auc: 0, sharpe: 0 };
    for (let seed = 0; seed < rounds; seed++) {
      const found = of(model(seed, 0));
      if (holds(found.accuracy!, 0.5)) hits.accuracy++;
      if (holds(found.auc!, 0.5)) hits.auc++;
      // A coin that always holds a position of a walk without drift pays its costs: 5 points a unit, a unit a
      // bar on average.
      if (holds(found.sharpe!, (-0.0005 / 0.01) * Math.sqrt(8766))) hits.sharpe++;
    }
    for (const hit of Object.values(hits)) {
      expect(hit / rounds).toBeGreaterThan(0.87);
      expect(hit / rounds).toBeLessThan(1);
    }
  });

  test('are as wide as theory says, and half as wide on four times the rows', () => {
    const width = (rows: number): number => {
      const { low, high } = of(model(5, 0, rows)).accuracy!;
      return high - low;
    };
    expect(width(400) / (2 * 1.96 * Math.sqrt(0.25 / 400))).toBeCloseTo(1, 0.5);
    expect(width(400) / width(1600)).toBeCloseTo(2, 0.5);
  });

  test('are the same for the same seed', () => {
    expect(of(model(1, 0.3))).toEqual(of(model(1, 0.3)));
    expect(of(model(1, 0.3), 2)).not.toEqual(of(model(1, 0.3)));
  });

  test('are wider where neighbouring rows went the same way', () => {
    const runs = (length: number): number => {
      const labels = Uint8Array.from({ length: 1000 }, (_, t) => Math.floor(t / length) % 2);
      const probability = new Float64Array(1000).fill(0.6);
      const { low, high } = scoreIntervals(
        { task: 'binary', score: probability, labels, returns: new Float64Array(1000) },
        { horizon: 1, barsPerYear: 252, seed: 1 },
      ).accuracy!;
      return high - low;
    };
    expect(runs(10)).toBeGreaterThan(1.5 * runs(1));
  });

  test('are none where a score is not defined, or rows are too few', () => {
    const rising = {
      task: 'binary',
      score: new Float64Array(60).fill(0.6),
      labels: new Uint8Array(60).fill(1),
    } as const;
    const found = scoreIntervals(
      { ...rising, returns: new Float64Array(60) },
      { horizon: 1, barsPerYear: 252, seed: 1 },
    );
    expect(found).not.toHaveProperty('auc');
    expect(found.accuracy).toEqual({ low: 1, high: 1 });
    expect(found.sharpe).toEqual({ low: 0, high: 0 });
    expect(of(model(1, 0, 9))).toEqual({});
    expect(Object.keys(of(model(1, 0, 60)))).toContain('sharpe');
    expect(Object.keys(of(model(1, 0, 59)))).not.toContain('sharpe');
    expect(Object.keys(of(model(1, 0, 59)))).toContain('return');
  });
});

test('the AUC of a resample is that of its rows, each as often as it was drawn', () => {
  const random = createRandom(3);
  const probability = Float64Array.from({ length: 60 }, () => Math.floor(10 * random.next()) / 10);
  const labels = Uint8Array.from({ length: 60 }, () => random.int(2));
  const settings = { horizon: 1, barsPerYear: 252, seed: 4 };
  const { low } = scoreIntervals(
    { task: 'binary', score: probability, labels, returns: new Float64Array(60) },
    settings,
  ).auc!;
  const areas: number[] = [];
  resample(60, { block: 4, resamples: 1000, seed: 4 }, (times) => {
    const drawn = [...times].flatMap((n, i) => Array<number>(n).fill(i));
    expect(drawn).toHaveLength(60);
    areas.push(
      auc(
        Float64Array.from(drawn, (i) => probability[i]!),
        Uint8Array.from(drawn, (i) => labels[i]!),
      )!,
    );
  });
  const lower = areas.sort((a, b) => a - b)[25]!;
  const whole = auc(probability, labels)!;
  // Blocks of 4 of 60 rows: the distance is stretched by t's 97.5 % quantile of 14 degrees of freedom over
  // the normal's.
  expect(low).toBeCloseTo(whole + (lower - whole) * Math.sqrt(60 / 59) * (2.1448 / 1.96), 4);
});
