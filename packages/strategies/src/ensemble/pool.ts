import { StrategyError } from '../errors.ts';
import { directionLabels, fitScaler } from '../evaluation/index.ts';
import type { Scaler } from '../evaluation/index.ts';
import type { Bars } from '../strategy.ts';
import { placeSymbols } from './place.ts';
import type { PlacedSymbol } from './place.ts';
import { purgeAcrossSymbols } from './purge.ts';
import type { Purged } from './purge.ts';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import type { Matrix } from './voter.ts';

/** Rows of all symbols to learn from, scaled, with their labels. */
export interface LabelledRows extends Matrix {
  /** 1 where the close a horizon later is higher. */
  readonly labels: Uint8Array;
  /** When each row's bar began; rows of several symbols are not in its order. */
  readonly time?: Float64Array;
  /** What each row weighs; equal unless given. */
  readonly weights?: Float32Array;
}

export interface SymbolRows extends PlacedSymbol {
  /** What is left of the symbol's own cut once the other symbols are heeded. */
  readonly purged: Purged;
}

/** Everything fitting may look at, and where each symbol's parts lie. Holdout rows are in none of the matrices. */
export interface Pool {
  readonly symbols: readonly SymbolRows[];
  /** Symbols that nothing could be learnt from, and why. */
  readonly leftOut: { readonly [symbol: string]: string };
  /** Unscaled. */
  readonly train: LabelledRows;
  readonly validation: LabelledRows;
}

/** Fewer rows over all symbols teach nothing. */
const leastRows = { train: 20, validation: 5 };

/**
 * Features, splits and labels of every symbol, pooled.
 * @throws StrategyError TOO_FEW_BARS or INVALID_BARS when no symbol can be learnt from.
 */
export function poolSymbols(allBars: readonly Bars[], settings: Settings): Pool {
  const { symbols: placed, leftOut } = placeSymbols(allBars, settings);
  const purged = purgeAcrossSymbols(placed.map((symbol) => symbol.placed));
  const symbols = placed.map((symbol, s) => ({ ...symbol, purged: purged[s]! }));
  const train = gather(symbols, 'train', settings.horizon);
  const validation = gather(symbols, 'validation', settings.horizon);
  if (train.rows < leastRows.train || validation.rows < leastRows.validation)
    throw new StrategyError(
      'TOO_FEW_BARS',
      `keeping the symbols' parts apart in time left ${train.rows} training and ${validation.rows} validation rows of all ` +
        `symbols, but ${leastRows.train} and ${leastRows.validation} are needed; give bars of symbols that cover the same time`,
    );
  return { symbols, leftOut, train, validation };
}

/** Mean and deviation of the train rows alone. */
export const poolScaler = ({ train }: Pool): Scaler =>
  fitScaler(train.data, train.cols, { from: 0, to: train.rows });

function gather(symbols: readonly SymbolRows[], part: 'train' | 'validation', horizon: number): LabelledRows {
  const cols = symbols[0]!.table.cols;
  const rows = symbols.reduce((sum, { purged }) => sum + purged[part].length, 0);
  const data = new Float64Array(rows * cols);
  const labels = new Uint8Array(rows);
  const time = new Float64Array(rows);
  let r = 0;
  for (const { bars, table, purged } of symbols) {
    const ofSymbol = directionLabels(bars.close, horizon);
    for (const t of purged[part]) {
      data.set(table.data.subarray(t * cols, (t + 1) * cols), r * cols);
      time[r] = bars.time[t]!;
      labels[r++] = ofSymbol[t]!;
    }
  }
  return { data, rows, cols, labels, time };
}
