// The members' weights for each task, and how what they say together is calibrated.
import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import type { ClassWeights } from '../class-weights.ts';
import { meanLoss } from '../losses.ts';
import type { Plain } from '../strategy.ts';
import type { Labels, Target } from '../target.ts';
import { calibrationError } from '../calibration/platt.ts';
import { linearName } from './linear.ts';
import { solve } from './logistic-regression.ts';
import { bySymbolName, ownPools } from './by-symbol.ts';
import { fitPool, poolProbabilities, poolsToPlain, type FinishedPool, type Pool } from './pool.ts';
import { drawnTogether, maxRowsOutOfFold, mixtureWeights, timeFolds, weightedMean } from './stacking.ts';
import type { Stacking } from './stacking.ts';
import { fitTemperature, withTemperature } from '../calibration/temperature.ts';

/** What the members say out of fold, and what came. */
export interface AnsweredRows {
  /** One array a member, as `Member.predict` gives it. */
  readonly answers: readonly Float64Array[];
  readonly labels: Labels;
  readonly weights?: Float32Array;
  readonly time?: Float64Array;
  /** Of a model over several symbols: their names, and the number of each row's. */
  readonly bySymbol?: { readonly names: readonly string[]; readonly symbolIndex: Uint32Array };
}

/** Chooses by what the members say out of fold how much each counts, and how what they say is calibrated. */
export function fitCombination(
  target: Target,
  { answers, labels, names, ...rows }: AnsweredRows & { readonly names: readonly string[] },
  settings: Settings,
  classWeight: ClassWeights | null,
): Stacking {
  switch (target.task) {
    case 'binary':
      return poolMembers(names, { answers, labels, ...rows }, settings, classWeight);
    case 'multiclass':
      return stackClasses(target, { answers, labels, ...rows }, settings, classWeight);
    case 'regression': {
      const chosen = leastSquaresWeights(answers, labels);
      const weights = drawnTogether(chosen, settings.equal_share);
      return { weights, calibration: { kind: 'none' }, details: {}, state: {} };
    }
  }
}

/**
 * How far the linear members are believed before the rows are asked: less than at their word, as they too have
 * learnt some noise. It leaves the ranking as it is.
 */
const priorSlope = 0.7;
/** A pool whose weights say opposite things all the same keeps so much of the members' ranking. */
const minSlope = 0.1;

/**
 * The pool of two classes. Its prior is the linear member, and where there is one for each symbol
 * half of either; the rows out of fold must argue for the others. As `weights` that sum to 1, and a
 * calibration that has the rest. Over several symbols each has its own, held to those of all.
 */
function poolMembers(
  names: readonly string[],
  { answers, labels, bySymbol }: AnsweredRows,
  { stacking_l2: l2, calibration }: Settings,
  classWeight: ClassWeights | null,
): Stacking {
  const linear = names.map((name) =>
    Number(name === linearName({ task: 'binary' }) || name === bySymbolName),
  );
  const count = linear.reduce((sum, one) => sum + one, 0);
  const prior = linear.map((one) => (priorSlope * one) / count);
  const missingLogOdds = classWeight === null ? 0 : Math.log(classWeight[0]! / classWeight[1]!);
  const pool = fitPool(answers, labels, { prior, intercept: missingLogOdds, l2 });
  const finished = (of: Pool): FinishedPool => {
    const sum = of.weights.reduce((total, w) => total + w, 0);
    return {
      weights: sum > 0 ? of.weights.map((w) => w / sum) : Float64Array.from(linear, (one) => one / count),
      slope: calibration === 'none' ? 1 : Math.max(minSlope, sum),
      intercept: calibration === 'none' ? missingLogOdds : of.intercept,
    };
  };
  const { weights, ...platt } = finished(pool);
  const scores = (how: { slope: number; intercept: number }): Plain => {
    const said = poolProbabilities(answers, weights, how);
    return {
      log_loss: meanLoss({ task: 'binary' }, said, labels),
      expected_calibration_error: calibrationError(said, Uint8Array.from(labels)),
    };
  };
  const before = { slope: 1, intercept: missingLogOdds };
  const fitted = { kind: 'platt' as const, ...platt };
  const ofAll = {
    weights,
    calibration: fitted,
    details: { calibration: { ...fitted, out_of_fold: { before: scores(before), after: scores(fitted) } } },
    state: { mean: 'log_odds' as const },
  };
  if (bySymbol === undefined) return ofAll;
  const own = ownPools(answers, labels, bySymbol, {
    pool,
    prior: names.map((name) => (name === bySymbolName ? priorSlope : 0)),
    intercept: missingLogOdds,
    l2,
  }).map(finished);
  const weightsOf = (one: FinishedPool): Plain =>
    Object.fromEntries(names.map((name, k) => [name, one.weights[k]!]));
  return {
    ...ofAll,
    details: {
      ...ofAll.details,
      weights_by_symbol: Object.fromEntries(own.map((one, s) => [bySymbol.names[s]!, weightsOf(one)])),
    },
    state: { ...ofAll.state, pools: poolsToPlain(bySymbol.names, own) },
  };
}

/**
 * A weighted mean of the members' probabilities, calibrated by one temperature. A mean looks better on the
 * rows its weights were chosen on than it is, and a calibration fitted there would take that for the truth.
 * So where rows are few it is fitted out of fold: the rows are cut into five pieces of time, and each piece
 * gets the mean with weights chosen on the other four. The figures before and after are out of fold as well.
 */
function stackClasses(
  target: Target & { readonly task: 'multiclass' },
  rows: AnsweredRows,
  settings: Settings,
  classWeight: ClassWeights | null,
): Stacking {
  const { classes } = target;
  const all = Array.from(rows.labels, (_, i) => i);
  const weights = classStackingWeights(rows, all, classes, settings.equal_share);
  if (settings.calibration === 'none')
    return {
      weights,
      calibration: { kind: 'none' },
      details: { calibration: { kind: 'none' } },
      state: {},
    };

  const offsets = classWeight?.map((w) => -Math.log(w)) ?? new Array<number>(classes).fill(0);
  const options = { priorRows: settings.calibration_prior_rows, offsets };
  const folds = timeFolds(rows);
  const few = rows.labels.length <= maxRowsOutOfFold;
  const before = new Float64Array(rows.labels.length * classes);
  const meanOf = (rowsOfFold: readonly number[], ofFold: Float64Array): Float64Array =>
    weightedMean(
      rows.answers.map((answer) => takeRows(answer, rowsOfFold, classes)),
      ofFold,
    );
  for (const { inside, outside } of folds) {
    const ofFold = few ? classStackingWeights(rows, outside, classes, settings.equal_share) : weights;
    putRows(before, inside, classes, meanOf(inside, ofFold));
  }
  const after = new Float64Array(before.length);
  for (const { inside, outside } of folds) {
    const labels = outside.map((row) => rows.labels[row]!);
    const fitted = fitTemperature(takeRows(before, outside, classes), labels, options);
    putRows(after, inside, classes, withTemperature(fitted, takeRows(before, inside, classes), classes));
  }
  const calibration = fitTemperature(before, rows.labels, options);
  const scores = (p: Float64Array): Plain => ({ log_loss: meanLoss(target, p, rows.labels) });
  return {
    weights,
    calibration,
    details: {
      calibration: { ...calibration, out_of_fold: { before: scores(before), after: scores(after) } },
    },
    state: {},
  };
}

function classStackingWeights(
  { answers, labels, weights }: AnsweredRows,
  some: readonly number[],
  classes: number,
  equalShare: number,
): Float64Array {
  const members = answers.length;
  const given = new Float64Array(some.length * members);
  answers.forEach((p, k) =>
    some.forEach((row, i) => {
      given[i * members + k] = Math.max(1e-6, p[row * classes + labels[row]!]!);
    }),
  );
  const rowWeights = weights === undefined ? undefined : Float32Array.from(some, (row) => weights[row]!);
  return drawnTogether(mixtureWeights(given, members, rowWeights), equalShare);
}

function takeRows(values: Float64Array, rows: readonly number[], cols: number): Float64Array {
  const taken = new Float64Array(rows.length * cols);
  rows.forEach((row, i) => taken.set(values.subarray(row * cols, (row + 1) * cols), i * cols));
  return taken;
}

const putRows = (target: Float64Array, rows: readonly number[], cols: number, values: Float64Array): void =>
  rows.forEach((row, i) => target.set(values.subarray(i * cols, (i + 1) * cols), row * cols));

/**
 * Weights of the members, non-negative and summing to one, with the least squared error of the weighted mean
 * (Bates and Granger 1969, "The combination of forecasts"; Breiman 1996, "Stacked regressions"). With weights
 * that sum to one the error of the mean is the mean of the errors, so this is wᵀGw of their second moments
 * G, least over each set of members where G·w is constant on it. The sets are few, and all are tried.
 * @param answers one array a member, at most 10.
 */
export function leastSquaresWeights(answers: readonly Float64Array[], labels: Labels): Float64Array {
  const members = answers.length;
  if (members > 10) throw new RangeError(`${members} members have too many sets to try them all`);
  const gram = errorMoments(answers, labels);
  const trace = gram.reduce((sum, row, k) => sum + row[k]!, 0);
  const equal = new Float64Array(members).fill(1 / members);
  if (!(trace > 0)) return equal;
  // What is done by two that are alike, two should share.
  gram.forEach((row, k) => (row[k]! += 1e-9 * trace));
  let best = { weights: equal, error: Infinity };
  for (let set = 1; set < 2 ** members; set++) {
    const chosen = Array.from({ length: members }, (_, k) => k).filter((k) => (set >> k) & 1);
    const size = chosen.length;
    const moments = new Float64Array(size * size);
    chosen.forEach((k, i) => chosen.forEach((l, j) => (moments[i * size + j] = gram[k]![l]!)));
    const solution = solve(moments, new Float64Array(size).fill(1), size);
    const sum = solution.reduce((all, w) => all + w, 0);
    if (!(sum > 0) || solution.some((w) => w < 0)) continue;
    const weights = new Float64Array(members);
    chosen.forEach((k, i) => (weights[k] = solution[i]! / sum));
    const error = gram.reduce(
      (all, row, k) => all + weights[k]! * row.reduce((inner, g, l) => inner + g * weights[l]!, 0),
      0,
    );
    if (error < best.error) best = { weights, error };
  }
  return best.weights;
}

/** Mean products of the members' errors. */
function errorMoments(answers: readonly Float64Array[], labels: Labels): number[][] {
  return answers.map((a) =>
    answers.map((b) => {
      let sum = 0;
      for (let i = 0; i < labels.length; i++) sum += (a[i]! - labels[i]!) * (b[i]! - labels[i]!);
      return sum / labels.length;
    }),
  );
}
