// How the members' answers become one.
import type { LabelDefinition, Plain } from '../strategy.ts';
import { calibrate, readCalibration } from '../calibration/platt.ts';
import type { Calibration } from '../calibration/platt.ts';
import { labelScalesFromPlain } from '../label-scales.ts';
import type { LabelScales } from '../label-scales.ts';
import { invalid, recordOf } from '../plain.ts';
import { checkTarget, outputsOf, targetFromPlain } from '../target.ts';
import type { Labels, Target } from '../target.ts';
import { openMembers } from './members.ts';
import type { Matrix, Member } from './members.ts';
import { logit, poolProbabilities, poolsFromPlain } from './pool.ts';
import type { FinishedPool } from './pool.ts';
import { readTemperature, withTemperature } from '../calibration/temperature.ts';
import type { Temperature } from '../calibration/temperature.ts';

// Held locally: a test runner's sandbox makes each look-up of a global slower than all this arithmetic.
const { abs, max, min } = Math;

export interface Stacking {
  /** One a member, summing to one. */
  readonly weights: Float64Array;
  readonly calibration: Calibration | Temperature;
  readonly details: { readonly [name: string]: Plain };
  /** What else `model_state.ensemble` holds of it. */
  readonly state: { readonly mean?: 'log_odds'; readonly pools?: Plain };
}

/** Pieces of time that the validation rows are cut into. */
const maxFolds = 5;
/**
 * With more, four free weights flatter the mean by less than 0.001, which is not worth choosing them five
 * times more.
 */
export const maxRowsOutOfFold = 5_000;

/** Pieces of time: the rows of each, and all others. */
export function timeFolds({
  labels,
  time,
}: {
  readonly labels: Labels;
  readonly time?: Float64Array;
}): { readonly inside: number[]; readonly outside: number[] }[] {
  const order = Array.from(labels, (_, i) => i);
  if (time !== undefined) order.sort((a, b) => time[a]! - time[b]! || a - b);
  const count = min(maxFolds, order.length);
  const bound = (fold: number): number => Math.floor((fold * order.length) / count);
  return Array.from({ length: count }, (_, fold) => ({
    inside: order.slice(bound(fold), bound(fold + 1)),
    outside: [...order.slice(0, bound(fold)), ...order.slice(bound(fold + 1))],
  }));
}

/**
 * Weights of the members, non-negative and summing to one, that lower the log loss of the weighted mean of
 * the members' probabilities. The mean is a mixture, so expectation–maximisation goes toward the optimum of
 * this convex problem without a step size (Dempster, Laird and Rubin 1977). It starts from equal weights and
 * stops after 1000 iterations, which falls short where members are nearly alike.
 * @param given the probability that each member gave to what happened, kept off 0 as in the log loss; a row's
 *   members side by side.
 * @param rowWeights one a row; equal unless given.
 */
export function mixtureWeights(
  given: Float64Array,
  members: number,
  rowWeights?: Float32Array,
): Float64Array {
  const rows = given.length / members;
  const total = rowWeights?.reduce((sum, w) => sum + w, 0) ?? rows;
  let weights = new Float64Array(members).fill(1 / members);
  for (let iteration = 0; iteration < 1000; iteration++) {
    const gain = new Float64Array(members);
    for (let i = 0; i < rows; i++) {
      const at = i * members;
      let mixture = 0;
      for (let k = 0; k < members; k++) mixture += weights[k]! * given[at + k]!;
      const share = (rowWeights === undefined ? 1 : rowWeights[i]!) / (total * mixture);
      for (let k = 0; k < members; k++) gain[k]! += share * given[at + k]!;
    }
    const next = weights.map((w, k) => w * gain[k]!);
    const change = next.reduce((largest, w, k) => max(largest, abs(w - weights[k]!)), 0);
    weights = next;
    if (change < 1e-7) break;
  }
  const sum = weights.reduce((total, w) => total + w, 0);
  return weights.map((w) => w / sum);
}

/**
 * Weights drawn toward equal ones. A few hundred rows can't tell good members from lucky ones; equal weights
 * are hard to beat (Stock and Watson 2004, "Combination forecasts of output growth"), so both have a say.
 */
export function drawnTogether(chosen: Float64Array, equalShare: number): Float64Array {
  const equal = 1 / chosen.length;
  return chosen.map((w) => (1 - equalShare) * w + equalShare * equal);
}

/** Weighted mean of the members' probabilities, row by row. */
export const weightedMean = (probabilities: readonly Float64Array[], weights: Float64Array): Float64Array =>
  // Rounding of the sum may pass 1 by one last place.
  weightedSum(probabilities, weights).map((p) => min(1, p));

/** The same of values of any size. */
export function weightedSum(answers: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(answers[0]!.length);
  answers.forEach((answer, k) => {
    for (let i = 0; i < sum.length; i++) sum[i]! += weights[k]! * answer[i]!;
  });
  return sum;
}

/** A whole ensemble, ready to predict. */
export interface OpenEnsemble {
  readonly target: Target;
  /** What its answers are multiplied by; null where they are in the label's unit. */
  readonly labelScales: LabelScales | null;
  readonly members: readonly Member[];
  /** Probability of class 1 or the value, one a row; of several classes each one's, rows × classes. */
  predict(matrix: Matrix): Float64Array;
  /**
   * As of a member, of the whole, in the unit of `predict`; null where its answer is no sum of what members
   * say: of several classes, and of models from before their log odds were added up.
   */
  contributions(row: Matrix): Float64Array | null;
  dispose(): void;
}

/**
 * Makes `model_state.ensemble` ready.
 * @param cols number of features the model was trained on.
 * @param label the strategy's.
 * @throws StrategyError INVALID_MODEL naming what is wrong with it.
 */
export function openEnsemble(
  stored: Plain | undefined,
  cols: number,
  label: Pick<LabelDefinition, 'task' | 'classes'>,
): OpenEnsemble {
  const where = 'model_state.ensemble';
  const state = recordOf(stored, where);
  const target = targetFromPlain(state.target, where);
  checkTarget(target, label, where);
  if (!Array.isArray(state.members)) throw invalid(where, 'has no list of members');
  const listed: readonly Plain[] = state.members;
  const weights = readWeights(state.weights, listed.length, where);
  const finish = finishOf(target, state, where);
  const labelScales = labelScalesFromPlain(state.label_scales, where);
  const pools = poolsFromPlain(state.pools, listed.length, `${where}.pools`);
  const additive = poolOf(target, state, weights, where);
  const members = openMembers(listed, cols, where, target);
  return {
    target,
    labelScales,
    members,
    predict: (matrix) => {
      const own = pools.get(matrix.symbol ?? '');
      const counts = own?.weights ?? weights;
      // What a member without weight says is lost: it isn't asked.
      const nothing = new Float64Array(matrix.rows * outputsOf(target));
      const answers = members.map((member, k) => (counts[k]! > 0 ? member.predict(matrix) : nothing));
      return own === undefined ? finish(answers, weights) : poolProbabilities(answers, own.weights, own);
    },
    contributions: (row) => {
      const pool = pools.get(row.symbol ?? '') ?? additive;
      if (pool === null) return null;
      const parts = members.map((member, k) => (pool.weights[k]! > 0 ? member.contributions?.(row) : null));
      return parts.includes(undefined) ? null : addedUp(parts as (Float64Array | null)[], pool, target, cols);
    },
    dispose: () => members.forEach((member) => member.dispose()),
  };
}

/** What the members' answers are added up by; null where the state mixes them in another way. */
function poolOf(
  target: Target,
  { mean, calibration }: { readonly mean?: Plain; readonly calibration?: Plain },
  weights: Float64Array,
  where: string,
): FinishedPool | null {
  if (target.task === 'regression') return { weights, slope: 1, intercept: 0 };
  if (target.task !== 'binary' || mean !== 'log_odds') return null;
  const platt = readCalibration(calibration, `${where}.calibration`);
  return platt.kind === 'platt' ? { weights, slope: platt.slope, intercept: platt.intercept } : null;
}

/** @param parts of each member, null where it has no weight. */
function addedUp(
  parts: readonly (Float64Array | null)[],
  { weights, slope, intercept }: FinishedPool,
  target: Target,
  cols: number,
): Float64Array {
  const sum = new Float64Array(cols + 1);
  sum[cols] = intercept;
  parts.forEach((part, k) => {
    if (part === null) return;
    const said = part.reduce((all, value) => all + value, 0);
    // The pool takes no member's log odds beyond those of 1 in a million: the rest of them is lost.
    const kept = target.task === 'binary' && said !== 0 ? max(-mostSure, min(mostSure, said)) / said : 1;
    for (let c = 0; c <= cols; c++) sum[c]! += slope * weights[k]! * kept * part[c]!;
  });
  return sum;
}

const mostSure = logit(1);

/**
 * What makes one answer of the members' answers.
 * @param state `mean` and `calibration` as `model_state.ensemble` holds them.
 */
export function finishOf(
  target: Target,
  { mean, calibration: stored }: { readonly mean?: Plain; readonly calibration?: Plain },
  where: string,
): (answers: readonly Float64Array[], weights: Float64Array) => Float64Array {
  const ofCalibration = `${where}.calibration`;
  if (mean !== undefined && (mean !== 'log_odds' || target.task !== 'binary'))
    throw invalid(`${where}.mean`, `is ${JSON.stringify(mean)}, which this version knows nothing of`);
  switch (target.task) {
    case 'binary': {
      const calibration = readCalibration(stored, ofCalibration);
      if (mean === 'log_odds') {
        if (calibration.kind !== 'platt') throw invalid(ofCalibration, 'is missing');
        return (answers, weights) => poolProbabilities(answers, weights, calibration);
      }
      // Of an earlier version.
      return (answers, weights) => calibrate(calibration, weightedMean(answers, weights));
    }
    case 'multiclass': {
      const temperature = readTemperature(stored, target.classes, ofCalibration);
      return (answers, weights) =>
        withTemperature(temperature, weightedMean(answers, weights), outputsOf(target));
    }
    case 'regression':
      return weightedSum;
  }
}

function readWeights(value: Plain | undefined, members: number, where: string): Float64Array {
  const listed: readonly Plain[] = Array.isArray(value) ? value : [];
  const weights = listed.filter((w) => typeof w === 'number').filter((w) => w >= 0);
  const sum = weights.reduce((total, w) => total + w, 0);
  if (members === 0 || weights.length !== members || abs(sum - 1) > 1e-9)
    throw invalid(where, `needs one weight for each of its ${members} members, none below 0, summing to 1`);
  return Float64Array.from(weights);
}
