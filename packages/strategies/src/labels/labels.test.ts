// Each kind of label against its definition written down once more, and none looks further than its horizon.
import { describe, expect, test } from '@jest/globals';
import { closes, sampleBars, walk } from '../../test/bars.ts';
import { sliceBars } from '../features/index.ts';
import type { Bars, LabelDefinition } from '../strategy.ts';
import { direction, directionOrNeutral } from './direction.ts';
import { futureReturn } from './regression.ts';
import { tripleBarrier } from './triple-barrier.ts';

const costs = { horizon: 3, cost_bps: 5 };
const kinds: readonly (readonly [name: string, label: LabelDefinition])[] = [
  ['direction', direction({ horizon: 3 })],
  ['direction, neutral by costs', directionOrNeutral(costs, { costs: 4 })],
  ['direction, neutral by volatility', directionOrNeutral(costs, { volatility: 0.5, window: 20 })],
  ['triple barrier', tripleBarrier({ horizon: 6 }, { upper: 1.5, lower: 1, window: 20 })],
  ['log return', futureReturn({ horizon: 4 }, 'log_return')],
  ['return', futureReturn({ horizon: 4 }, 'return')],
];

describe.each(kinds)('a label of kind %s', (_, label) => {
  const bars = sampleBars('GOOG', 400);
  const labels = label.of(bars);
  const { horizon } = label.label;

  test('looks at the bars of its horizon and no others after its row', () => {
    expect(labels).toHaveLength(400 - horizon);
    for (let t = label.firstRow; t < labels.length; t += 7)
      expect(label.of(sliceBars(bars, { from: 0, to: t + horizon + 1 }))[t]).toBe(labels[t]);
    // And it does look at them: with every later close halved, labels up to the horizon before that change.
    const changed = label.of({ ...bars, close: bars.close.map((c, t) => (t < 200 ? c : c / 2)) });
    const first = changed.findIndex((y, t) => y !== labels[t]);
    expect(first).toBeGreaterThanOrEqual(200 - horizon);
    expect(first).toBeLessThan(200);
  });

  test('is the same wherever its bars begin, from its first row on', () => {
    const from = 57;
    const later = label.of(sliceBars(bars, { from, to: 400 }));
    for (let t = label.firstRow; t < later.length; t++) expect(later[t]).toBe(labels[t + from]);
  });

  test('has every class where it has any, and each is described in the file', () => {
    const { length } = label.classes;
    expect(length === 0).toBe(label.task === 'regression');
    if (length === 0) return;
    expect(new Set(labels.subarray(label.firstRow))).toEqual(new Set(Array.from({ length }, (_, c) => c)));
    expect(label.label['classes'] ?? label.classes).toEqual(label.classes);
  });

  test('has no row where there are too few bars', () => {
    expect(label.of(sliceBars(bars, { from: 0, to: horizon }))).toHaveLength(0);
    expect(label.of(sliceBars(bars, { from: 0, to: 1 }))).toHaveLength(0);
  });
});

/** Population deviation of the `n` log returns up to row t. */
function deviationAt({ close }: Bars, t: number, n: number): number {
  const returns = Array.from({ length: n }, (_, i) => Math.log(close[t - i]! / close[t - i - 1]!));
  const mean = returns.reduce((a, b) => a + b, 0) / n;
  return Math.sqrt(returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / n);
}

describe('a neutral band', () => {
  test('of costs is so many round trips wide', () => {
    // A round trip at 5 basis points a side is 10; two of them are 0.2 %.
    const moves = [1, 1.001, 1.003, 0.999, 0.9975, 1.0019, 0.9979];
    const bars = closes(moves.flatMap((move) => [100, 100 * move]));
    const label = directionOrNeutral({ horizon: 1, cost_bps: 5 }, { costs: 2 });
    const found = label.of(bars).filter((_, t) => t % 2 === 0);
    expect([...found]).toEqual([1, 1, 2, 1, 0, 1, 0]);
    expect(label.label).toMatchObject({ kind: 'direction', horizon: 1, neutral: { costs: 2, cost_bps: 5 } });
    const dear = { horizon: 1, cost_bps: { [bars.symbol]: 4, '*': 900 }, slippage_bps: 1 };
    const same = directionOrNeutral(dear, { costs: 2 });
    expect(same.of(bars)).toEqual(label.of(bars));
    expect(same.of({ ...bars, symbol: 'DEAR' })).toEqual(same.of(bars).fill(1));
  });

  test('of volatility follows the deviation at the row, times √horizon', () => {
    const bars = walk({ rows: 300, seed: 8 });
    const label = directionOrNeutral({ horizon: 4, cost_bps: 5 }, { volatility: 0.6, window: 30 });
    expect(label.firstRow).toBe(30);
    const labels = label.of(bars);
    for (let t = 30; t < labels.length; t++) {
      const move = Math.log(bars.close[t + 4]!) - Math.log(bars.close[t]!);
      const band = 0.6 * deviationAt(bars, t, 30) * 2;
      expect(labels[t]).toBe(move > band ? 2 : move < -band ? 0 : 1);
    }
  });
});

test('a triple barrier is whichever the closes pass first', () => {
  const bars = walk({ rows: 400, seed: 9 });
  const label = tripleBarrier({ horizon: 12 }, { upper: 2, lower: 1.5, window: 25 });
  const labels = label.of(bars);
  expect(label.firstRow).toBe(25);
  for (let t = 25; t < labels.length; t++) {
    const deviation = deviationAt(bars, t, 25);
    const path = Array.from({ length: 12 }, (_, k) => Math.log(bars.close[t + k + 1]! / bars.close[t]!));
    const first = (passed: (move: number) => boolean): number => {
      const k = path.findIndex(passed);
      return k === -1 ? Infinity : k;
    };
    const [up, down] = [first((m) => m > 2 * deviation), first((m) => m < -1.5 * deviation)];
    expect(labels[t]).toBe(up === down ? 1 : up < down ? 2 : 0);
  }
  expect(label.classes.map(({ name, position }) => [name, position])).toEqual([
    ['lower', -1],
    ['timeout', 0],
    ['upper', 1],
  ]);
});

test('a return that stands still is neutral and passes no barrier, whatever its volatility of none', () => {
  const bars = closes(Array<number>(40).fill(100));
  const three = [
    directionOrNeutral({ horizon: 2, cost_bps: 0 }, { costs: 1 }),
    directionOrNeutral({ horizon: 2, cost_bps: 0 }, { volatility: 1, window: 5 }),
    tripleBarrier({ horizon: 2 }, { upper: 1, lower: 1, window: 5 }),
  ];
  for (const label of three) expect(new Set(label.of(bars).subarray(label.firstRow))).toEqual(new Set([1]));
});

test('returns are those of the closes', () => {
  const bars = closes([100, 110, 99, 121]);
  const of = (kind: 'log_return' | 'return'): readonly number[] => [
    ...futureReturn({ horizon: 2 }, kind).of(bars),
  ];
  expect(of('return')[0]).toBeCloseTo(-0.01, 12);
  expect(of('return')[1]).toBeCloseTo(0.1, 12);
  expect(of('log_return')[1]).toBeCloseTo(Math.log(1.1), 12);
});
