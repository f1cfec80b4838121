import { logLikelihood, logLoss } from '../evaluation/classification.ts';

// Held locally: a test runner's sandbox makes each look-up of a global many times slower than this
// arithmetic.
const { abs, exp, log1p, max, sqrt } = Math;

/** Rows of a logistic regression. */
export interface RegressionRows {
  /** Inputs, row-major, rows × cols. */
  readonly data: Float64Array;
  readonly rows: number;
  readonly cols: number;
  /** What is to be predicted, one a row: 0, 1, or a probability between. */
  readonly targets: ArrayLike<number>;
  /** Weight of each row; equal unless given. */
  readonly weights?: ArrayLike<number> | undefined;
}

export interface Regression {
  /** One coefficient a column. */
  readonly kernel: Float64Array;
  readonly bias: number;
  /** Newton steps taken. */
  readonly steps: number;
}

const mostSteps = 25;
/** Largest slope of the objective that counts as none. */
const flat = 1e-8;
/**
 * Added to the diagonal, so that a column without spread, or one that is a sum of others, leaves a unique
 * step.
 */
const ridge = 1e-9;

/**
 * Logistic regression by Newton's method with step halving (iteratively reweighted least squares; McCullagh
 * and Nelder 1989, ch. 4): minimises the weighted mean of −t·ln p − (1 − t)·ln(1 − p), plus l2 · Σ kernel².
 * The objective is convex, so there is nothing to stop early and nothing random; it takes four to eight steps
 * of rows · cols² / 2 multiplications.
 * @param options.l2 penalty on the kernel, none on the bias.
 * @param options.start kernel and bias to start from; zeros unless given.
 * @param options.afterStep awaited between two steps.
 */
export async function fitLogistic(
  rows: RegressionRows,
  options: {
    readonly l2: number;
    readonly start?: Float64Array | undefined;
    readonly afterStep?: () => Promise<void>;
  },
): Promise<Regression> {
  const { l2 } = options;
  const size = rows.cols + 1;
  let point = options.start?.slice() ?? new Float64Array(size);
  let here = lookAround(rows, l2, point);
  let steps = 0;
  while (steps < mostSteps && here.gradient.some((g) => abs(g) > flat)) {
    const step = solve(curvatureOf(rows, l2, here.bends), here.gradient, size);
    let next = point;
    let there = here;
    for (let share = 1; share > 1e-6; share /= 2) {
      next = point.map((value, i) => value - share * step[i]!);
      there = lookAround(rows, l2, next);
      if (there.loss <= here.loss) break;
    }
    // Rounding leaves nothing to be gained: this is the bottom.
    if (!(there.loss <= here.loss)) break;
    point = next;
    here = there;
    steps++;
    await options.afterStep?.();
  }
  return { kernel: point.slice(0, rows.cols), bias: point[rows.cols]!, steps };
}

interface Surroundings {
  readonly loss: number;
  readonly gradient: Float64Array;
  /** What each row adds to the curvature, times the outer product of its inputs. */
  readonly bends: Float64Array;
}

/** Objective and gradient at a point, the bias last. */
function lookAround(
  { data, rows, cols, targets, weights }: RegressionRows,
  l2: number,
  point: Float64Array,
): Surroundings {
  const gradient = new Float64Array(cols + 1);
  const bends = new Float64Array(rows);
  const bias = point[cols]!;
  let loss = 0;
  let total = 0;
  for (let r = 0; r < rows; r++) {
    const at = r * cols;
    let logit = bias;
    for (let c = 0; c < cols; c++) logit += data[at + c]! * point[c]!;
    const weight = weights === undefined ? 1 : weights[r]!;
    const target = targets[r]!;
    const p = 1 / (1 + exp(-logit));
    total += weight;
    // ln(1 + e^z) − t·z, without overflow.
    loss += weight * (max(logit, 0) + log1p(exp(-abs(logit))) - target * logit);
    bends[r] = weight * p * (1 - p);
    const slope = weight * (p - target);
    for (let c = 0; c < cols; c++) gradient[c]! += slope * data[at + c]!;
    gradient[cols]! += slope;
  }
  loss /= total;
  for (let c = 0; c <= cols; c++) gradient[c]! /= total;
  for (let r = 0; r < rows; r++) bends[r]! /= total;
  for (let c = 0; c < cols; c++) {
    loss += l2 * point[c]! ** 2;
    gradient[c]! += 2 * l2 * point[c]!;
  }
  return { loss, gradient, bends };
}

/** Lower triangle of the Hessian, the bias last. */
function curvatureOf({ data, rows, cols }: RegressionRows, l2: number, bends: Float64Array): Float64Array {
  const size = cols + 1;
  const curvature = new Float64Array(size * size);
  const last = cols * size;
  for (let r = 0; r < rows; r++) {
    const from = r * cols;
    const bend = bends[r]!;
    for (let i = 0; i < cols; i++) {
      const scaled = bend * data[from + i]!;
      const at = i * size;
      for (let j = 0; j <= i; j++) curvature[at + j]! += scaled * data[from + j]!;
      curvature[last + i]! += scaled;
    }
    curvature[last + cols]! += bend;
  }
  for (let i = 0; i < size; i++) curvature[i * size + i]! += ridge + (i < cols ? 2 * l2 : 0);
  return curvature;
}

/** x of A·x = b for a positive definite A, given by its lower triangle, by Cholesky's decomposition. */
function solve(lower: Float64Array, b: Float64Array, size: number): Float64Array {
  const l = lower.slice();
  const x = b.slice();
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = l[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * size + k]! * l[j * size + k]!;
      l[i * size + j] = i === j ? sqrt(max(sum, 1e-300)) : sum / l[j * size + j]!;
    }
    for (let k = 0; k < i; k++) x[i]! -= l[i * size + k]! * x[k]!;
    x[i]! /= l[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i]! -= l[k * size + i]! * x[k]!;
    x[i]! /= l[i * size + i]!;
  }
  return x;
}

/** Mean log loss where rows weigh differently. */
export function weightedLogLoss(
  probability: Float64Array,
  labels: Uint8Array,
  weights?: Float32Array,
): number {
  if (weights === undefined) return logLoss(probability, labels);
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum -= weights[i]! * logLikelihood(probability[i]!, labels[i]!);
  return sum / weights.reduce((total, w) => total + w, 0);
}
