// Logistic regression for two classes.

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
/** Largest component of the gradient that counts as none. */
const tolerance = 1e-8;
/**
 * Added to the diagonal, so that a column without spread, or one that is a sum of others, leaves a unique
 * step.
 */
const ridge = 1e-9;

/**
 * Logistic regression by Newton's method with step halving (iteratively reweighted least squares; McCullagh
 * and Nelder 1989, ch. 4): minimises the weighted mean of −t·ln p − (1 − t)·ln(1 − p), plus l2 ·
 * Σ kernel². The objective is convex, so there is nothing to stop early and nothing random; it takes four
 * to eight steps of rows · cols² / 2 multiplications.
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
  let here = lossAndGradient(rows, l2, point);
  let steps = 0;
  while (steps < maxSteps && here.gradient.some((g) => abs(g) > tolerance)) {
    const step = solve(hessian(rows, l2, here.hessianWeights), here.gradient, size);
    let next = point;
    let there = here;
    for (let share = 1; share > 1e-6; share /= 2) {
      next = point.map((value, i) => value - share * step[i]!);
      there = lossAndGradient(rows, l2, next);
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

interface LossAndGradient {
  readonly loss: number;
  readonly gradient: Float64Array;
  /** What each row adds to the Hessian, times the outer product of its inputs. */
  readonly hessianWeights: Float64Array;
}

/** Objective and gradient at a point, the bias last. */
function lossAndGradient(
  { data, rows, cols, targets, weights }: RegressionRows,
  l2: number,
  point: Float64Array,
): LossAndGradient {
  const gradient = new Float64Array(cols + 1);
  const hessianWeights = new Float64Array(rows);
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
    hessianWeights[r] = weight * p * (1 - p);
    const residual = weight * (p - target);
    for (let c = 0; c < cols; c++) gradient[c]! += residual * data[at + c]!;
    gradient[cols]! += residual;
  }
  loss /= total;
  for (let c = 0; c <= cols; c++) gradient[c]! /= total;
  for (let r = 0; r < rows; r++) hessianWeights[r]! /= total;
  for (let c = 0; c < cols; c++) {
    loss += l2 * point[c]! ** 2;
    gradient[c]! += 2 * l2 * point[c]!;
  }
  return { loss, gradient, hessianWeights };
}

/** Lower triangle of the Hessian, the bias last. */
function hessian(
  { data, rows, cols }: RegressionRows,
  l2: number,
  hessianWeights: Float64Array,
): Float64Array {
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
  for (let i = 0; i < size; i++) lower[i * size + i]! += ridge + (i < cols ? 2 * l2 : 0);
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
