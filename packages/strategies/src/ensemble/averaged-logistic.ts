// The linear member of two classes: logistic regressions under several penalties, averaged.
import { logLikelihood } from '../evaluation/metrics.ts';
import type { Fold } from '../evaluation/folds.ts';
import { takeRows, type LabelledRows } from '../dataset.ts';
import { toNdArray } from '../ndarray.ts';
import type { TrainContext } from '../strategy.ts';
import { lassoPath, strongestPenalty } from './lasso.ts';
import {
  boundingCurvature,
  fitLogistic,
  penaltyStep,
  type Curvature,
  type RegressionRows,
} from './logistic-regression.ts';
import { logitsOf } from './products.ts';
import type { CrossValidated } from './trees.ts';

// Held locally: a test runner's sandbox makes each look-up of a global slower than all this arithmetic.
const { abs, exp, max, sqrt } = Math;

/**
 * What the next move depends on first where it depends on anything: the last few moves and how much was
 * traded. One of the paths is fitted on these alone, and in the other they are penalised less.
 */
const recentFeatures: ReadonlySet<string> = new Set([
  'return_1',
  'lag_1',
  'lag_2',
  'lag_3',
  'lag_4',
  'lag_5',
  'volume_shock',
  'return_by_volume',
]);
/** How much more the lasso penalises the others. */
const otherFactor = 1.5;
/** The weakest penalty of a lasso, as a share of the one at which all coefficients are 0. */
const weakestShare = 0.03;
/**
 * Of the adaptive lasso (Zou 2006, "The adaptive lasso and its oracle properties"): penalties go with the
 * inverse of what a ridge regression gives each coefficient, this much added to keep them finite.
 */
const adaptive = { ridge: 0.015, floor: 0.02, scale: 0.07 };

/**
 * Deviation below which a column stands still; columns come scaled to about 1, and those without volume, say, as
 * what rounding leaves of 0.
 */
const standingStill = 1e-6;

interface Settings {
  readonly logistic_l2: number;
  readonly logistic_penalties: number;
  readonly lasso_penalties: number;
}

/**
 * Largest component of a gradient that counts as none: coefficients are then right to 5e-5, which is nothing
 * beside their standard error of 0.02 on 10,000 rows.
 */
const tolerance = 1e-6;

/** A model: one coefficient a column and the bias last, of rows as they are given. */
type Point = Float64Array;

/**
 * Logistic regressions along three paths of penalties: the adaptive lasso on the recent features, the same on
 * all, and a ridge regression on all, which is better where many features carry a little of the same. Their
 * coefficients are averaged, each weighted by its likelihood out of fold (pseudo-Bayesian model averaging;
 * Geisser and Eddy 1979). Few rows say too little to choose a single one: on 20 series each of six kinds with
 * 1,000 bars the mean was right 0.1 to 0.7 points more often than the best of them.
 * @param rows scaled features.
 * @param run.chosen what each penalty weighs, where that is known: nothing is chosen then.
 */
export async function averagedLogistic(
  rows: LabelledRows,
  featureNames: readonly string[],
  folds: readonly Fold[],
  run: {
    readonly settings: Settings;
    readonly context: Pick<TrainContext, 'epoch'>;
    readonly pause: () => Promise<void>;
    readonly chosen?: readonly number[] | undefined;
  },
): Promise<CrossValidated> {
  const points = async (some: LabelledRows): Promise<Point[]> => {
    const found: Point[] = [];
    const whole = standardised(some);
    for (const path of pathsOf(featureNames, run.settings)) found.push(...(await path(whole, run.pause)));
    return found.map((point) => unstandardised(point, whole));
  };
  const logits: Float64Array[][] = [];
  let likelihoods = new Float64Array(0);
  for (const { fit, ask } of folds) {
    const asked = takeRows(rows, ask);
    const said = (await points(takeRows(rows, fit))).map((point) => logitsOf(asked, point));
    logits.push(said);
    const ofFold = said.map((logit) => weightedLikelihood(logit, asked));
    likelihoods = Float64Array.from(ofFold, (value, i) => value + (likelihoods[i] ?? 0));
    await run.pause();
  }
  const asked = folds.reduce((sum, { ask }) => sum + weightOf(rows, ask), 0);
  likelihoods.forEach((value, i) =>
    run.context.epoch(i + 1, { logistic_validation_log_loss: -value / asked }),
  );
  const weights = run.chosen === undefined ? likely(likelihoods) : Float64Array.from(run.chosen);
  const point = meanOf(await points(rows), weights);
  return {
    member: {
      stored: {
        name: 'logistic',
        kind: 'logistic',
        kernel: toNdArray(Float32Array.from(point.subarray(0, rows.cols)), [rows.cols, 1]),
        bias: point[rows.cols]!,
      },
      rounds: weights.indexOf(weights.reduce((a, b) => max(a, b))) + 1,
      penaltyWeights: [[...weights]],
    },
    answers: logits.map((ofFold) => meanOf(ofFold, weights).map((z) => 1 / (1 + exp(-z)))),
  };
}

/** Weights that sum to 1, in the ratio of the likelihoods. */
function likely(likelihoods: Float64Array): Float64Array {
  const best = likelihoods.reduce((a, b) => max(a, b), -Infinity);
  const raw = likelihoods.map((value) => exp(value - best));
  const total = raw.reduce((sum, w) => sum + w, 0);
  return raw.map((w) => w / total);
}

/** Points of all columns, of rows as they are standardised. */
type Path = (rows: StandardRows, pause: () => Promise<void>) => Promise<Point[]>;

function pathsOf(names: readonly string[], settings: Settings): Path[] {
  const recent = names.flatMap((name, c) => (recentFeatures.has(name) ? [c] : []));
  const all = names.map((_, c) => c);
  const factors = names.map((name) => (recentFeatures.has(name) ? 1 : otherFactor));
  const ridge: Path = (rows, pause) => ridgePath(rows, settings, pause);
  if (settings.lasso_penalties === 0) return [ridge];
  const lasso = (cols: readonly number[]): Path => {
    const ofCols = cols.map((c) => factors[c]!);
    return (rows, pause) => adaptiveLassoPath(rows, cols, ofCols, settings.lasso_penalties, pause);
  };
  const apart = recent.length > 1 && recent.length < names.length;
  return [...(apart ? [lasso(recent)] : []), lasso(all), ridge];
}

async function adaptiveLassoPath(
  whole: StandardRows,
  cols: readonly number[],
  factors: readonly number[],
  count: number,
  pause: () => Promise<void>,
): Promise<Point[]> {
  const rows = columnsOf(whole, cols);
  const first = await fitLogistic(rows, { l2: adaptive.ridge, tolerance, curvature: { ...rows.bound } });
  const own = factors.map(
    (factor, c) => (factor * adaptive.scale) / (abs(first.kernel[c]!) + adaptive.floor),
  );
  const strongest = strongestPenalty(rows, own);
  const penalties = Array.from(
    { length: count },
    (_, i) => strongest * weakestShare ** (count === 1 ? 0 : i / (count - 1)),
  );
  const path = await lassoPath(rows, { penalties, factors: own, bound: rows.bound, pause });
  return path.map((point) => {
    const all = new Float64Array(whole.cols + 1);
    all[whole.cols] = point[cols.length]!;
    cols.forEach((c, k) => (all[c] = point[k]!));
    return all;
  });
}

async function ridgePath(
  rows: StandardRows,
  { logistic_l2: weakest, logistic_penalties: count }: Settings,
  pause: () => Promise<void>,
): Promise<Point[]> {
  const points: Point[] = [];
  const curvature = { ...rows.bound };
  let start: Point | undefined;
  for (let i = 0; i < count; i++) {
    const l2 = weakest * penaltyStep ** (count - 1 - i);
    const { kernel, bias } = await fitLogistic(rows, { l2, start, tolerance, curvature, afterStep: pause });
    start = Float64Array.of(...kernel, bias);
    points.push(start);
  }
  return points;
}

/** Rows whose columns have mean 0 and deviation 1, and XᵀX / 4, which all paths share. */
interface StandardRows extends RegressionRows {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
  readonly bound: Curvature;
}

function standardised({ data, rows, cols, labels, weights }: LabelledRows): StandardRows {
  const means = new Float64Array(cols);
  const deviations = new Float64Array(cols);
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) means[c]! += data[r * cols + c]! / rows;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++) deviations[c]! += (data[r * cols + c]! - means[c]!) ** 2 / rows;
  for (let c = 0; c < cols; c++) {
    const deviation = sqrt(deviations[c]!);
    // A column that stands still tells nothing, and what rounding leaves of it would be blown up.
    deviations[c] = deviation > standingStill ? deviation : Infinity;
  }
  const standard = new Float64Array(rows * cols);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++)
      standard[r * cols + c] = (data[r * cols + c]! - means[c]!) / deviations[c]!;
  const found = { data: standard, rows, cols, targets: labels, weights };
  return { ...found, means, deviations, bound: boundingCurvature(found) };
}

/** Some of the columns. */
function columnsOf(
  { data, rows, cols, targets, weights, bound }: StandardRows,
  some: readonly number[],
): RegressionRows & { readonly bound: Curvature } {
  const taken = new Float64Array(rows * some.length);
  for (let r = 0; r < rows; r++)
    for (let k = 0; k < some.length; k++) taken[r * some.length + k] = data[r * cols + some[k]!]!;
  const places = [...some, cols];
  const lower = new Float64Array(places.length ** 2);
  places.forEach((a, i) => {
    for (let j = 0; j <= i; j++) lower[i * places.length + j] = bound.lower[a * (cols + 1) + places[j]!]!;
  });
  return { data: taken, rows, cols: some.length, targets, weights, bound: { lower } };
}

/** The same model of the rows as they were. */
function unstandardised(point: Point, { cols, means, deviations }: StandardRows): Point {
  const all = point.slice();
  for (let c = 0; c < cols; c++) {
    all[c]! /= deviations[c]!;
    all[cols]! -= all[c]! * means[c]!;
  }
  return all;
}

function weightedLikelihood(logits: Float64Array, { labels, weights }: LabelledRows): number {
  let sum = 0;
  logits.forEach((z, r) => {
    sum += (weights?.[r] ?? 1) * logLikelihood(1 / (1 + exp(-z)), labels[r]!);
  });
  return sum;
}

function weightOf({ weights }: LabelledRows, some: Uint32Array): number {
  if (weights === undefined) return some.length;
  return some.reduce((sum, row) => sum + weights[row]!, 0);
}

function meanOf(vectors: readonly Float64Array[], weights: Float64Array): Float64Array {
  const mean = new Float64Array(vectors[0]!.length);
  vectors.forEach((vector, k) => {
    if (weights[k]! > 0) for (let i = 0; i < mean.length; i++) mean[i]! += weights[k]! * vector[i]!;
  });
  return mean;
}
