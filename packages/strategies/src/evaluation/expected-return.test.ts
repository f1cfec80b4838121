import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { expectedReturns, positionsWorthTheirCost } from './expected-return.ts';

const all = [-1, 0, 1];
const held = (
  expected: readonly number[],
  options: Partial<Parameters<typeof positionsWorthTheirCost>[1]> = {},
): number[] => [
  ...positionsWorthTheirCost(Float64Array.from(expected), {
    ...{ costBps: 10, persistence: 0, allowed: all, held: 0 },
    ...options,
  }),
];

describe('positions that are worth their cost', () => {
  // Expected returns in basis points, at a cost of 10.
  const bps = (...values: readonly number[]): number[] => values.map((v) => v / 10_000);

  test.each([
    ['are taken above the cost only', bps(9, -9, 11, -11), {}, [0, 0, 1, -1]],
    [
      'are kept until the other side is worth turning to',
      bps(11, 0, -9, 3, -11, 9),
      {},
      [1, 1, 1, 1, -1, -1],
    ],
    ['are kept at exactly the cost', bps(10, 12, -10), {}, [0, 1, 1]],
    ['begin with what is held', bps(0, 9, 11), { held: -1 }, [-1, -1, 1]],
    ['are taken sooner where what is expected lasts', bps(4, 6, -6), { persistence: 0.5 }, [0, 1, -1]],
    ['follow each sign where nothing costs', bps(1, -1, 0, 2), { costBps: 0 }, [1, -1, -1, 1]],
    ['go flat where there is no short', bps(11, -9, -11), { allowed: [0, 1] }, [1, 1, 0]],
    ['are none where nothing is known', [0.01, Number.NaN, 0], {}, [1, 0, 0]],
  ])('%s', (_, expected, options, positions) => {
    expect(held(expected, options)).toEqual(positions);
  });

  test('earn what the best rule there is earns, of expected returns that are independent and symmetric', () => {
    const values = bps(-25, -12, -6, -1, 1, 6, 12, 25);
    const cost = 10 / 10_000;
    // The best mean gain a bar by value iteration (Bellman) over what is held.
    let worth: Readonly<Record<number, number>> = { [-1]: 0, 0: 0, 1: 0 };
    let gain = 0;
    for (let i = 0; i < 400; i++) {
      const next = (q: number): number =>
        values.reduce((sum, v) => {
          const best = Math.max(...all.map((p) => p * v - cost * Math.abs(p - q) + worth[p]!));
          return sum + best / values.length;
        }, 0);
      const found = { [-1]: next(-1), 0: next(0), 1: next(1) };
      gain = found[0] - worth[0]!;
      worth = found;
    }
    const random = createRandom(3);
    const drawn = Array.from({ length: 200_000 }, () => values[random.int(values.length)]!);
    const taken = held(drawn);
    const earned = taken.reduce(
      (sum, p, i) => sum + p * drawn[i]! - cost * Math.abs(p - (taken[i - 1] ?? 0)),
      0,
    );
    // The standard error of the mean is about 0.02 basis points.
    expect(earned / drawn.length).toBeCloseTo(gain, 5);
    const threshold: number[] = drawn.map((v) => (v > cost ? 1 : v < -cost ? -1 : 0));
    const naive = threshold.reduce(
      (sum, p, i) => sum + p * drawn[i]! - cost * Math.abs(p - (threshold[i - 1] ?? 0)),
      0,
    );
    expect(naive).toBeLessThan(0.8 * earned);
  });
});

describe('an expected return', () => {
  const label = (task: 'binary' | 'multiclass' | 'regression', of?: string) =>
    ({ task, label: { kind: 'direction', horizon: 1, ...(of === undefined ? {} : { of }) } }) as const;
  const score = Float64Array.of(0.25, 0.5, 1);

  test('of two classes is what each comes to, by its probability', () => {
    expect([...expectedReturns({ score }, label('binary'), [-0.5, 0.5])]).toEqual([-0.25, 0, 0.5]);
  });
  test('of several the same', () => {
    const probabilities = Float64Array.of(0.5, 0.5, 0, 0, 0.2, 0.8);
    const found = expectedReturns(
      { score: new Float64Array(2), probabilities },
      label('multiclass'),
      [-0.1, 0.01, 0.1],
    );
    expect(found[0]).toBeCloseTo(-0.045, 12);
    expect(found[1]).toBeCloseTo(0.082, 12);
  });
  test('of a regression is the number itself, of a log return its share', () => {
    expect(expectedReturns({ score }, label('regression', 'return'), [])).toEqual(score);
    expect(expectedReturns({ score }, label('regression', 'log_return'), [])[2]).toBeCloseTo(Math.E - 1, 12);
  });
});
