import { StrategyError } from '../errors.ts';
import type { RowRange } from '../strategy.ts';

/** Shorter parts can't even be looked at; how little 5 rows say is in the report beside each score. */
const MIN_ROWS = { train: 20, validation: 5, holdout: 5 } as const;

export interface Split {
  readonly train: RowRange;
  readonly validation: RowRange;
  readonly holdout: RowRange;
}

/**
 * Cuts the bars [from, to) in time: train | gap | validation | gap | holdout. A gap is `horizon` rows, so that no label of an earlier
 * part reaches into a later one (purging), and an embargo more, because neighbouring rows share most of their features'
 * window and their volatility (López de Prado, "Advances in Financial Machine Learning", 2018, ch. 7, who takes 1 % of the
 * rows). The last `horizon` bars have no label and belong to no part.
 * @param from first row whose features are defined.
 * @param to number of bars.
 * @param horizon bars from a row to its label.
 * @param embargoShare share of the labelled rows, rounded down.
 * @param validationShare, holdoutShare shares of the labelled rows that remain between the gaps.
 * @param holdoutRows instead of a share.
 * @throws StrategyError TOO_FEW_BARS, with the figures, when a part would be too small.
 */
export function splitInTime(options: {
  readonly from: number;
  readonly to: number;
  readonly horizon: number;
  readonly embargoShare?: number;
  readonly validationShare?: number;
  readonly holdoutShare?: number;
  readonly holdoutRows?: number | undefined;
}): Split {
  const { from, to, horizon, embargoShare = 0.01, validationShare = 0.15, holdoutShare = 0.2 } = options;
  const end = to - horizon;
  const gap = horizon + Math.floor(Math.max(0, end - from) * embargoShare);
  const usable = end - from - 2 * gap;
  const holdoutRows = options.holdoutRows ?? Math.floor(usable * holdoutShare);
  const validationRows = Math.floor(usable * validationShare);
  const trainRows = usable - holdoutRows - validationRows;
  if (trainRows < MIN_ROWS.train || validationRows < MIN_ROWS.validation || holdoutRows < MIN_ROWS.holdout)
    throw new StrategyError(
      'TOO_FEW_BARS',
      `${to} bars leave ${Math.max(0, usable)} rows to learn from (${from} bars warm up the features, ${2 * gap + horizon} fall to ` +
        `gaps and labels): ${Math.max(0, trainRows)} train, ${Math.max(0, validationRows)} validation and ` +
        `${Math.max(0, holdoutRows)} holdout rows, but at least ${MIN_ROWS.train}, ${MIN_ROWS.validation} and ` +
        `${MIN_ROWS.holdout} are needed; give more bars`,
    );
  const train = { from, to: from + trainRows };
  const validation = { from: train.to + gap, to: train.to + gap + validationRows };
  return { train, validation, holdout: { from: validation.to + gap, to: end } };
}
