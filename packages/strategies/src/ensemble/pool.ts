import { StrategyError } from '../errors.ts';
import { applyScaler, directionLabels, fitScaler, splitInTime } from '../evaluation/index.ts';
import type { Scaler } from '../evaluation/index.ts';
import { computeFeatures } from '../features/index.ts';
import type { FeatureTable } from '../features/index.ts';
import type { Bars } from '../strategy.ts';
import { purgeAcrossSymbols } from './purge.ts';
import type { Placed, Purged } from './purge.ts';
import type { Settings } from './settings.ts';
import type { Matrix } from './voter.ts';

/** Rows of all symbols to learn from, scaled, with their labels. */
export interface LabelledRows extends Matrix {
  /** 1 where the close a horizon later is higher. */
  readonly labels: Uint8Array;
}

export interface SymbolRows {
  readonly bars: Bars;
  /** The symbol's own cut in time, and what is left of it once the other symbols are heeded. */
  readonly placed: Placed;
  readonly purged: Purged;
}

/** Everything fitting may look at, and where each symbol's parts lie. Holdout rows are in none of the matrices. */
export interface Pool {
  readonly symbols: readonly SymbolRows[];
  readonly scaler: Scaler;
  readonly train: LabelledRows;
  readonly validation: LabelledRows;
}

/** Fewer rows over all symbols teach nothing. */
const leastRows = { train: 20, validation: 5 };

/**
 * Features, splits and labels of every symbol, pooled; the scaler is fitted on the train rows alone.
 * @throws StrategyError TOO_FEW_BARS or INVALID_BARS, naming the symbol.
 */
export function poolSymbols(allBars: readonly Bars[], settings: Settings): Pool {
  const tables = allBars.map((bars) => computeFeatures(bars));
  const placed = allBars.map((bars, s) => place(bars, tables[s]!, settings));
  const purged = purgeAcrossSymbols(placed);
  const symbols = allBars.map((bars, s) => ({ bars, placed: placed[s]!, purged: purged[s]! }));
  const train = gather(symbols, tables, 'train', settings.horizon);
  const validation = gather(symbols, tables, 'validation', settings.horizon);
  if (train.rows < leastRows.train || validation.rows < leastRows.validation)
    throw new StrategyError(
      'TOO_FEW_BARS',
      `keeping the symbols' parts apart in time left ${train.rows} training and ${validation.rows} validation rows of all ` +
        `symbols, but ${leastRows.train} and ${leastRows.validation} are needed; give bars of symbols that cover the same time`,
    );
  const scaler = fitScaler(train.data, train.cols, { from: 0, to: train.rows });
  return {
    symbols,
    scaler,
    train: { ...train, data: applyScaler(scaler, train.data) },
    validation: { ...validation, data: applyScaler(scaler, validation.data) },
  };
}

function place(bars: Bars, table: FeatureTable, settings: Settings): Placed {
  try {
    const split = splitInTime({
      from: table.firstRow,
      to: table.rows,
      horizon: settings.horizon,
      validationShare: settings.validation_share,
      holdoutShare: settings.holdout_share,
    });
    return { time: bars.time, split, horizon: settings.horizon };
  } catch (error) {
    if (error instanceof StrategyError)
      throw new StrategyError(error.code, `${bars.symbol}: ${error.message}`);
    throw error;
  }
}

function gather(
  symbols: readonly SymbolRows[],
  tables: readonly FeatureTable[],
  part: 'train' | 'validation',
  horizon: number,
): LabelledRows {
  const cols = tables[0]!.cols;
  const rows = symbols.reduce((sum, { purged }) => sum + purged[part].length, 0);
  const data = new Float64Array(rows * cols);
  const labels = new Uint8Array(rows);
  let r = 0;
  symbols.forEach(({ bars, purged }, s) => {
    const ofSymbol = directionLabels(bars.close, horizon);
    for (const t of purged[part]) {
      data.set(tables[s]!.data.subarray(t * cols, (t + 1) * cols), r * cols);
      labels[r++] = ofSymbol[t]!;
    }
  });
  return { data, rows, cols, labels };
}
