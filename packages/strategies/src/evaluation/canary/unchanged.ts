import type { Bars, Preparation } from '../../strategy.ts';
import { columnName, leak } from './leak.ts';

type SymbolPart = Preparation['symbols'][number];

/** Up to which bar a symbol was left as it was. */
export interface Cut {
  readonly bars: Bars;
  readonly last: number;
}

/**
 * What was made of the training rows of bars that differ only after each symbol's cut must be the same to the last bit: which rows they
 * are, and their features as far as the cut reaches.
 * @throws StrategyError LEAK naming symbol, feature and row.
 */
export function checkUnchanged(
  before: Preparation,
  after: Preparation,
  cuts: ReadonlyMap<string, Cut>,
): void {
  for (const own of before.symbols) {
    const cut = cuts.get(own.symbol)!;
    const other = after.symbols.find(({ symbol }) => symbol === own.symbol);
    if (other === undefined || !sameRows(own, other))
      throw leak(
        cut.bars,
        undefined,
        'which rows are in which part changed with prices after the training rows',
      );
    checkSymbol(own.train, other.train, cut);
  }
}

function checkSymbol(own: SymbolPart['train'], other: SymbolPart['train'], { bars, last }: Cut): void {
  const cols = own.features.length / own.rows.length;
  for (let r = 0; r < own.rows.length && own.rows[r]! <= last; r++) {
    const t = own.rows[r]!;
    for (let c = 0; c < cols; c++)
      if (!Object.is(own.features[r * cols + c], other.features[r * cols + c]))
        throw leak(bars, t, `the feature ${columnName(c, cols)} of a training row depends on later bars`);
  }
}

/**
 * The same of the scaler, where no symbol was changed before the end of its last training label.
 * @throws StrategyError LEAK naming the feature.
 */
export function checkScaler(before: Preparation['scaler'], after: Preparation['scaler']): void {
  for (const what of ['mean', 'scale'] as const)
    before[what].forEach((value, c) => {
      if (!Object.is(value, after[what][c]))
        throw leak(
          undefined,
          undefined,
          `the scaler's ${what} of the feature ${columnName(c, before[what].length)} depends on bars after the training rows`,
        );
    });
}

const sameRows = (a: SymbolPart, b: SymbolPart): boolean =>
  same(a.train.rows, b.train.rows) &&
  same(a.validation.rows, b.validation.rows) &&
  a.holdout.from === b.holdout.from &&
  a.holdout.to === b.holdout.to;

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((t, i) => t === b[i]);
