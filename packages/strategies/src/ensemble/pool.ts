// How members' probabilities of two classes become one: a weighted sum of their log odds.
import { fromNdArray, toNdArray } from '../ndarray.ts';
import { invalid, recordOf } from '../plain.ts';
import type { Plain } from '../strategy.ts';
import type { Labels } from '../target.ts';

// Held locally: a test runner's sandbox makes each look-up of a global slower than all this arithmetic.
const { abs, exp, log, log1p, max, min } = Math;

/** Kept off 0 and 1 as in the log loss. */
export const logit = (p: number): number => {
  const inside = min(1 - 1e-6, max(1e-6, p));
  return log(inside / (1 - inside));
};

const sigmoid = (z: number): number => 1 / (1 + exp(-z));

export interface Pool {
  /** One a member, none below 0; they need not sum to 1. */
  readonly weights: Float64Array;
  readonly intercept: number;
}

const maxSteps = 25;
const maxPasses = 1000;
const tolerance = 1e-9;

/**
 * Weights of the members' log odds, none below 0, and an intercept: a logistic regression on the members
 * (stacking: Wolpert 1992; logarithmic opinion pool: Genest and Zidek 1986), with a normal prior. Unlike a
 * mean of probabilities it can take members at more or less than their word, so that what it says is
 * calibrated, and one member that knows something isn't watered down by those that don't.
 * Minimises Σ log loss + l2 / 2 · Σ (value − prior)² by Newton's method, each step's quadratic by coordinate
 * descent.
 * @param members probabilities out of fold, one array a member.
 * @param options prior values of the weights and of the intercept, 0 unless given.
 */
export function fitPool(
  members: readonly Float64Array[],
  labels: Labels,
  options: { readonly prior: readonly number[]; readonly intercept?: number; readonly l2: number },
): Pool {
  const { prior, intercept = 0, l2 } = options;
  const inputs = [...members.map((p) => p.map(logit)), new Float64Array(labels.length).fill(1)];
  const centre = Float64Array.of(...prior, intercept);
  let point = centre.slice();
  let here = objectiveAt(inputs, labels, centre, l2, point);
  for (let step = 0; step < maxSteps; step++) {
    const aim = quadraticMinimum(here, point);
    let next = point;
    let there = here;
    for (let share = 1; share > 1e-4; share /= 2) {
      next = point.map((value, k) => value + share * (aim[k]! - value));
      there = objectiveAt(inputs, labels, centre, l2, next);
      if (there.value <= here.value) break;
    }
    if (!(there.value < here.value - tolerance * abs(here.value))) break;
    point = next;
    here = there;
  }
  return { weights: point.slice(0, members.length), intercept: point[members.length]! };
}

interface Objective {
  readonly value: number;
  readonly gradient: Float64Array;
  /** size × size */
  readonly hessian: Float64Array;
}

function objectiveAt(
  inputs: readonly Float64Array[],
  labels: Labels,
  centre: Float64Array,
  l2: number,
  point: Float64Array,
): Objective {
  const size = inputs.length;
  const gradient = point.map((value, k) => l2 * (value - centre[k]!));
  const hessian = new Float64Array(size * size);
  // A little more than nothing, where a member says one half throughout.
  for (let k = 0; k < size; k++) hessian[k * size + k] = l2 + 1e-9;
  let value = point.reduce((sum, v, k) => sum + (l2 / 2) * (v - centre[k]!) ** 2, 0);
  for (let i = 0; i < labels.length; i++) {
    let z = 0;
    for (let k = 0; k < size; k++) z += point[k]! * inputs[k]![i]!;
    const p = sigmoid(z);
    value += max(z, 0) + log1p(exp(-abs(z))) - labels[i]! * z;
    for (let k = 0; k < size; k++) {
      gradient[k]! += (p - labels[i]!) * inputs[k]![i]!;
      const weighed = p * (1 - p) * inputs[k]![i]!;
      for (let j = 0; j < size; j++) hessian[k * size + j]! += weighed * inputs[j]![i]!;
    }
  }
  return { value, gradient, hessian };
}

/** Where the quadratic around a point is least with no weight below 0; the last, the intercept, is free. */
function quadraticMinimum({ gradient, hessian }: Objective, from: Float64Array): Float64Array {
  const size = from.length;
  const point = from.slice();
  const slope = gradient.slice();
  for (let pass = 0; pass < maxPasses; pass++) {
    let moved = 0;
    for (let k = 0; k < size; k++) {
      const aim = point[k]! - slope[k]! / hessian[k * size + k]!;
      const change = (k === size - 1 ? aim : max(0, aim)) - point[k]!;
      if (change === 0) continue;
      point[k]! += change;
      for (let j = 0; j < size; j++) slope[j]! += change * hessian[k * size + j]!;
      moved = max(moved, abs(change));
    }
    if (moved < tolerance) break;
  }
  return point;
}

/** The pool's probability of class 1. @param weights summing to 1 or not. */
export function poolProbabilities(
  members: readonly Float64Array[],
  weights: Float64Array,
  { slope, intercept }: { readonly slope: number; readonly intercept: number },
): Float64Array {
  const pooled = new Float64Array(members[0]!.length);
  members.forEach((p, k) => {
    if (weights[k]! > 0) for (let i = 0; i < pooled.length; i++) pooled[i]! += weights[k]! * logit(p[i]!);
  });
  return pooled.map((z) => sigmoid(intercept + slope * z));
}

/** A pool as a model holds it: weights that sum to 1, and what leads from their sum to the probability. */
export interface FinishedPool {
  readonly weights: Float64Array;
  readonly slope: number;
  readonly intercept: number;
}

/** Of each symbol, side by side, as `model_state.ensemble.pools` holds them. */
export const poolsToPlain = (symbols: readonly string[], pools: readonly FinishedPool[]): Plain => ({
  symbols: [...symbols],
  weights: toNdArray(Float64Array.from(pools.flatMap(({ weights }) => [...weights])), [
    pools.length,
    pools[0]!.weights.length,
  ]),
  slope: pools.map(({ slope }) => slope),
  intercept: pools.map(({ intercept }) => intercept),
});

/**
 * Reads what `poolsToPlain` wrote; none where there is nothing.
 * @throws StrategyError INVALID_MODEL
 */
export function poolsFromPlain(
  stored: Plain | undefined,
  members: number,
  where: string,
): ReadonlyMap<string, FinishedPool> {
  if (stored === undefined) return new Map();
  const { symbols, weights: given, slope, intercept } = recordOf(stored, where);
  // Array.isArray can't tell the compiler of readonly arrays.
  const list = (value: Plain | undefined): readonly Plain[] =>
    Array.isArray(value) ? (value as readonly Plain[]) : [];
  const [names, slopes, intercepts] = [list(symbols), list(slope), list(intercept)];
  const weights = fromNdArray(given, 'float64', `${where}.weights`, [names.length, members]);
  return new Map(
    names.map((name, s) => {
      const own = weights.slice(s * members, (s + 1) * members);
      const sum = own.reduce((all, w) => all + w, 0);
      const [ownSlope, ownIntercept] = [slopes[s], intercepts[s]];
      if (
        typeof name !== 'string' ||
        typeof ownSlope !== 'number' ||
        !(ownSlope > 0 && ownSlope < Infinity) ||
        typeof ownIntercept !== 'number' ||
        !Number.isFinite(ownIntercept) ||
        own.some((w) => !(w >= 0)) ||
        !(abs(sum - 1) < 1e-9)
      )
        throw invalid(where, `has no usable pool for ${JSON.stringify(name)}`);
      return [name, { weights: own, slope: ownSlope, intercept: ownIntercept }];
    }),
  );
}
