import { computeFeatures } from '../../features/index.ts';
import type { FeatureTable } from '../../features/index.ts';
import { createRandom } from '../../random.ts';
import type { Bars, Preparation } from '../../strategy.ts';
import { auc } from '../metrics.ts';
import { directionLabels } from '../labels.ts';
import { leak } from './leak.ts';
import { openRidge } from './ridge.ts';
import { spread } from './spread.ts';

const permutations = 20;
const mostTrain = 10_000;
const mostHoldout = 5_000;
/** Standard errors; by chance a mean is further out in less than 1 of 10^6 jobs of 10 symbols. */
const bound = 5.5;

/** What a learner of shuffled labels scored on the holdout. */
export interface ShuffledScore {
  /** Mean AUC over permutations, of the symbol where it is furthest from one half. */
  readonly auc: number;
  /** How far from one half chance alone may take it. */
  readonly allowed: number;
}

/**
 * Gives every labelled bar of a symbol another bar's label at random, fits a ridge regression to the training rows and scores it on
 * the holdout rows, both with the labels they were given. Nothing is to be found then but what the learner has seen of the very
 * rows it is judged on, so an AUC beyond chance means that training rows reappear in the holdout.
 *
 * It catches rows in both parts, whatever order or disguise they are in. It can't catch a feature that holds the
 * future, since shuffled labels have nothing to do with any feature: `checkUnchanged` and `checkSeparation` look for that.
 * Because the labels are a random permutation, the score's distribution is the exact one of Mann–Whitney's U: neighbouring
 * rows that resemble each other can't raise a false alarm.
 * @throws StrategyError LEAK
 */
export function checkShuffled(
  prepared: Preparation,
  barsOf: ReadonlyMap<string, Bars>,
  horizon: number,
  seed: number,
): ShuffledScore | null {
  let worst: ShuffledScore | null = null;
  for (const { symbol, train, holdout } of prepared.symbols) {
    const bars = barsOf.get(symbol)!;
    const random = createRandom(seed).fork(`shuffled ${symbol}`);
    const table = computeFeatures(bars);
    const labels = directionLabels(bars.close, horizon);
    const trainRows = spread(train.rows.length, mostTrain).map((r) => train.rows[r]!);
    const holdoutRows = spread(holdout.to - holdout.from, mostHoldout).map((r) => holdout.from + r);
    const ridge = openRidge(standardised(table, prepared.scaler, trainRows), table.cols);
    const judged = standardised(table, prepared.scaler, holdoutRows);

    const areas: number[] = [];
    let variance = 0;
    for (let p = 0; p < permutations; p++) {
      random.shuffle(labels);
      const weights = ridge.fit(Float64Array.from(trainRows, (t) => 2 * labels[t]! - 1));
      const given = Uint8Array.from(holdoutRows, (t) => labels[t]!);
      const area = auc(ridge.score(judged, weights), given);
      if (area === null) continue;
      areas.push(area);
      const rises = given.reduce((sum, label) => sum + label, 0);
      variance += (given.length + 1) / (12 * rises * (given.length - rises));
    }
    if (areas.length === 0) continue;
    const mean = areas.reduce((sum, area) => sum + area, 0) / areas.length;
    const allowed = (bound * Math.sqrt(variance)) / areas.length;
    if (Math.abs(mean - 0.5) > allowed)
      throw leak(
        bars,
        undefined,
        `a learner of shuffled labels scores an AUC of ${mean.toFixed(3)} on the holdout, beyond 0.5 ± ${allowed.toFixed(3)}: ` +
          `holdout rows are among those it learns from`,
      );
    if (worst === null || Math.abs(mean - 0.5) > Math.abs(worst.auc - 0.5)) worst = { auc: mean, allowed };
  }
  return worst;
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
