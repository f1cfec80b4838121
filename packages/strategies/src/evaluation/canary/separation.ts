import type { Bars, Preparation } from '../../strategy.ts';
import { auc } from '../metrics.ts';
import { columnName, leak } from './leak.ts';
import { spread } from './spread.ts';

/** No single feature of a real market says that much about its next move. */
const implausible = 0.95;
/** Of fewer rows, chance alone can look like it. */
const leastRows = 100;
const mostRows = 2_000;
/** A price that so large a share of moves can be told of by its own last four is a regular one, such as a sine. */
const regular = 0.75;

export interface StrongestFeature {
  readonly symbol: string;
  readonly feature: string;
  /** Of the feature alone on training rows, turned so that it is at least one half. */
  readonly auc: number;
}

/**
 * Looks for a feature that alone tells rises from falls: the mark of an input that already holds the future, such as a volume that was
 * revised afterwards, which no change of later bars can show. Passed over where the price's own last four moves tell the next one
 * (on a sine nothing is implausible), where there are fewer than 100 training rows, or where all labels are the same.
 * @throws StrategyError LEAK when a feature's AUC is above 0.95.
 */
export function checkSeparation(
  prepared: Preparation,
  barsOf: ReadonlyMap<string, Bars>,
  horizon: number,
): StrongestFeature | null {
  let strongest: StrongestFeature | null = null;
  for (const { symbol, train } of prepared.symbols) {
    const cols = train.features.length / train.rows.length;
    const picked = spread(train.rows.length, mostRows);
    const labels = Uint8Array.from(picked, (r) => train.labels[r]!);
    for (let c = 0; c < cols; c++) {
      const area = auc(
        Float64Array.from(picked, (r) => train.features[r * cols + c]!),
        labels,
      );
      if (area === null) break;
      const found = { symbol, feature: columnName(c, cols), auc: Math.max(area, 1 - area) };
      if (strongest === null || found.auc > strongest.auc) strongest = found;
      const enough = picked.length >= leastRows && found.auc > implausible;
      if (enough && foretold(train, horizon) < regular)
        throw leak(
          barsOf.get(symbol),
          undefined,
          `the feature ${found.feature} alone tells rises from falls in training (AUC ${found.auc.toFixed(3)}), which no ` +
            `honest input of a market does; look whether bars hold what was known only later`,
        );
    }
  }
  return strongest;
}

/** Share of training labels that are what mostly follows the four labels known before them. */
function foretold({ rows, labels }: Preparation['symbols'][number]['train'], horizon: number): number {
  const follows = new Float64Array(2 * 16);
  let pattern = 0;
  let known = 0;
  for (let r = horizon; r < rows.length; r++) {
    // What is known at row r of its neighbours' labels ends with the one a horizon before.
    pattern = ((pattern << 1) | labels[r - horizon]!) & 15;
    if (r < horizon + 3) continue;
    follows[2 * pattern + labels[r]!]!++;
    known++;
  }
  let right = 0;
  for (let p = 0; p < 16; p++) right += Math.max(follows[2 * p]!, follows[2 * p + 1]!);
  return right / known;
}
