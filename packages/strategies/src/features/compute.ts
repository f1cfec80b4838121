import { StrategyError } from '../errors.ts';
import type { Bars } from '../strategy.ts';
import { candleColumns } from './candle.ts';
import { checkBars } from './check.ts';
import { indicatorColumns } from './indicators.ts';
import { featureNames, featureWindow } from './names.ts';
import type { FeatureName } from './names.ts';
import { priceColumns } from './price.ts';

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

/** A feature's values, one a bar; what lies before the table's first row is not used. */
export type Columns<Name extends FeatureName> = Readonly<Record<Name, Float64Array>>;

/**
 * Features of every bar. Row t is a function of bars t − featureWindow + 1 … t alone, to the last bit: neither
 * later bars nor the length of the history before the window can change it.
 * @throws StrategyError INVALID_BARS when a bar can't be one (see checkBars), or is so large or small that a feature of it is
 *   no finite number.
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
    `${symbol}: the feature ${name} is ${value} at ${new Date(time[t]!).toISOString()}; look for wild prices or volumes in ` +
      `the ${featureWindow} bars up to then, and delete or correct them`,
  );
}
