// Logistic regression for two classes.
import { logitsOf, summedInputs } from './products.ts';

// Held locally: a test runner's sandbox makes each look-up of a global slower than all this arithmetic.
const { abs, exp, log1p, max, sqrt } = Math;

/** Rows of a linear model. */
export interface RegressionRows {
  /** Inputs, row-major, rows × cols. */
  readonly data: Float64Array;
  readonly rows: number;
  readonly cols: number;
  /** What is to be predicted, one a row: 0, 1, or a probability between; a class's number; a value. */
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

/** From one L2 penalty of a path to the next. */
export const penaltyStep = Math.sqrt(10);

const maxSteps = 25;
/** Largest component of the gradient that counts as none, unless another is given. */
const flat = 1e-8;
/**
 * Added to the diagonal, so that a column without spread, or one that is a sum of others, leaves a unique
 * step.
 */
const ridge = 1e-9;

/**
 * Second derivatives of the unpenalised loss that serve several steps and penalties: most of a step's work is
 * making them, and they hardly change where probabilities stay near one half. Starts as any that are no smaller
 * than the true ones, as XᵀX / 4 (Böhning and Lindsay 1988).
 */
export interface Curvature {
  /** Lower triangle, (cols + 1)², the bias last; of the weighted mean over rows. */
  lower: Float64Array;
}

/** A step on a kept curvature that leaves more of the gradient than this has it made anew. */
const slow = 0.3;

/**
 * Logistic regression by Newton's method with step halving (iteratively reweighted least squares; McCullagh
 * and Nelder 1989, ch. 4): minimises the weighted mean of −t·ln p − (1 − t)·ln(1 − p), plus l2 ·
 * Σ kernel². The objective is convex, so there is nothing to stop early and nothing random; it takes four
 * to eight steps of rows · cols² / 2 multiplications.
 * @param options.l2 penalty on the kernel, none on the bias.
 * @param options.start kernel and bias to start from; zeros unless given.
 * @param options.curvature used for as long as it leads on fast, and kept up to date; each step makes its own
 *   when left out. Where it ends is the same, to the tolerance of the gradient.
 * @param options.tolerance largest component of the gradient that counts as none.
 * @param options.afterStep awaited between two steps.
 */
export async function fitLogistic(
  rows: RegressionRows,
  options: {
    readonly l2: number;
    readonly start?: Float64Array | undefined;
    readonly curvature?: Curvature | undefined;
    readonly tolerance?: number;
    readonly afterStep?: () => Promise<void>;
  },
): Promise<Regression> {
  const { l2, curvature, tolerance = flat } = options;
  const size = rows.cols + 1;
  let point = options.start?.slice() ?? new Float64Array(size);
  let here = lossAndGradient(rows, l2, point);
  let steps = 0;
  let renew = curvature === undefined;
  while (steps < maxSteps && steepest(here) > tolerance) {
    const lower = renew ? hessian(rows, here.hessianWeights) : curvature!.lower;
    if (renew && curvature !== undefined) curvature.lower = lower;
    const step = solve(penalised(lower, l2, size), here.gradient, size);
    let next = point;
    let there = here;
    for (let share = 1; share > 1e-6; share /= 2) {
      next = point.map((value, i) => value - share * step[i]!);
      there = lossAndGradient(rows, l2, next);
      if (there.loss <= here.loss) break;
    }
    if (!(there.loss <= here.loss)) {
      // Rounding leaves nothing to be gained: this is the bottom, unless the curvature was of elsewhere.
      if (renew) break;
      renew = true;
      continue;
    }
    renew = curvature === undefined || steepest(there) > slow * steepest(here);
    point = next;
    here = there;
    steps++;
    await options.afterStep?.();
  }
  return { kernel: point.slice(0, rows.cols), bias: point[rows.cols]!, steps };
}

const steepest = ({ gradient }: LossAndGradient): number =>
  gradient.reduce((largest, g) => max(largest, abs(g)), 0);

interface LossAndGradient {
  readonly loss: number;
  readonly gradient: Float64Array;
  /** What each row adds to the Hessian, times the outer product of its inputs. */
  readonly hessianWeights: Float64Array;
}

/** Objective and gradient at a point, the bias last. */
function lossAndGradient(given: RegressionRows, l2: number, point: Float64Array): LossAndGradient {
  const { rows, cols, targets, weights } = given;
  const hessianWeights = new Float64Array(rows);
  // From log odds to residuals, in place.
  const residuals = logitsOf(given, point);
  let loss = 0;
  let total = 0;
  let sum = 0;
  for (let r = 0; r < rows; r++) {
    const logit = residuals[r]!;
    const weight = weights === undefined ? 1 : weights[r]!;
    const target = targets[r]!;
    const small = exp(-abs(logit));
    const p = (logit < 0 ? small : 1) / (1 + small);
    total += weight;
    // ln(1 + e^z) − t·z, without overflow.
    loss += weight * (max(logit, 0) + log1p(small) - target * logit);
    hessianWeights[r] = weight * p * (1 - p);
    residuals[r] = weight * (p - target);
    sum += residuals[r]!;
  }
  loss /= total;
  const gradient = new Float64Array(cols + 1);
  gradient.set(summedInputs(given, residuals));
  gradient[cols] = sum;
  for (let c = 0; c <= cols; c++) gradient[c]! /= total;
  for (let r = 0; r < rows; r++) hessianWeights[r]! /= total;
  for (let c = 0; c < cols; c++) {
    loss += l2 * point[c]! ** 2;
    gradient[c]! += 2 * l2 * point[c]!;
  }
  return { loss, gradient, hessianWeights };
}

/** With what the penalty adds. */
function penalised(hessianLower: Float64Array, l2: number, size: number): Float64Array {
  const lower = hessianLower.slice();
  for (let i = 0; i < size; i++) lower[i * size + i]! += ridge + (i < size - 1 ? 2 * l2 : 0);
  return lower;
}

/** XᵀX / 4 of rows whose weights count as shares, which no row's own second derivatives exceed. */
export function boundingCurvature(rows: RegressionRows): Curvature {
  const { weights } = rows;
  let total = 0;
  for (let r = 0; r < rows.rows; r++) total += weights === undefined ? 1 : weights[r]!;
  const of = Float64Array.from({ length: rows.rows }, (_, r) => (weights?.[r] ?? 1) / (4 * total));
  return { lower: hessian(rows, of) };
}

/** Lower triangle of the unpenalised Hessian, the bias last. */
function hessian({ data, rows, cols }: RegressionRows, hessianWeights: Float64Array): Float64Array {
  const size = cols + 1;
  const lower = new Float64Array(size * size);
  const last = cols * size;
  // Four rows at a time, so that each sum is loaded and stored once for four of them.
  const whole = rows - (rows % 4);
  for (let r = 0; r < whole; r += 4) {
    const [a, b, c, d] = [r * cols, (r + 1) * cols, (r + 2) * cols, (r + 3) * cols];
    const [wa, wb, wc, wd] = [
      hessianWeights[r]!,
      hessianWeights[r + 1]!,
      hessianWeights[r + 2]!,
      hessianWeights[r + 3]!,
    ];
    for (let i = 0; i < cols; i++) {
      const [sa, sb, sc, sd] = [wa * data[a + i]!, wb * data[b + i]!, wc * data[c + i]!, wd * data[d + i]!];
      const at = i * size;
      for (let j = 0; j <= i; j++)
        lower[at + j]! += sa * data[a + j]! + sb * data[b + j]! + sc * data[c + j]! + sd * data[d + j]!;
      lower[last + i]! += sa + sb + sc + sd;
    }
    lower[last + cols]! += wa + wb + wc + wd;
  }
  for (let r = whole; r < rows; r++) {
    const from = r * cols;
    const weight = hessianWeights[r]!;
    for (let i = 0; i < cols; i++) {
      const scaled = weight * data[from + i]!;
      const at = i * size;
      for (let j = 0; j <= i; j++) lower[at + j]! += scaled * data[from + j]!;
      lower[last + i]! += scaled;
    }
    lower[last + cols]! += weight;
  }
  return lower;
}

/** x of A·x = b for a positive definite A, given by its lower triangle, by Cholesky's decomposition. */
export function solve(lower: Float64Array, b: Float64Array, size: number): Float64Array {
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
