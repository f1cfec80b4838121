import { StrategyError } from '../errors.ts';
import type { ParamsOf } from '@ml-training/sdk';
import type { Bars } from '../strategy.ts';
import type { judgingSettings } from '@ml-training/sdk';
import { splitInTime } from './split.ts';
import type { Split } from './split.ts';

/**
 * Cuts a symbol's bars in time by its strategy's settings.
 * @param firstRow first row whose features are defined.
 * @throws StrategyError naming the symbol: TOO_FEW_BARS when a part would be too small; INVALID_BARS when the close stands
 *   still throughout a part, as it does after a feed has died: a model that says "no rise" would be right each time.
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
      `${bars.symbol}: the close stands at ${price} from ${day(from)} to ${day(to - 1)}, which is all of its ` +
        `${part} rows, so nothing can be learnt or judged; look whether its feed still works`,
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
