// Logistic regression for several classes.
import type { RegressionRows } from './logistic-regression.ts';

// Held locally: a test runner's sandbox makes each look-up of a global slower than all this arithmetic.
const { abs, exp, log, max, sqrt } = Math;

/** Kernel [cols, classes] row-major, then the bias [classes]. */
export type SoftmaxPoint = Float64Array;

const maxSteps = 300;
/** Largest component of the gradient that counts as none. */
const tolerance = 1e-6;
/** Pairs of steps and changes of the gradient that the curvature is estimated by. */
const memory = 10;

/**
 * Multinomial logistic regression by L-BFGS (Liu and Nocedal 1989) with step halving: minimises the weighted
 * mean of −ln p of each row's class, plus l2 · Σ kernel². Newton's method, as for two classes, would take
 * (cols · classes)² numbers. The objective is convex, so there is nothing random and nothing to stop early.
 * @param rows.targets the classes' numbers.
 * @param options.start to start from; zeros unless given.
 * @param options.afterStep awaited between two steps.
 */
export async function fitSoftmax(
  rows: RegressionRows,
  classes: number,
  options: {
    readonly l2: number;
    readonly start?: SoftmaxPoint | undefined;
    readonly afterStep?: (() => Promise<void>) | undefined;
  },
): Promise<SoftmaxPoint> {
  const objective = (point: SoftmaxPoint): Objective => lossAndGradient(rows, classes, options.l2, point);
  let point = options.start?.slice() ?? new Float64Array((rows.cols + 1) * classes);
  let here = objective(point);
  const pairs: Pair[] = [];
  for (let steps = 0; steps < maxSteps && here.gradient.some((g) => abs(g) > tolerance); steps++) {
    const direction = descent(here.gradient, pairs);
    const slope = dot(direction, here.gradient);
    let next = point;
    let there = here;
    // The first step has no curvature to go by, and a length of 1 is none too long for standardised inputs.
    let share = pairs.length === 0 ? 1 / max(1, sqrt(dot(here.gradient, here.gradient))) : 1;
    for (; share > 1e-10; share /= 2) {
      next = point.map((value, i) => value + share * direction[i]!);
      there = objective(next);
      if (there.loss <= here.loss + 1e-4 * share * slope) break;
    }
    // Rounding leaves nothing to be gained: this is the bottom.
    if (!(there.loss < here.loss)) break;
    const step = next.map((value, i) => value - point[i]!);
    const change = there.gradient.map((value, i) => value - here.gradient[i]!);
    const curvature = dot(step, change);
    if (curvature > 0) pairs.push({ step, change, curvature });
    if (pairs.length > memory) pairs.shift();
    point = next;
    here = there;
    await options.afterStep?.();
  }
  return point;
}

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

/** The negative gradient through the inverse Hessian that the pairs speak of (Nocedal 1980's two loops). */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((g) => -g);
  const shares = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, curvature } = pairs[i]!;
    shares[i] = dot(step, direction) / curvature;
    addTo(direction, change, -shares[i]!);
  }
  const newest = pairs.at(-1);
  if (newest !== undefined) {
    const scale = newest.curvature / dot(newest.change, newest.change);
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  pairs.forEach(({ step, change, curvature }, i) =>
    addTo(direction, step, shares[i]! - dot(change, direction) / curvature),
  );
  return direction;
}

interface Objective {
  readonly loss: number;
  readonly gradient: Float64Array;
}

function lossAndGradient(
  { data, rows, cols, targets, weights }: RegressionRows,
  classes: number,
  l2: number,
  point: SoftmaxPoint,
): Objective {
  const gradient = new Float64Array(point.length);
  const probabilities = new Float64Array(classes);
  const bias = cols * classes;
  let loss = 0;
  let total = 0;
  for (let r = 0; r < rows; r++) {
    const target = targets[r]!;
    const weight = weights === undefined ? 1 : weights[r]!;
    softmaxOf(data, r * cols, cols, point, probabilities);
    total += weight;
    loss -= weight * log(max(probabilities[target]!, 1e-300));
    for (let k = 0; k < classes; k++) {
      const residual = weight * (probabilities[k]! - (k === target ? 1 : 0));
      probabilities[k] = residual;
      gradient[bias + k]! += residual;
    }
    for (let c = 0; c < cols; c++) {
      const x = data[r * cols + c]!;
      for (let k = 0; k < classes; k++) gradient[c * classes + k]! += probabilities[k]! * x;
    }
  }
  loss /= total;
  for (let i = 0; i < gradient.length; i++) gradient[i]! /= total;
  for (let i = 0; i < bias; i++) {
    loss += l2 * point[i]! ** 2;
    gradient[i]! += 2 * l2 * point[i]!;
  }
  return { loss, gradient };
}

/** Probability of each class for the inputs at `from`, into `into`. */
export function softmaxOf(
  data: Float64Array,
  from: number,
  cols: number,
  point: ArrayLike<number>,
  into: Float64Array,
): void {
  const classes = into.length;
  const bias = cols * classes;
  for (let k = 0; k < classes; k++) into[k] = point[bias + k]!;
  for (let c = 0; c < cols; c++) {
    const x = data[from + c]!;
    for (let k = 0; k < classes; k++) into[k]! += x * point[c * classes + k]!;
  }
  softmax(into);
}

/** Logits to probabilities, in place. */
export function softmax(logits: Float64Array): void {
  let largest = -Infinity;
  for (let k = 0; k < logits.length; k++) largest = max(largest, logits[k]!);
  let sum = 0;
  for (let k = 0; k < logits.length; k++) sum += logits[k] = exp(logits[k]! - largest);
  for (let k = 0; k < logits.length; k++) logits[k]! /= sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addTo(target: Float64Array, values: Float64Array, share: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += share * values[i]!;
}
