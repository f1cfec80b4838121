import { defaultFeatures, featureCatalogue, sliceRows } from '@ml-training/sdk';
import { StrategyError } from '../errors.ts';
import type { Bars, RowRange } from '../strategy.ts';
import { alpha158Formulas } from './alpha158.ts';
import type { Formula } from './alpha158.ts';
import { candleColumns, candleFeatures, priceColumns, priceFeatures } from './formulas.ts';
import { freqaiFormulas } from './freqai.ts';
import { indicatorColumns, indicatorFeatures } from './indicators.ts';
import type { InputCoverage } from './inputs.ts';
import { featuresHash, windowOf } from './names.ts';

/** The columns that a strategy learns from. */
export interface FeatureSet {
  readonly names: readonly string[];
  /** Bars that a row looks at, its own included: more history changes no bit of it. */
  readonly window: number;
  /** Stands for names, window and how they are computed. */
  readonly hash: string;
  readonly compute: (bars: Bars) => FeatureTable;
  /**
   * Looks whether a table of training keeps what is said above, where that isn't known of the code.
   * @throws StrategyError INVALID_STRATEGY or LEAK naming the feature and the bar.
   */
  readonly check?: (bars: Bars, table: FeatureTable) => void;
  /** As `compute`, with whatever values there are, to show what `compute` refuses. */
  readonly unchecked?: (bars: Bars) => FeatureTable;
}

/** The set of these features of the catalogue (docs/features.md), in this order. */
export const featureSetOf = (names: readonly string[]): FeatureSet => ({
  names,
  window: windowOf(names),
  hash: featuresHash(names),
  compute: (bars) => computeFeatures(bars, names),
});

/** Features of a symbol's bars, one row a bar. */
export interface FeatureTable {
  readonly names: readonly string[];
  readonly rows: number;
  readonly cols: number;
  /** Row-major, rows × cols; NaN in rows before `firstRow`, where a feature has too little history. */
  readonly data: Float64Array;
  /** First row at which every feature is defined; may be past the last one. */
  readonly firstRow: number;
  /** How the inputs that it is computed of cover the bars. */
  readonly inputs?: readonly InputCoverage[];
}

/**
 * Features of every bar. With `window` bars of the longest of them, row t is a function of bars
 * t − window + 1 … t alone, to the last bit: neither later bars nor the length of the history before the
 * window can change it.
 * @param names of the catalogue, in the order of the columns.
 * @throws StrategyError INVALID_BARS when a bar can't be one (see checkBars), or is so large or small that a
 *   feature of it is no finite number.
 */
export function computeFeatures(bars: Bars, names: readonly string[] = defaultFeatures): FeatureTable {
  checkBars(bars);
  const rows = bars.close.length;
  const cols = names.length;
  const window = windowOf(names);
  const firstRow = window - 1;
  const groups = groupsOf(bars, names);
  const data = new Float64Array(rows * cols).fill(Number.NaN, 0, Math.min(rows, firstRow) * cols);
  names.forEach((name, c) => {
    const column = groups[name] ?? columnOf(bars, name, firstRow);
    for (let t = firstRow; t < rows; t++) {
      const value = column[t]!;
      if (!Number.isFinite(value)) throw notFinite(bars, name, t, value, window);
      data[t * cols + c] = value;
    }
  });
  return { names, rows, cols, data, firstRow };
}

/** Features that share so much that they are computed together, where any of them is among `names`. */
function groupsOf(bars: Bars, names: readonly string[]): Readonly<Record<string, Float64Array>> {
  const asked = (group: readonly string[]): boolean => group.some((name) => names.includes(name));
  return {
    ...(asked(priceFeatures) ? priceColumns(bars) : {}),
    ...(asked(indicatorFeatures) ? indicatorColumns(bars) : {}),
    ...(asked(candleFeatures) ? candleColumns(bars) : {}),
  };
}

const formulas: Readonly<Record<string, Formula>> = { ...freqaiFormulas, ...alpha158Formulas };

/** A feature that is computed by itself; of rows before `firstRow` nothing is said. */
function columnOf(bars: Bars, name: string, firstRow: number): Float64Array {
  const { family, period } = featureCatalogue.get(name)!;
  const formula = formulas[family];
  if (formula === undefined) throw new Error(`the feature ${family} of the catalogue has no formula`);
  const value = formula(bars, period);
  const column = new Float64Array(bars.close.length);
  for (let t = firstRow; t < column.length; t++) column[t] = value(t);
  return column;
}

function notFinite(
  { symbol, time }: Bars,
  name: string,
  t: number,
  value: number,
  window: number,
): StrategyError {
  return new StrategyError(
    'INVALID_BARS',
    `${symbol}: the feature ${name} is ${value} at ${new Date(time[t]!).toISOString()}; look for wild ` +
      `prices or volumes in the ${window} bars up to then, and delete or correct them`,
  );
}

const prices = ['open', 'high', 'low', 'close'] as const;

/**
 * Prices must be positive numbers, highs not below lows, and times ascend; volume may be missing.
 * Import refuses anything else, but other programs may write bars as well, and a NaN would spread in silence.
 * @throws StrategyError INVALID_BARS naming symbol, time, column and value.
 */
export function checkBars(bars: Bars): void {
  const rows = bars.close.length;
  const { time: times, volume: volumes, columns = {} } = bars;
  const lengths = {
    time: times,
    volume: volumes,
    open: bars.open,
    high: bars.high,
    low: bars.low,
    ...columns,
  };
  for (const [name, { length }] of Object.entries(lengths))
    if (length !== rows)
      throw new StrategyError(
        'INVALID_BARS',
        `${bars.symbol} has ${rows} closes but ${length} values of ${name}`,
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
            `delete or correct that bar${price <= 0 ? ', or leave it out where that price is real' : ''}`,
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
  for (const [name, column] of Object.entries(columns)) {
    const infinite = column.findIndex((value) => Math.abs(value) === Infinity);
    if (infinite !== -1)
      throw new StrategyError(
        'INVALID_BARS',
        `${bars.symbol} has ${name} ${column[infinite]!} at ${new Date(times[infinite]!).toISOString()}; ` +
          'delete or correct it',
      );
  }
}

/**
 * The bars of `range` alone, and what of their inputs is known at them; views on the same memory, no copy.
 */
export const sliceBars = (bars: Bars, { from, to }: RowRange): Bars => sliceRows(bars, from, to);
