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
const flat = 1e-9;
/** Added to the diagonal, so that a column without spread, or one that is a sum of others, leaves a unique step. */
const ridge = 1e-9;

/**
 * Logistic regression by Newton's method with step halving (iteratively reweighted least squares; McCullagh and Nelder
 * 1989, ch. 4): minimises the weighted mean of −t·ln p − (1 − t)·ln(1 − p), plus l2 · Σ kernel². The objective is convex, so
 * there is nothing to stop early and nothing random; it takes four to eight steps of rows · cols² / 2 multiplications.
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
  while (steps < mostSteps && here.gradient.some((g) => Math.abs(g) > flat)) {
    const step = solve(here.curvature, here.gradient, size);
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

/** Objective, gradient and lower triangle of the Hessian at a point, the bias last. */
function lookAround(
  { data, rows, cols, targets, weights }: RegressionRows,
  l2: number,
  point: Float64Array,
): { loss: number; gradient: Float64Array; curvature: Float64Array } {
  const size = cols + 1;
  const gradient = new Float64Array(size);
  const curvature = new Float64Array(size * size);
  const row = new Float64Array(size).fill(1);
  let loss = 0;
  let total = 0;
  for (let r = 0; r < rows; r++) {
    let logit = point[cols]!;
    for (let c = 0; c < cols; c++) {
      const value = data[r * cols + c]!;
      row[c] = value;
      logit += value * point[c]!;
    }
    const weight = weights === undefined ? 1 : weights[r]!;
    const target = targets[r]!;
    const p = 1 / (1 + Math.exp(-logit));
    total += weight;
    // ln(1 + e^z) − t·z, without overflow.
    loss += weight * (Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - target * logit);
    const slope = weight * (p - target);
    const bend = weight * p * (1 - p);
    for (let i = 0; i < size; i++) {
      gradient[i]! += slope * row[i]!;
      const scaled = bend * row[i]!;
      const at = i * size;
      for (let j = 0; j <= i; j++) curvature[at + j]! += scaled * row[j]!;
    }
  }
  loss /= total;
  for (let i = 0; i < size; i++) {
    gradient[i]! /= total;
    for (let j = 0; j <= i; j++) curvature[i * size + j]! /= total;
    curvature[i * size + i]! += ridge;
    if (i === cols) continue;
    loss += l2 * point[i]! ** 2;
    gradient[i]! += 2 * l2 * point[i]!;
    curvature[i * size + i]! += 2 * l2;
  }
  return { loss, gradient, curvature };
}

/** x of A·x = b for a positive definite A, given by its lower triangle, by Cholesky's decomposition. */
function solve(lower: Float64Array, b: Float64Array, size: number): Float64Array {
  const l = lower.slice();
  const x = b.slice();
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = l[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * size + k]! * l[j * size + k]!;
      l[i * size + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / l[j * size + j]!;
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
