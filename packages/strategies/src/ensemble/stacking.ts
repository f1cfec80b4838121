// How the members' answers become one: a weighted mean, whose weights are chosen on the validation rows,
// calibrated where they are probabilities.
import { logLoss } from '../evaluation/metrics.ts';
import type { LabelDefinition, Plain } from '../strategy.ts';
import { calibrate, calibrationError, fitCalibration, readCalibration } from '../calibration/platt.ts';
import type { Calibration } from '../calibration/platt.ts';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import { labelScalesFromPlain } from '../label-scales.ts';
import type { LabelScales } from '../label-scales.ts';
import { invalid, recordOf } from '../plain.ts';
import { checkTarget, outputsOf, targetFromPlain } from '../target.ts';
import type { Labels, Target } from '../target.ts';
import { memberProbabilities, openMembers } from './members.ts';
import type { Matrix, Member } from './members.ts';
import { readTemperature, withTemperature } from '../calibration/temperature.ts';
import type { Temperature } from '../calibration/temperature.ts';

// Held locally: a test runner's sandbox makes each look-up of a global slower than all this arithmetic.
const { abs, max, min } = Math;

/** What the members make of the validation rows, and what came. */
export interface StackingRows {
  /** See `memberProbabilities`. */
  readonly probabilities: readonly Float64Array[];
  readonly labels: Uint8Array;
  /** Weight of each row by its label; equal unless given. */
  readonly weights?: Float32Array;
  /** When each row was; the order given unless there. */
  readonly time?: Float64Array;
}

export interface Stacking {
  /** One a member, summing to one. */
  readonly weights: Float64Array;
  readonly calibration: Calibration | Temperature;
  readonly details: { readonly [name: string]: Plain };
}

/** Pieces of time that the validation rows are cut into. */
const maxFolds = 5;
/**
 * With more, four free weights flatter the mean by less than 0.001, which is not worth choosing them five
 * times more.
 */
export const maxRowsOutOfFold = 5_000;

/**
 * Chooses on the validation rows how much each member counts and how the weighted mean is calibrated
 * (stacking: Wolpert 1992, "Stacked generalization").
 *
 * A mean looks better on the rows its weights were chosen on than it is, by about as many log-likelihoods as
 * it has free weights, and a calibration fitted there would take that for the truth. So it is fitted out of
 * fold: the rows are cut into five pieces of time, and each piece gets the mean with weights chosen on the
 * other four. The figures before and after are out of fold as well. What is left is that boosting stopped at
 * its best validation loss.
 * @param priorIntercept see `fitCalibration`.
 */
export async function fitStacking(
  rows: StackingRows,
  settings: Settings,
  priorIntercept: number,
): Promise<Stacking> {
  const { probabilities, labels } = rows;
  const weightsOn = (some: readonly number[]): Float64Array =>
    stackingWeights(
      probabilities.map((p) => take(p, some)),
      take(labels, some),
      settings.equal_share,
      rows.weights && take(rows.weights, some),
    );
  const all = Array.from(labels, (_, i) => i);
  const weights = weightsOn(all);
  if (settings.calibration === 'none')
    return { weights, calibration: { kind: 'none' }, details: { calibration: { kind: 'none' } } };

  const options = { priorRows: settings.calibration_prior_rows, priorIntercept };
  const folds = timeFolds(rows);
  const before = new Float64Array(labels.length);
  for (const { inside, outside } of folds) {
    const inFold = probabilities.map((p) => take(p, inside));
    put(
      before,
      inside,
      weightedMean(inFold, labels.length > maxRowsOutOfFold ? weights : weightsOn(outside)),
    );
  }
  const after = new Float64Array(labels.length);
  for (const { inside, outside } of folds) {
    const fitted = await fitCalibration(take(before, outside), take(labels, outside), options);
    put(after, inside, calibrate(fitted, take(before, inside)));
  }
  const calibration = await fitCalibration(before, labels, options);
  const scores = (p: Float64Array): Plain => ({
    log_loss: logLoss(p, labels),
    expected_calibration_error: calibrationError(p, labels),
  });
  return {
    weights,
    calibration,
    details: {
      calibration: { ...calibration, out_of_fold: { before: scores(before), after: scores(after) } },
    },
  };
}

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

function take<T extends Float64Array | Float32Array | Uint8Array>(values: T, rows: readonly number[]): T {
  // The constructor of a typed array makes its own kind.
  const picked = new (values.constructor as new (length: number) => T)(rows.length);
  rows.forEach((row, i) => (picked[i] = values[row]!));
  return picked;
}

const put = (target: Float64Array, rows: readonly number[], values: Float64Array): void =>
  rows.forEach((row, i) => (target[row] = values[i]!));

/**
 * Weights of the members, non-negative and summing to one, that lower the log loss of the weighted mean of
 * the members' probabilities. The mean is a mixture, so expectation–maximisation goes toward the optimum of
 * this convex problem without a step size (Dempster, Laird and Rubin 1977). It starts from equal weights and
 * stops after 1000 iterations, which falls short where members are nearly alike: on the samples' 386
 * validation rows at a log loss of 0.68902 against 0.68857, with the regression at 0.51 where 20,000
 * iterations give it all.
 * @param probabilities one array a member, all of the length of `labels`.
 * @param rowWeights one a row; equal unless given.
 */
export function maximumLikelihoodWeights(
  probabilities: readonly Float64Array[],
  labels: Uint8Array,
  rowWeights?: Float32Array,
): Float64Array {
  const members = probabilities.length;
  const given = new Float64Array(labels.length * members);
  probabilities.forEach((p, k) =>
    labels.forEach((label, i) => {
      given[i * members + k] = max(1e-6, label === 1 ? p[i]! : 1 - p[i]!);
    }),
  );
  return mixtureWeights(given, members, rowWeights);
}

/**
 * The same of the probability that each member gave to what happened, kept off 0 as in the log loss.
 * @param given a row's members side by side.
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
 * The members' weights: `maximumLikelihoodWeights` drawn toward equal ones by `equalShare`. A few hundred
 * validation rows can't tell good members from lucky ones; equal weights are hard to beat (Stock and Watson
 * 2004, "Combination forecasts of output growth"), so both have a say.
 */
export function stackingWeights(
  probabilities: readonly Float64Array[],
  labels: Uint8Array,
  equalShare: number,
  rowWeights?: Float32Array,
): Float64Array {
  return drawnTogether(maximumLikelihoodWeights(probabilities, labels, rowWeights), equalShare);
}

/** Weights drawn toward equal ones. */
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
  const finish = finishOf(target, state.calibration, `${where}.calibration`);
  const labelScales = labelScalesFromPlain(state.label_scales, where);
  const members = openMembers(listed, cols, where, target);
  return {
    target,
    labelScales,
    members,
    predict: (matrix) => finish(memberProbabilities(members, matrix), weights),
    dispose: () => members.forEach((member) => member.dispose()),
  };
}

/**
 * What makes one answer of the members' answers.
 * @param stored the calibration.
 */
export function finishOf(
  target: Target,
  stored: Plain | undefined,
  where: string,
): (answers: readonly Float64Array[], weights: Float64Array) => Float64Array {
  switch (target.task) {
    case 'binary': {
      const calibration = readCalibration(stored, where);
      return (answers, weights) => calibrate(calibration, weightedMean(answers, weights));
    }
    case 'multiclass': {
      const temperature = readTemperature(stored, target.classes, where);
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
