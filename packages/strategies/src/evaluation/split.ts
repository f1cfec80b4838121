import { StrategyError } from '../errors.ts';
import type { judgingSettings, ParamsOf } from '@ml-training/sdk';
import type { Bars, RowRange } from '../strategy.ts';

/** Shorter parts can't even be looked at; how little 5 rows say is in the report beside each score. */
const MIN_ROWS = { train: 20, validation: 5, holdout: 5 } as const;

export interface Split {
  readonly train: RowRange;
  readonly validation: RowRange;
  readonly holdout: RowRange;
}

/**
 * Cuts the bars [from, to) in time: train | gap | validation | gap | holdout. A gap is `horizon` rows, so
 * that no label of an earlier part reaches into a later one (purging), and an embargo more, because
 * neighbouring rows share most of their features' window and their volatility (López de Prado, "Advances in
 * Financial Machine Learning", 2018, ch. 7, who takes 1 % of the rows). The last `horizon` bars have no label
 * and belong to no part.
 * @param from first row whose features are defined.
 * @param to number of bars.
 * @param horizon bars from a row to its label.
 * @param embargoShare share of the labelled rows, rounded down.
 * @param validationShare, holdoutShare shares of the labelled rows that remain between the gaps.
 * @param holdoutRows instead of a share.
 * @param trainBars newest bars before the holdout's gap that may be learnt from, validation rows among them; 0: all.
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
  readonly trainBars?: number;
}): Split {
  const { from, to, horizon, embargoShare = 0.01, validationShare = 0.15, holdoutShare = 0.2 } = options;
  const { trainBars = 0 } = options;
  const end = to - horizon;
  const gap = horizon + Math.floor(Math.max(0, end - from) * embargoShare);
  const usable = end - from - 2 * gap;
  const holdoutRows = options.holdoutRows ?? Math.floor(usable * holdoutShare);
  const validationRows = Math.floor(usable * validationShare);
  const trainRows = usable - holdoutRows - validationRows;
  if (trainRows < MIN_ROWS.train || validationRows < MIN_ROWS.validation || holdoutRows < MIN_ROWS.holdout)
    throw new StrategyError(
      'TOO_FEW_BARS',
      `${to} bars leave ${Math.max(0, usable)} rows to learn from (${from} bars warm up the features, ` +
        `${2 * gap + horizon} fall to gaps and labels): ${Math.max(0, trainRows)} train, ` +
        `${Math.max(0, validationRows)} validation and ${Math.max(0, holdoutRows)} holdout rows, but ` +
        `at least ${MIN_ROWS.train}, ${MIN_ROWS.validation} and ${MIN_ROWS.holdout} are needed; ` +
        'give more bars',
    );
  const validation = { from: from + trainRows + gap, to: from + trainRows + gap + validationRows };
  const train = {
    from: trainBars === 0 ? from : Math.max(from, validation.to - trainBars),
    to: from + trainRows,
  };
  if (train.to - train.from < MIN_ROWS.train)
    throw new StrategyError(
      'TOO_FEW_BARS',
      `train_bars is ${trainBars}, of which ${validationRows} are validation rows and ${gap} a gap: ` +
        `${Math.max(0, train.to - train.from)} are left to train on, but at least ${MIN_ROWS.train} are needed; ` +
        'set it higher or to 0',
    );
  return { train, validation, holdout: { from: validation.to + gap, to: end } };
}

/**
 * Cuts a symbol's bars in time by its strategy's settings.
 * @param firstRow first row whose features are defined.
 * @throws StrategyError naming the symbol: TOO_FEW_BARS when a part would be too small; INVALID_BARS when the
 *   close stands still throughout a part, as it does after a feed has died: a model that says "no rise" would
 *   be right each time.
 */
export function splitBars(
  bars: Bars,
  firstRow: number,
  settings: ParamsOf<typeof judgingSettings> & { readonly validation_share: number },
): Split {
  const split = cut(bars, firstRow, settings);
  for (const part of ['train', 'validation', 'holdout'] as const) {
    const from = split[part].from;
    const to = split[part].to + settings.horizon;
    const price = bars.close[from]!;
    if (!bars.close.subarray(from, to).every((close) => close === price)) continue;
    const day = (t: number): string => new Date(bars.time[t]!).toISOString();
    throw new StrategyError(
      'INVALID_BARS',
      `${bars.symbol}: the close stands at ${price} from ${day(from)} to ${day(to - 1)}, which is ` +
        `all of its ${part} rows, so nothing can be learnt or judged; look whether its feed still works`,
    );
  }
  return split;
}

function cut(bars: Bars, firstRow: number, settings: Parameters<typeof splitBars>[2]): Split {
  try {
    return splitInTime({
      from: firstRow,
      to: bars.close.length,
      horizon: settings.horizon,
      validationShare: settings.validation_share,
      holdoutShare: settings.holdout_share,
      holdoutRows: holdoutRows(bars, settings),
      embargoShare: settings.embargo_share,
      trainBars: settings.train_bars,
    });
  } catch (error) {
    if (error instanceof StrategyError)
      throw new StrategyError(error.code, `${bars.symbol}: ${error.message}`);
    throw error;
  }
}

/** How many rows the settings name as the holdout; undefined when they leave it to its share. */
function holdoutRows(
  { time }: Bars,
  { horizon, holdout_from, holdout_rows }: Parameters<typeof splitBars>[2],
): number | undefined {
  if (holdout_from === 0) return holdout_rows === 0 ? undefined : holdout_rows;
  const first = time.findIndex((t) => t >= holdout_from);
  return first === -1 ? 0 : Math.max(0, time.length - horizon - first);
}
