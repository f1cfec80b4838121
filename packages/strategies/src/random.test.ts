import { describe, expect, test } from '@jest/globals';
import { createRandom, restoreRandom } from './random.ts';

const take = (n: number, draw: () => number): number[] => Array.from({ length: n }, draw);

describe('createRandom', () => {
  test('gives the same stream for the same seed and another for another', () => {
    const first = take(100, createRandom(42).next);
    expect(take(100, createRandom(42).next)).toEqual(first);
    expect(take(100, createRandom(43).next)).not.toEqual(first);
    expect(take(100, createRandom(42 + 2 ** 32).next)).not.toEqual(first);
  });

  test('is uniform in [0, 1)', () => {
    const values = take(100_000, createRandom(1).next);
    expect(values.every((v) => v >= 0 && v < 1)).toBe(true);
    const counts = new Array<number>(10).fill(0);
    for (const v of values) counts[Math.floor(v * 10)]!++;
    const chiSquare = counts.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0);
    // 99.9 % point of chi-square with 9 degrees of freedom.
    expect(chiSquare).toBeLessThan(27.9);
  });

  test('draws normals of mean 0, variance 1 and kurtosis 3', () => {
    const values = take(200_000, createRandom(2).normal);
    const moment = (k: number): number => values.reduce((sum, v) => sum + v ** k, 0) / values.length;
    expect(moment(1)).toBeCloseTo(0, 1);
    expect(moment(2)).toBeCloseTo(1, 1);
    expect(moment(4)).toBeCloseTo(3, 0);
  });

  test('shuffles without losing anything, typed arrays too', () => {
    const shuffled = createRandom(3).shuffle(Int32Array.from({ length: 1000 }, (_, i) => i));
    expect(shuffled[0] === 0 && shuffled[1] === 1 && shuffled[2] === 2).toBe(false);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(
      take(
        1000,
        (
          (i) => () =>
            i++
        )(0),
      ),
    );
  });

  test('forks streams that depend on seed and label, not on what was drawn before', () => {
    const parent = createRandom(7);
    const early = take(10, parent.fork('a').next);
    take(1000, parent.next);
    expect(take(10, parent.fork('a').next)).toEqual(early);
    expect(take(10, parent.fork('b').next)).not.toEqual(early);
    expect(take(10, createRandom(8).fork('a').next)).not.toEqual(early);
  });
});

test('a restored stream resumes where the other was, a waiting normal included', () => {
  const stream = createRandom(7).fork('x');
  stream.normal();
  const restored = restoreRandom(stream.state());
  const draw = (random: typeof stream): number[] => [
    random.normal(),
    random.normal(),
    random.next(),
    random.fork('y').next(),
  ];
  expect(draw(restored)).toEqual(draw(stream));
  expect(() => restoreRandom([1, 2])).toThrow('no state of a random stream');
});
