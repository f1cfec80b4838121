import { describe, expect, test } from '@jest/globals';
import { recorder } from '../../test/context.ts';
import type { LabelledRows } from '../dataset.ts';
import { foldsInTime } from '../evaluation/folds.ts';
import { logLoss } from '../evaluation/metrics.ts';
import { fromNdArray } from '../ndarray.ts';
import { createRandom } from '../random.ts';
import { averagedLogistic } from './averaged-logistic.ts';
import { fitLogistic } from './logistic-regression.ts';
import { openMember } from './members.ts';

const cols = 24;
const names = Array.from({ length: cols }, (_, c) => (c < 3 ? `lag_${c + 1}` : `other_${c}`));
const all = { logistic_l2: 0.01, logistic_penalties: 7, lasso_penalties: 16 };
const ridgeAlone = { ...all, lasso_penalties: 0 };

/** Rows whose log odds are the columns by `of`. */
function made(rows: number, seed: number, of: (c: number) => number): LabelledRows {
  const random = createRandom(seed);
  const data = Float64Array.from({ length: rows * cols }, () => random.normal());
  const labels = Uint8Array.from({ length: rows }, (_, r) => {
    let z = 0;
    for (let c = 0; c < cols; c++) z += of(c) * data[r * cols + c]!;
    return Number(random.next() < 1 / (1 + Math.exp(-z)));
  });
  return { data, rows, cols, labels };
}

const foldsOf = ({ rows }: { readonly rows: number }, count = 5) => {
  const time = Float64Array.from({ length: rows }, (_, t) => t);
  return foldsInTime({ time, labelEnd: time.map((t) => t + 1) }, { count, embargo: 3, minFit: 20 });
};

const fit = (rows: LabelledRows, settings: typeof all, folds = foldsOf(rows), featureNames = names) =>
  averagedLogistic(rows, featureNames, folds, {
    settings,
    context: recorder().context,
    pause: () => Promise.resolve(),
  });

type Fitted = Awaited<ReturnType<typeof fit>>;

const lossOn = ({ member }: Fitted, rows: LabelledRows): number =>
  logLoss(openMember(member.stored, cols, 'logistic').predict(rows), Uint8Array.from(rows.labels));

function kernelOf({ member: { stored } }: Fitted, size = cols): { kernel: number[]; bias: number } {
  if (stored.kind !== 'logistic') throw new Error(`is of the kind ${stored.kind}`);
  return { kernel: [...fromNdArray(stored.kernel, 'float32', 'kernel', [size, 1])], bias: stored.bias };
}

/** Mean log loss on rows that come later, of all paths and of the ridge regression alone. */
async function compared(of: (c: number) => number) {
  let [mean, ridge] = [0, 0];
  const seeds = [1, 2, 3];
  for (const seed of seeds) {
    const rows = made(500, seed, of);
    const later = made(4000, 100 + seed, of);
    mean += lossOn(await fit(rows, all), later) / seeds.length;
    ridge += lossOn(await fit(rows, ridgeAlone), later) / seeds.length;
  }
  return { mean, ridge };
}

describe('averaged logistic regressions', () => {
  test('find a signal of a single feature, a recent one or not, better than a ridge regression', async () => {
    for (const at of [1, 20]) {
      const { mean, ridge } = await compared((c) => (c === at ? 0.4 : 0));
      expect(mean).toBeLessThan(ridge - 0.002);
      // Whoever knows the rule loses 0.02 less than a coin.
      expect(mean).toBeLessThan(Math.log(2) - 0.01);
    }
  });

  test('find most of what a ridge regression finds where every feature carries a little', async () => {
    const { mean, ridge } = await compared(() => 0.12);
    expect(Math.log(2) - ridge).toBeGreaterThan(0.01);
    expect(Math.log(2) - mean).toBeGreaterThan(0.6 * (Math.log(2) - ridge));
  });

  test('weigh each penalty by its likelihood out of fold', async () => {
    const rows = made(200, 7, (c) => (c < 2 ? 0.1 : 0));
    const settings = { logistic_l2: 0.2, logistic_penalties: 3, lasso_penalties: 0 };
    // Folds of rows with mean 0 and deviation 1 in each column, as the definition has it.
    const penalties = [2, 0.2 * Math.sqrt(10), 0.2];
    const folds = foldsOf(rows, 3);
    const likelihoods = [0, 0, 0];
    const at = async (some: Uint32Array, l2: number) => {
      const { means, deviations } = momentsOf(rows, some);
      const data = Float64Array.from({ length: some.length * cols }, (_, i) => {
        const [r, c] = [Math.floor(i / cols), i % cols];
        return (rows.data[some[r]! * cols + c]! - means[c]!) / deviations[c]!;
      });
      const targets = Float64Array.from(some, (row) => rows.labels[row]!);
      const { kernel, bias } = await fitLogistic({ data, rows: some.length, cols, targets }, { l2 });
      const own = [...kernel].map((k, c) => k / deviations[c]!);
      return { kernel: own, bias: own.reduce((sum, k, c) => sum - k * means[c]!, bias) };
    };
    for (const { fit: fitted, ask } of folds)
      for (const [i, l2] of penalties.entries()) {
        const { kernel, bias } = await at(fitted, l2);
        for (const row of ask) {
          const z = kernel.reduce((sum, k, c) => sum + k * rows.data[row * cols + c]!, bias);
          likelihoods[i]! -= Math.log(1 + Math.exp(rows.labels[row] === 1 ? -z : z));
        }
      }
    const weights = likelihoods.map((value) => Math.exp(value - Math.max(...likelihoods)));
    const total = weights.reduce((sum, w) => sum + w, 0);
    expect(Math.max(...weights) / total).toBeLessThan(0.9);
    const whole = Uint32Array.from({ length: rows.rows }, (_, row) => row);
    const points = await Promise.all(penalties.map((l2) => at(whole, l2)));
    const { kernel, bias } = kernelOf(await fit(rows, settings, folds));
    kernel.forEach((k, c) => {
      const expected = points.reduce((sum, point, i) => sum + (weights[i]! / total) * point.kernel[c]!, 0);
      expect(Math.abs(k - expected)).toBeLessThan(1e-5);
    });
    expect(bias).toBeCloseTo(
      points.reduce((sum, point, i) => sum + (weights[i]! / total) * point.bias, 0),
      5,
    );
  });

  test('say the same in any unit of the features', async () => {
    const rows = made(300, 8, (c) => (c === 0 ? 0.5 : 0));
    const inUnits = { ...rows, data: rows.data.map((v, i) => 50 + (1 + (i % cols)) * v) };
    const [a, b] = [await fit(rows, all), await fit(inUnits, all)];
    a.answers.forEach((said, fold) =>
      said.forEach((p, i) => expect(Math.abs(b.answers[fold]![i]! - p)).toBeLessThan(1e-4)),
    );
  });

  test('ask each row of models that have not seen it', async () => {
    const rows = made(400, 9, (c) => (c === 0 ? 0.5 : 0));
    const folds = foldsOf(rows, 4);
    const one = { logistic_l2: 0.01, logistic_penalties: 1, lasso_penalties: 0 };
    const before = await fit(rows, one, folds);
    for (const [k, { ask }] of folds.entries()) {
      const flipped = Uint8Array.from(rows.labels);
      for (const row of ask) flipped[row] = 1 - flipped[row]!;
      const after = await fit({ ...rows, labels: flipped }, one, folds);
      folds.forEach((_, fold) => {
        if (fold === k) expect(after.answers[fold]).toEqual(before.answers[fold]);
        else expect(after.answers[fold]).not.toEqual(before.answers[fold]);
      });
    }
  });

  test('give nothing to a column of which only rounding is left', async () => {
    const rows = made(300, 12, (c) => (c === 0 ? 0.5 : 0));
    const data = rows.data.slice();
    for (let r = 0; r < rows.rows; r++) data[r * cols + 5] = (r % 3) * 1e-16;
    const { member } = await fit({ ...rows, data }, all);
    if (!('kernel' in member.stored)) throw new Error('no kernel');
    const kernel = fromNdArray(member.stored.kernel, 'float32', 'kernel', [cols, 1]);
    expect(kernel[5]).toBe(0);
    expect(Math.max(...kernel.map(Math.abs))).toBeLessThan(2);
  });

  test('give a column that stands still nothing, and do without any recent one', async () => {
    const rows = made(300, 10, (c) => (c === 0 ? 0.5 : 0));
    const still = { ...rows, data: rows.data.map((v, i) => (i % cols === 5 ? 3 : v)) };
    const { kernel, bias } = kernelOf(await fit(still, all));
    expect(kernel[5]).toBe(0);
    expect([...kernel, bias].every(Number.isFinite)).toBe(true);
    const unknown = names.map((_, c) => `mine_${c}`);
    expect(kernelOf(await fit(rows, all, foldsOf(rows), unknown)).kernel[0]).toBeGreaterThan(0.2);
    const one = { ...rows, cols: 1, data: rows.data.filter((_, i) => i % cols === 0) };
    expect(kernelOf(await fit(one, all, foldsOf(rows), ['lag_1']), 1).kernel[0]).toBeGreaterThan(0.2);
  });
});

function momentsOf(rows: LabelledRows, some: Uint32Array) {
  const means = new Array<number>(cols).fill(0);
  const squares = new Array<number>(cols).fill(0);
  for (const row of some)
    for (let c = 0; c < cols; c++) {
      means[c]! += rows.data[row * cols + c]! / some.length;
      squares[c]! += rows.data[row * cols + c]! ** 2 / some.length;
    }
  return { means, deviations: squares.map((square, c) => Math.sqrt(square - means[c]! ** 2)) };
}
