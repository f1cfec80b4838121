import type { FeatureSet, FeatureTable } from '../../features/index.ts';
import { createRandom } from '../../random.ts';
import type { Bars, LabelDefinition, Labels, Preparation } from '../../strategy.ts';
import { auc } from '../metrics.ts';
import { normalQuantile } from '../deflated-sharpe.ts';
import { columnName, leak } from './exact.ts';

/** No single feature of a real market says that much about its next move. */
const maxAuc = 0.95;
/** Few do that much, so that somebody should look. */
const warnAuc = 0.65;
/** Jobs, each of all its features and symbols, in which chance alone may take a feature so far. */
const warnedByChance = 0.001;
/** Of fewer rows, chance alone can look like it. */
const minRows = 100;
const maxRows = 2_000;
/**
 * A price that so large a share of moves can be told of by its own last four is a regular one, such as a
 * sine.
 */
const maxPredictability = 0.75;

interface StrongestFeature {
  readonly symbol: string;
  readonly feature: string;
  /** Of the feature alone on training rows, turned so that it is at least one half. */
  readonly auc: number;
}

/** What was found: the feature that tells most, and what to tell of features that tell much. */
export interface Separation {
  readonly strongest: StrongestFeature | null;
  /** A sentence a symbol. */
  readonly warnings: readonly string[];
}

/**
 * Looks for a feature that alone tells rises from falls: the mark of an input that already holds the
 * future, such as a volume that was revised afterwards, which no change of later bars can show. Passed over
 * where the price's own last four moves tell the next one (on a sine nothing is implausible), where there
 * are fewer than 100 training rows, or where all labels point the same way. Classes that point nowhere,
 * such as a timeout, are left out: that volatility tells of them is nothing odd. Values of a regression
 * point up above 0 and down below, an AUC of 0.65 being a rank correlation of about 0.33.
 *
 * From an AUC of 0.65 on it warns, such as of a centred mean of the price, also where the price is regular;
 * with few rows only where chance takes one of all features that far in less than 1 of 1,000 jobs. Labels
 * that overlap count as that many fewer rows. None of 100 random walks each of 150, 200, 300, 500 and 1,000
 * bars was warned of with horizons of 1 and 5, though the strongest of the 25 features passed 0.65 in up to
 * 96 of them; nor was any of 63 stretches of 1,000 bars of the samples with horizons of 1, 5 and 20. Walks
 * whose closes were replaced by centred means of 3 or 5 were, of 200 bars and more (AUC 0.81 to 0.92).
 * @throws StrategyError LEAK when a feature's AUC is above 0.95.
 */
export function checkSeparation(
  prepared: Preparation,
  barsOf: ReadonlyMap<string, Bars>,
  names: readonly string[],
): Separation {
  const { label, horizon } = prepared;
  let strongest: StrongestFeature | null = null;
  const warnings: string[] = [];
  for (const { symbol, train } of prepared.symbols) {
    const cols = train.features.length / train.rows.length;
    const directions = directionsOf(train.labels, label);
    const picked = spread(train.rows.length, maxRows).filter((r) => directions[r] !== 0);
    const labels = Uint8Array.from(picked, (r) => (directions[r]! > 0 ? 1 : 0));
    const byChance = aucByChance(labels, horizon, cols * prepared.symbols.length);
    const telling: StrongestFeature[] = [];
    for (let c = 0; c < cols; c++) {
      const area = auc(
        Float64Array.from(picked, (r) => train.features[r * cols + c]!),
        labels,
      );
      if (area === null) break;
      const found = { symbol, feature: columnName(c, names), auc: Math.max(area, 1 - area) };
      if (strongest === null || found.auc > strongest.auc) strongest = found;
      if (found.auc >= Math.max(warnAuc, byChance)) telling.push(found);
      const enough = picked.length >= minRows && found.auc > maxAuc;
      if (enough && predictability(directions, horizon) < maxPredictability)
        throw leak(
          barsOf.get(symbol),
          undefined,
          `the feature ${found.feature} alone tells rises from falls in training ` +
            `(AUC ${found.auc.toFixed(3)}), which no honest input of a market does; look whether ` +
            'bars hold what was known only later',
        );
    }
    if (telling.length > 0) warnings.push(warningOf(telling));
  }
  return { strongest, warnings };
}

/** How far from one half chance may take the AUC of the best of so many features, on either side. */
function aucByChance(labels: Uint8Array, horizon: number, features: number): number {
  const rises = labels.reduce((sum, label) => sum + label, 0);
  const falls = labels.length - rises;
  const deviation = Math.sqrt((horizon * (labels.length + 1)) / (12 * rises * falls));
  return 0.5 + normalQuantile(1 - warnedByChance / (2 * features)) * deviation;
}

function warningOf(telling: readonly StrongestFeature[]): string {
  const { symbol, feature, auc: area } = telling.reduce((a, b) => (b.auc > a.auc ? b : a));
  const others = telling.length === 1 ? '' : ` (${telling.length - 1} more do so less clearly)`;
  return (
    `${symbol}: the feature ${feature} alone tells rises from falls in training with an AUC of ` +
    `${area.toFixed(3)}${others}, which real markets rarely allow; look whether bars hold what was known only ` +
    'later, such as a smoothed price or a volume that was revised'
  );
}

/** Which way each label points: down −1, up 1, nowhere 0. */
function directionsOf(labels: Labels, { task, classes }: LabelDefinition): Int8Array {
  if (task === 'regression') return Int8Array.from(labels, Math.sign);
  return Int8Array.from(labels, (label) => (task === 'policy' ? 2 * label - 1 : classes[label]!.position));
}

/** Share of training labels that are what mostly follows the four labels known before them. */
function predictability(directions: Int8Array, horizon: number): number {
  const follows = new Float64Array(2 * 16);
  let pattern = 0;
  let known = 0;
  for (let r = horizon; r < directions.length; r++) {
    // What is known at row r of its neighbours' labels ends with the one a horizon before.
    pattern = ((pattern << 1) | up(directions[r - horizon]!)) & 15;
    if (r < horizon + 3 || directions[r] === 0) continue;
    follows[2 * pattern + up(directions[r]!)]!++;
    known++;
  }
  let right = 0;
  for (let p = 0; p < 16; p++) right += Math.max(follows[2 * p]!, follows[2 * p + 1]!);
  return right / known;
}

const up = (direction: number): number => (direction > 0 ? 1 : 0);

const permutations = 20;
const maxTrainRows = 10_000;
const maxHoldoutRows = 5_000;
/** In standard errors; by chance a mean is further out in less than 1 of 10^6 jobs of 10 symbols. */
const maxDeviation = 5.5;

/** What a learner of shuffled labels scored on the holdout. */
export interface ShuffledScore {
  /** Mean AUC over permutations, of the symbol where it is furthest from one half. */
  readonly auc: number;
  /** How far from one half chance alone may take it. */
  readonly allowed: number;
}

/**
 * Gives every labelled bar of a symbol another bar's label at random, fits a ridge regression to the training
 * rows and scores it on the holdout rows, both with the labels they were given. Nothing is to be found then
 * but what the learner has seen of the very rows it is judged on, so an AUC beyond chance means that training
 * rows reappear in the holdout.
 *
 * It catches rows in both parts, whatever order or disguise they are in. It can't catch a feature that holds
 * the future, since shuffled labels have nothing to do with any feature: `checkUnchanged` and
 * `checkSeparation` look for that. Because the labels are a random permutation, the score's distribution is
 * the exact one of Mann–Whitney's U: neighbouring rows that resemble each other can't raise a false alarm.
 * @throws StrategyError LEAK
 */
export function checkShuffled(
  prepared: Preparation,
  barsOf: ReadonlyMap<string, Bars>,
  seed: number,
  compute: FeatureSet['compute'],
): ShuffledScore | null {
  let worst: ShuffledScore | null = null;
  for (const { symbol, train, holdout } of prepared.symbols) {
    const bars = barsOf.get(symbol)!;
    const random = createRandom(seed).fork(`shuffled ${symbol}`);
    const table = compute(bars);
    // The first rows may have no label.
    const { firstRow } = prepared.label;
    const labels = twoSides(prepared.label.of(bars).subarray(firstRow));
    const trainRows = spread(train.rows.length, maxTrainRows).map((r) => train.rows[r]!);
    const holdoutRows = spread(holdout.to - holdout.from, maxHoldoutRows).map((r) => holdout.from + r);
    const ridge = ridgeRegression(standardised(table, prepared.scaler, trainRows), table.cols);
    const judged = standardised(table, prepared.scaler, holdoutRows);

    const areas: number[] = [];
    let variance = 0;
    for (let p = 0; p < permutations; p++) {
      random.shuffle(labels);
      const weights = ridge.fit(Float64Array.from(trainRows, (t) => 2 * labels[t - firstRow]! - 1));
      const given = Uint8Array.from(holdoutRows, (t) => labels[t - firstRow]!);
      const area = auc(ridge.score(judged, weights), given);
      if (area === null) continue;
      areas.push(area);
      const rises = given.reduce((sum, label) => sum + label, 0);
      variance += (given.length + 1) / (12 * rises * (given.length - rises));
    }
    if (areas.length === 0) continue;
    const mean = areas.reduce((sum, area) => sum + area, 0) / areas.length;
    const allowed = (maxDeviation * Math.sqrt(variance)) / areas.length;
    if (Math.abs(mean - 0.5) > allowed)
      throw leak(
        bars,
        undefined,
        `a learner of shuffled labels scores an AUC of ${mean.toFixed(3)} on the holdout, ` +
          `beyond 0.5 ± ${allowed.toFixed(3)}: holdout rows are among those it learns from`,
      );
    if (worst === null || Math.abs(mean - 0.5) > Math.abs(worst.auc - 0.5)) worst = { auc: mean, allowed };
  }
  return worst;
}

/** 1 from that value or class number on that parts the labels most evenly, 0 below; of 0 and 1 the same. */
function twoSides(labels: Labels): Uint8Array {
  const ascending = Float64Array.from(labels).sort();
  const middle = ascending[ascending.length >> 1] ?? 0;
  const [below, upTo] = [
    ascending.findIndex((y) => y >= middle),
    ascending.findLastIndex((y) => y <= middle) + 1,
  ];
  const evener = ascending.length - upTo > below;
  return Uint8Array.from(labels, (label) => ((evener ? label > middle : label >= middle) ? 1 : 0));
}

/** The chosen rows, row-major, each column less its mean and over its scale. */
function standardised(
  { data, cols }: FeatureTable,
  { mean, scale }: Preparation['scaler'],
  rows: Int32Array,
): Float64Array {
  const chosen = new Float64Array(rows.length * cols);
  rows.forEach((t, r) => {
    for (let c = 0; c < cols; c++) chosen[r * cols + c] = (data[t * cols + c]! - mean[c]!) / scale[c]!;
  });
  return chosen;
}

/** At most `max` of the indices 0…count−1, evenly spaced. */
function spread(count: number, max: number): Int32Array {
  const picked = Math.min(count, max);
  return Int32Array.from({ length: picked }, (_, i) => Math.floor((i * count) / picked));
}

/** Share of the mean diagonal that is added to it: enough to tell apart columns that say the same. */
const penalty = 1e-3;

/**
 * Ridge regression without intercept of many targets on one row-major matrix: the normal equations are
 * factored once (Cholesky), so a further target costs one pass over the rows.
 */
function ridgeRegression(rows: Float64Array, cols: number) {
  const factor = cholesky(gram(rows, cols), cols);
  return {
    /** Weights, one a column. */
    fit: (target: Float64Array): Float64Array => {
      const weights = new Float64Array(cols);
      target.forEach((y, r) => {
        for (let c = 0; c < cols; c++) weights[c]! += rows[r * cols + c]! * y;
      });
      return solve(factor, cols, weights);
    },
    score: (others: Float64Array, weights: Float64Array): Float64Array =>
      Float64Array.from({ length: others.length / cols }, (_, r) => {
        let sum = 0;
        for (let c = 0; c < cols; c++) sum += others[r * cols + c]! * weights[c]!;
        return sum;
      }),
  };
}

function gram(rows: Float64Array, cols: number): Float64Array {
  const products = new Float64Array(cols * cols);
  for (let r = 0; r < rows.length; r += cols)
    for (let i = 0; i < cols; i++) {
      const x = rows[r + i]!;
      for (let j = 0; j <= i; j++) products[i * cols + j]! += x * rows[r + j]!;
    }
  let trace = 0;
  for (let i = 0; i < cols; i++) trace += products[i * cols + i]!;
  for (let i = 0; i < cols; i++) products[i * cols + i]! += (penalty * trace) / cols + Number.MIN_VALUE;
  return products;
}

/** Lower triangle L of a = L·Lᵀ, in place. */
function cholesky(a: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!;
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / a[j * n + j]!;
    }
  return a;
}

/** x of L·Lᵀ·x = b, in place of b. */
function solve(l: Float64Array, n: number, b: Float64Array): Float64Array {
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) b[i]! -= l[i * n + k]! * b[k]!;
    b[i]! /= l[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) b[i]! -= l[k * n + i]! * b[k]!;
    b[i]! /= l[i * n + i]!;
  }
  return b;
}
