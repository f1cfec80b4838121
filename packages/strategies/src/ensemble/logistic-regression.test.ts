import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { boundingCurvature, fitLogistic } from './logistic-regression.ts';

const cols = 3;
const rows = 400;
const random = createRandom(3);
const data = Float64Array.from({ length: rows * cols }, () => random.normal());
const odds = (r: number): number => 0.3 + data[r * cols]! - 0.5 * data[r * cols + 1]!;
const targets = Float64Array.from({ length: rows }, (_, r) =>
  random.next() < 1 / (1 + Math.exp(-odds(r))) ? 1 : 0,
);
const given = { data, rows, cols, targets };

/** The objective, computed as its definition says. */
function objective(kernel: ArrayLike<number>, bias: number, l2: number, weights?: ArrayLike<number>): number {
  let [sum, total] = [0, 0];
  for (let r = 0; r < rows; r++) {
    let logit = bias;
    for (let c = 0; c < cols; c++) logit += data[r * cols + c]! * kernel[c]!;
    const p = 1 / (1 + Math.exp(-logit));
    const weight = weights?.[r] ?? 1;
    sum -= weight * (targets[r]! * Math.log(p) + (1 - targets[r]!) * Math.log(1 - p));
    total += weight;
  }
  return sum / total + l2 * Array.from(kernel).reduce((s, k) => s + k * k, 0);
}

describe('fitLogistic', () => {
  test.each([
    ['without a penalty', 0, undefined],
    ['under a penalty', 0.1, undefined],
    ['on rows of unequal weight', 0.01, targets.map((t, r) => (t === 1 ? 3 : 1 + (r % 2)))],
  ])('ends where no direction leads further down, %s', async (_, l2, weights) => {
    const { kernel, bias, steps } = await fitLogistic({ ...given, weights }, { l2 });
    const least = objective(kernel, bias, l2, weights);
    for (const move of [1e-3, -1e-3]) {
      expect(objective(kernel, bias + move, l2, weights)).toBeGreaterThan(least);
      for (let c = 0; c < cols; c++) {
        const moved = kernel.map((k, i) => (i === c ? k + move : k));
        expect(objective(moved, bias, l2, weights)).toBeGreaterThan(least);
      }
    }
    expect(steps).toBeLessThan(10);
  });

  test('finds the coefficients that the labels were drawn with, within noise', async () => {
    const { kernel, bias } = await fitLogistic(given, { l2: 0 });
    // Standard errors are near 0.12.
    [1, -0.5, 0].forEach((k, c) => expect(Math.abs(kernel[c]! - k)).toBeLessThan(0.4));
    expect(Math.abs(bias - 0.3)).toBeLessThan(0.4);
  });

  test('copes with a column that stands still, one twice, and classes that a line tells apart', async () => {
    const still = data.map((value, i) => (i % cols === 2 ? 0 : i % cols === 1 ? data[i - 1]! : value));
    const twice = await fitLogistic({ ...given, data: still }, { l2: 0 });
    expect(twice.kernel[0]).toBeCloseTo(twice.kernel[1]!, 6);
    expect(twice.kernel[2]).toBe(0);
    const apart = Float64Array.from({ length: rows }, (_, r) => (data[r * cols]! > 0 ? 1 : 0));
    const { kernel, bias } = await fitLogistic({ ...given, targets: apart }, { l2: 0 });
    expect([...kernel, bias].every(Number.isFinite)).toBe(true);
    expect(kernel[0]).toBeGreaterThan(5);
  });

  test.each([
    ['weak', 0.1],
    ['strong', 30],
  ])('ends at the same points of a path where a %s signal shares one curvature', async (_, strength) => {
    const drawn = createRandom(5);
    const own = Float64Array.from({ length: rows }, (__, r) =>
      drawn.next() < 1 / (1 + Math.exp(-strength * odds(r))) ? 1 : 0,
    );
    const weights = own.map((___, r) => 1 + (r % 3));
    const of = { ...given, targets: own, weights };
    const curvature = boundingCurvature(of);
    let start: Float64Array | undefined;
    for (const l2 of [0.1, 0.01, 0.0001]) {
      const alone = await fitLogistic(of, { l2 });
      const shared = await fitLogistic(of, { l2, start, curvature });
      alone.kernel.forEach((k, c) => expect(shared.kernel[c]! / k).toBeCloseTo(1, 3));
      expect(shared.bias / alone.bias).toBeCloseTo(1, 3);
      start = Float64Array.of(...shared.kernel, shared.bias);
    }
  });

  test('gets there from a curvature of elsewhere, whatever it is', async () => {
    const alone = await fitLogistic(given, { l2: 0.01 });
    for (const factor of [1e-6, 0.1, 100]) {
      const curvature = { lower: boundingCurvature(given).lower.map((v) => factor * v) };
      const shared = await fitLogistic(given, { l2: 0.01, curvature });
      alone.kernel.forEach((k, c) => expect(shared.kernel[c]).toBeCloseTo(k, 6));
    }
  });

  test('is the same from wherever it starts, and sooner there from near by', async () => {
    const cold = await fitLogistic(given, { l2: 0.1 });
    const start = Float64Array.of(...cold.kernel, cold.bias).map((value) => value + 0.01);
    const warm = await fitLogistic(given, { l2: 0.1, start });
    cold.kernel.forEach((k, c) => expect(warm.kernel[c]).toBeCloseTo(k, 7));
    expect(warm.steps).toBeLessThan(cold.steps);
  });
});
