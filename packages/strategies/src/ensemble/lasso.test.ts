import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { lassoPath, strongestPenalty } from './lasso.ts';
import type { RegressionRows } from './logistic-regression.ts';

/** Rows without randomness, so that other programs can make the same. */
function waves(weighted: boolean): RegressionRows {
  const [rows, cols] = [60, 4];
  const data = Float64Array.from({ length: rows * cols }, (_, i) => {
    const [r, c] = [Math.floor(i / cols), i % cols];
    return Math.sin((r + 1) * (c + 1) * 1.7) + 0.3 * Math.cos((r + 1) * 0.9);
  });
  const targets = Float64Array.from({ length: rows }, (_, r) =>
    Number(data[r * cols]! - 0.7 * data[r * cols + 1]! + 0.8 * Math.sin((r + 1) * 2.3) > 0.1),
  );
  const weights = Float32Array.from({ length: rows }, (_, r) => 1 + (r % 3));
  return { data, rows, cols, targets, ...(weighted ? { weights } : {}) };
}

/** 1,000 rows, of twelve columns two that count: as weak as what bars hold, or stronger by a factor. */
function weak(seed: number, strength = 1): RegressionRows {
  const [rows, cols] = [1000, 12];
  const random = createRandom(seed);
  const data = Float64Array.from({ length: rows * cols }, () => random.normal());
  const targets = Float64Array.from({ length: rows }, (_, r) =>
    Number(strength * (0.3 * data[r * cols]! - 0.2 * data[r * cols + 1]!) + random.normal() > 0.1),
  );
  return { data, rows, cols, targets };
}

/** The derivative of the mean loss by each coefficient and the bias, by its definition. */
function gradientAt({ data, rows, cols, targets, weights }: RegressionRows, point: Float64Array): number[] {
  const gradient = new Array<number>(cols + 1).fill(0);
  const total = weights === undefined ? rows : Array.from(weights).reduce((sum, w) => sum + w, 0);
  for (let r = 0; r < rows; r++) {
    let z = point[cols]!;
    for (let c = 0; c < cols; c++) z += point[c]! * data[r * cols + c]!;
    const error = ((weights?.[r] ?? 1) / total) * (1 / (1 + Math.exp(-z)) - targets[r]!);
    for (let c = 0; c < cols; c++) gradient[c]! += error * data[r * cols + c]!;
    gradient[cols]! += error;
  }
  return gradient;
}

describe('the lasso', () => {
  // scikit-learn 1.9.1: LogisticRegression(penalty='l1', solver='saga', tol=1e-10), its C being
  // 1 / (Σ weights · penalty).
  test.each([
    [0.1, false, [0.930387, -0.408972, 0, 0, -0.46825]],
    [0.1, true, [0.989117, -0.422658, 0, 0, -0.434844]],
    [0.03, false, [2.270276, -1.328987, -0.808014, -0.164075, -0.758484]],
    [0.03, true, [2.311753, -1.327567, -0.659745, -0.35644, -0.739015]],
  ])('at penalty %d, weights %p, is that of scikit-learn', async (penalty, weighted, theirs) => {
    const path = await lassoPath(waves(weighted), { penalties: [0.2, penalty], factors: [1, 1, 1, 1] });
    theirs.forEach((value, c) => {
      if (value === 0) expect(path[1]![c]).toBe(0);
      else expect(Math.abs(path[1]![c]! - value)).toBeLessThan(0.02);
    });
  });

  test.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
  ])('ends where the conditions of an optimum hold, seed %d, strength %d', async (seed, strength) => {
    const rows = weak(seed, strength);
    const factors = Array.from({ length: rows.cols }, (_, c) => 0.5 + (c % 3));
    const strongest = strongestPenalty(rows, factors);
    const penalties = [0.9, 0.5, 0.2, 0.01].map((share) => share * strongest);
    const path = await lassoPath(rows, { penalties, factors });
    path.forEach((point, i) => {
      const gradient = gradientAt(rows, point);
      for (let c = 0; c < rows.cols; c++) {
        const allowed = penalties[i]! * factors[c]!;
        if (point[c] === 0) expect(Math.abs(gradient[c]!)).toBeLessThan(allowed + 5e-4);
        else expect(Math.abs(gradient[c]! + Math.sign(point[c]!) * allowed)).toBeLessThan(5e-4);
      }
      // The bias is not penalised.
      expect(Math.abs(gradient[rows.cols]!)).toBeLessThan(5e-4);
    });
    // Stronger penalties keep fewer.
    const kept = path.map((point) => point.subarray(0, rows.cols).filter((k) => k !== 0).length);
    expect(kept[0]).toBeGreaterThan(0);
    expect(kept[0]).toBeLessThan(4);
    expect(kept.at(-1)).toBeGreaterThan(6);
  });

  test('keeps nothing at the strongest penalty, and something just below it', async () => {
    const rows = weak(4);
    const factors = new Array<number>(rows.cols).fill(1);
    const strongest = strongestPenalty(rows, factors);
    const [at, below] = await lassoPath(rows, {
      penalties: [strongest * 1.0001, strongest * 0.9],
      factors,
    });
    const share = Array.from(rows.targets).reduce((sum, t) => sum + t, 0) / rows.rows;
    expect([...at!.subarray(0, rows.cols)].every((k) => k === 0)).toBe(true);
    expect(at![rows.cols]).toBeCloseTo(Math.log(share / (1 - share)), 6);
    expect([...below!.subarray(0, rows.cols)].some((k) => k !== 0)).toBe(true);
  });

  test.each([
    ['labels that are all alike', { targets: new Float64Array(60).fill(1) }],
    ['a column that stands still', { data: waves(false).data.map((v, i) => (i % 4 === 2 ? 0 : v)) }],
    [
      'classes that a line tells apart',
      {
        targets: waves(false)
          .data.filter((_, i) => i % 4 === 0)
          .map((v) => Number(v > 0)),
      },
    ],
  ])('copes with %s', async (_, change) => {
    const rows = { ...waves(false), ...change };
    const path = await lassoPath(rows, { penalties: [0.1, 0.01, 0.001], factors: [1, 1, 1, 1] });
    expect(path.flatMap((point) => [...point]).every(Number.isFinite)).toBe(true);
  });
});
