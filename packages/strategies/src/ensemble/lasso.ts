// The lasso for two classes: a logistic regression that leaves most coefficients at 0.
import { boundingCurvature, type Curvature, type RegressionRows } from './logistic-regression.ts';
import { logitsOf, summedInputs } from './products.ts';

// Held locally: a test runner's sandbox makes each look-up of a global slower than all this arithmetic.
const { abs, exp, log, max, min, sign, sqrt, tanh } = Math;

/** Largest change of a coefficient that ends the search at one penalty, and within one pass over them. */
const tolerance = { step: 1e-3, pass: 1e-4 };
const maxSteps = 50;
const maxPasses = 200;

export interface LassoOptions {
  /** Penalties on the sum of the absolute coefficients, strongest first; the loss is a mean over rows. */
  readonly penalties: readonly number[];
  /** What each column's penalty is multiplied by; all above 0. */
  readonly factors: readonly number[];
  /** XᵀX / 4 of the rows, where it is known. */
  readonly bound?: Curvature;
  /** Awaited between two penalties. */
  readonly pause?: () => Promise<void>;
}

/**
 * Minimises the weighted mean of −t·ln p − (1 − t)·ln(1 − p), plus penalty · Σ factor · |coefficient|, at
 * each penalty from where the one before ended (Friedman, Hastie and Tibshirani 2010, "Regularization paths
 * for generalized linear models via coordinate descent"). The Hessian is bounded by XᵀX / 4 (Böhning and
 * Lindsay 1988), which costs a few more steps than weighing it afresh and is computed once for the whole
 * path.
 * @param rows standardised columns.
 * @returns of each penalty one coefficient a column, and the bias last.
 */
export async function lassoPath(
  rows: RegressionRows,
  { penalties, factors, bound: given, pause }: LassoOptions,
): Promise<Float64Array[]> {
  const { cols, targets } = rows;
  const weights = normalised(rows);
  const bound = squareOf(given ?? boundingCurvature(rows), cols);
  const point = new Float64Array(cols + 1);
  const kernel = point.subarray(0, cols);
  let mean = 0;
  weights.forEach((w, r) => (mean += w * targets[r]!));
  mean = min(0.999, max(0.001, mean));
  point[cols] = log(mean / (1 - mean));
  const path: Float64Array[] = [];
  for (const penalty of penalties) {
    for (let step = 0; step < maxSteps; step++) {
      const { sum, steepest, gradient } = residualsOf(rows, weights, point);
      const shift = 4 * sum;
      point[cols] += shift;
      const before = kernel.slice();
      descend(kernel, gradient, bound, (c) => penalty * factors[c]!);
      let moved = abs(shift);
      let length = shift ** 2;
      for (let c = 0; c < cols; c++) {
        const change = kernel[c]! - before[c]!;
        moved = max(moved, abs(change));
        length += change ** 2;
      }
      // By which share of itself 1/4 exceeds p(1 − p) of any row after this step, as rows reach to about 4
      // deviations: each step moves by that share of the one before at most.
      const excess = tanh((steepest + 4 * sqrt(length)) / 2) ** 2;
      if (moved * min(1, excess / (1 - excess)) < tolerance.step) break;
    }
    path.push(point.slice());
    await pause?.();
  }
  return path;
}

/** The weakest penalty at which all coefficients are 0. */
export function strongestPenalty(rows: RegressionRows, factors: readonly number[]): number {
  const weights = normalised(rows);
  const { cols, targets } = rows;
  let mean = 0;
  weights.forEach((w, r) => (mean += w * targets[r]!));
  mean = min(0.999, max(0.001, mean));
  const point = new Float64Array(cols + 1);
  point[cols] = log(mean / (1 - mean));
  const { gradient } = residualsOf(rows, weights, point);
  return gradient.reduce((strongest, g, c) => max(strongest, abs(g) / factors[c]!), 0);
}

/** Row weights that sum to 1. */
function normalised({ rows, weights }: RegressionRows): Float64Array {
  if (weights === undefined) return new Float64Array(rows).fill(1 / rows);
  let total = 0;
  for (let r = 0; r < rows; r++) total += weights[r]!;
  return Float64Array.from({ length: rows }, (_, r) => weights[r]! / total);
}

/** Both triangles, cols × cols, without the bias. */
function squareOf({ lower }: Curvature, cols: number): Float64Array {
  const square = new Float64Array(cols * cols);
  for (let a = 0; a < cols; a++)
    for (let b = 0; b <= a; b++) square[a * cols + b] = square[b * cols + a] = lower[a * (cols + 1) + b]!;
  return square;
}

interface Residuals {
  /** Of t − p. */
  readonly sum: number;
  /** Largest log odds of any row. */
  readonly steepest: number;
  /** Xᵀ(t − p). */
  readonly gradient: Float64Array;
}

/** @param point the coefficients, and the bias last. */
function residualsOf(rows: RegressionRows, weights: Float64Array, point: Float64Array): Residuals {
  const { targets } = rows;
  // From log odds to residuals, in place.
  const found = logitsOf(rows, point);
  let [sum, steepest] = [0, 0];
  for (let r = 0; r < found.length; r++) {
    const logit = found[r]!;
    steepest = max(steepest, abs(logit));
    const residual = weights[r]! * (targets[r]! - 1 / (1 + exp(-logit)));
    sum += residual;
    found[r] = residual;
  }
  return { sum, steepest, gradient: summedInputs(rows, found) };
}

/** Coordinate descent on the bounded objective, until no coefficient moves. */
function descend(
  kernel: Float64Array,
  gradient: Float64Array,
  bound: Float64Array,
  penaltyOf: (c: number) => number,
): void {
  const cols = kernel.length;
  for (let pass = 0; pass < maxPasses; pass++) {
    let moved = 0;
    for (let c = 0; c < cols; c++) {
      const curvature = bound[c * cols + c]!;
      if (curvature === 0) continue;
      const pull = gradient[c]! + curvature * kernel[c]!;
      const size = abs(pull) - penaltyOf(c);
      const next = size > 0 ? (sign(pull) * size) / curvature : 0;
      const change = next - kernel[c]!;
      if (change === 0) continue;
      kernel[c] = next;
      moved = max(moved, abs(change));
      for (let other = 0; other < cols; other++) gradient[other]! -= change * bound[c * cols + other]!;
    }
    if (moved < tolerance.pass) return;
  }
}
