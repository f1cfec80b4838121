import { StrategyError } from '../errors.ts';
import type { Bars, RowRange } from '../strategy.ts';
import { candleColumns, priceColumns } from './formulas.ts';
import type { Columns } from './formulas.ts';
import { indicatorColumns } from './indicators.ts';
import { featureNames, featureWindow } from './names.ts';
import type { FeatureName } from './names.ts';

/** Features of a symbol's bars, one row a bar. */
export interface FeatureTable {
  readonly names: readonly string[];
  readonly rows: number;
  readonly cols: number;
  /** Row-major, rows × cols; NaN in rows before `firstRow`, where a feature has too little history. */
  readonly data: Float64Array;
  /** First row at which every feature is defined; may be past the last one. */
  readonly firstRow: number;
}

/**
 * Features of every bar. Row t is a function of bars t − featureWindow + 1 … t alone, to the last bit:
 * neither later bars nor the length of the history before the window can change it.
 * @throws StrategyError INVALID_BARS when a bar can't be one (see checkBars), or is so large or small that a
 *   feature of it is no finite number.
 */
export function computeFeatures(bars: Bars): FeatureTable {
  checkBars(bars);
  const rows = bars.close.length;
  const cols = featureNames.length;
  const columns: Columns<FeatureName> = {
    ...priceColumns(bars),
    ...indicatorColumns(bars),
    ...candleColumns(bars),
  };
  const firstRow = featureWindow - 1;
  const data = new Float64Array(rows * cols).fill(Number.NaN, 0, Math.min(rows, firstRow) * cols);
  featureNames.forEach((name, c) => {
    const column = columns[name];
    for (let t = firstRow; t < rows; t++) {
      const value = column[t]!;
      if (!Number.isFinite(value)) throw notFinite(bars, name, t, value);
      data[t * cols + c] = value;
    }
  });
  return { names: featureNames, rows, cols, data, firstRow };
}

function notFinite({ symbol, time }: Bars, name: string, t: number, value: number): StrategyError {
  return new StrategyError(
    'INVALID_BARS',
    `${symbol}: the feature ${name} is ${value} at ${new Date(time[t]!).toISOString()}; look for wild ` +
      `prices or volumes in the ${featureWindow} bars up to then, and delete or correct them`,
  );
}

const prices = ['open', 'high', 'low', 'close'] as const;

/**
 * Prices must be positive numbers, highs not below lows, and times ascend; volume may be missing.
 * Import refuses anything else, but other programs may write bars as well, and a NaN would spread in silence.
 * @throws StrategyError INVALID_BARS naming symbol, time, column and value.
 */
function checkBars(bars: Bars): void {
  const rows = bars.close.length;
  for (const name of ['time', 'volume', ...prices] as const)
    if (bars[name].length !== rows)
      throw new StrategyError(
        'INVALID_BARS',
        `${bars.symbol} has ${rows} closes but ${bars[name].length} values of ${name}`,
      );
  for (let t = 0; t < rows; t++) {
    const time = bars.time[t]!;
    if (!Number.isFinite(time) || (t > 0 && time <= bars.time[t - 1]!))
      throw new StrategyError(
        'INVALID_BARS',
        `${bars.symbol} bar ${t} doesn't come after the bar before it in time`,
      );
    for (const name of prices) {
      const price = bars[name][t]!;
      if (!(price > 0 && price < Infinity))
        throw new StrategyError(
          'INVALID_BARS',
          `${bars.symbol} has ${name} ${price} at ${new Date(time).toISOString()}; ` +
            'delete or correct that bar',
        );
    }
    const [high, low, volume] = [bars.high[t]!, bars.low[t]!, bars.volume[t]!];
    const wrong =
      high < low
        ? `high ${high} below low ${low}`
        : volume < 0 || volume === Infinity
          ? `volume ${volume}`
          : null;
    if (wrong !== null)
      throw new StrategyError(
        'INVALID_BARS',
        `${bars.symbol} has ${wrong} at ${new Date(time).toISOString()}; delete or correct that bar`,
      );
  }
}

/** The bars of `range` alone; views on the same memory, no copy. */
export function sliceBars(bars: Bars, range: RowRange): Bars {
  const { from, to } = range;
  return {
    symbol: bars.symbol,
    time: bars.time.subarray(from, to),
    open: bars.open.subarray(from, to),
    high: bars.high.subarray(from, to),
    low: bars.low.subarray(from, to),
    close: bars.close.subarray(from, to),
    volume: bars.volume.subarray(from, to),
  };
}
