import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { fitLogistic } from './logistic-regression.ts';
import { ridgeRegression } from './ridge-regression.ts';
import { fitSoftmax, softmax } from './softmax-regression.ts';

const cols = 3;
const rows = 400;
const classes = 3;
const random = createRandom(3);
// The third column is nearly the sum of the others.
const data = new Float64Array(rows * cols);
for (let r = 0; r < rows; r++) {
  const [a, b] = [random.normal(), random.normal()];
  data.set([a, b, (a + b) / 2 + 0.1 * random.normal()], r * cols);
}
const at = (r: number, c: number): number => data[r * cols + c]!;
const targets = Uint8Array.from({ length: rows }, (_, r) => {
  const pull = at(r, 0) - 0.5 * at(r, 1) + 0.8 * random.normal();
  return pull < -0.5 ? 0 : pull > 0.7 ? 2 : 1;
});
const weights = Float64Array.from(targets, (k) => 1 + k);

/** The objective, computed as its definition says. */
function objective(point: Float64Array, l2: number, ofRow: (r: number) => number): number {
  let [sum, total] = [0, 0];
  for (let r = 0; r < rows; r++) {
    const logits = Array.from({ length: classes }, (_, k) =>
      [0, 1, 2].reduce((z, c) => z + at(r, c) * point[c * classes + k]!, point[cols * classes + k]!),
    );
    const all = logits.reduce((s, z) => s + Math.exp(z), 0);
    sum -= ofRow(r) * Math.log(Math.exp(logits[targets[r]!]!) / all);
    total += ofRow(r);
  }
  return sum / total + l2 * point.subarray(0, cols * classes).reduce((s, k) => s + k * k, 0);
}

describe('fitSoftmax', () => {
  test.each([
    ['under a weak penalty', 1e-4, undefined],
    ['under a strong penalty', 1, undefined],
    ['on rows of unequal weight', 0.01, weights],
  ])('ends where no direction leads further down, %s', async (_, l2, given) => {
    const point = await fitSoftmax({ data, rows, cols, targets, weights: given }, classes, { l2 });
    const ofRow = (r: number): number => given?.[r] ?? 1;
    const least = objective(point, l2, ofRow);
    for (let i = 0; i < point.length; i++)
      for (const move of [1e-3, -1e-3]) {
        const moved = point.slice();
        moved[i]! += move;
        expect(objective(moved, l2, ofRow)).toBeGreaterThan(least);
      }
  });

  test('of two classes is logistic regression, half the kernel each way and half the penalty', async () => {
    const two = targets.map((k) => Number(k > 0));
    const softmaxPoint = await fitSoftmax({ data, rows, cols, targets: two }, 2, { l2: 0.02 });
    const { kernel, bias } = await fitLogistic({ data, rows, cols, targets: two }, { l2: 0.01 });
    for (let c = 0; c < cols; c++)
      expect(softmaxPoint[2 * c + 1]! - softmaxPoint[2 * c]!).toBeCloseTo(kernel[c]!, 4);
    expect(softmaxPoint[2 * cols + 1]! - softmaxPoint[2 * cols]!).toBeCloseTo(bias, 4);
  });

  test('begins where it is told to, and pauses after each step', async () => {
    const given = { data, rows, cols, targets };
    const found = await fitSoftmax(given, classes, { l2: 0.01 });
    let steps = 0;
    const afterStep = (): Promise<void> => {
      steps++;
      return Promise.resolve();
    };
    await fitSoftmax(given, classes, { l2: 0.01, afterStep });
    expect(steps).toBeGreaterThan(3);
    steps = 0;
    expect(await fitSoftmax(given, classes, { l2: 0.01, start: found, afterStep })).toEqual(found);
    expect(steps).toBe(0);
  });
});

test('softmax keeps huge logits apart without overflow', () => {
  const logits = Float64Array.of(1000, 1001, -1000);
  softmax(logits);
  expect(logits[1]! / logits[0]!).toBeCloseTo(Math.E, 9);
  expect(logits[2]).toBe(0);
});

describe('ridgeRegression', () => {
  const values = Float64Array.from({ length: rows }, (_, r) => 5 + 2 * at(r, 0) - at(r, 1) + random.normal());
  const meanLoss = (kernel: ArrayLike<number>, bias: number, l2: number): number => {
    let [sum, total] = [0, 0];
    for (let r = 0; r < rows; r++) {
      const said = [0, 1, 2].reduce((z, c) => z + at(r, c) * kernel[c]!, bias);
      sum += weights[r]! * (values[r]! - said) ** 2;
      total += weights[r]!;
    }
    return sum / total + l2 * Array.from(kernel).reduce((s, k) => s + k * k, 0);
  };

  test.each([1e-4, 0.1, 10])('ends where no direction leads further down, under %f', (l2) => {
    const { kernel, bias } = ridgeRegression({ data, rows, cols, targets: values, weights })(l2);
    const least = meanLoss(kernel, bias, l2);
    for (const move of [1e-3, -1e-3]) {
      expect(meanLoss(kernel, bias + move, l2)).toBeGreaterThan(least);
      for (let c = 0; c < cols; c++)
        expect(
          meanLoss(
            kernel.map((k, i) => (i === c ? k + move : k)),
            bias,
            l2,
          ),
        ).toBeGreaterThan(least);
    }
  });

  test('shrinks alike in any unit, and finds nothing in targets that are all alike', () => {
    const large = ridgeRegression({ data, rows, cols, targets: values })(1);
    const small = ridgeRegression({ data, rows, cols, targets: values.map((v) => v / 1e6) })(1);
    large.kernel.forEach((k, c) => expect(small.kernel[c]! * 1e6).toBeCloseTo(k, 9));
    const { kernel, bias } = ridgeRegression({ data, rows, cols, targets: values.map(() => 0.3) })(0);
    expect(bias).toBeCloseTo(0.3, 9);
    kernel.forEach((k) => expect(k).toBeCloseTo(0, 9));
  });
});
