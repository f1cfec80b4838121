import { StrategyError } from '../../errors.ts';
import { featureWindow } from '../../features/index.ts';
import type { Bars, RowRange } from '../../strategy.ts';

/** On fewer rows a fold says nothing. */
const leastTestRows = 20;
/** Fewer rows before the first block leave no room for training, validation and the gaps. */
const leastRowsBefore = 100;

/** Bars that so many folds take. */
export function barsNeeded(folds: number, horizon: number): number {
  return featureWindow - 1 + 3 * horizon + 2 * Math.max(leastRowsBefore, leastTestRows * folds);
}

/**
 * Consecutive test blocks of equal length, oldest first, that make up the later half of the labelled rows; the earlier half is there
 * for the first model to learn from.
 * @throws StrategyError TOO_FEW_BARS naming the symbol and how many bars it takes.
 */
export function testBlocks({ symbol, close }: Bars, folds: number, horizon: number): RowRange[] {
  const needed = barsNeeded(folds, horizon);
  if (close.length < needed)
    throw new StrategyError(
      'TOO_FEW_BARS',
      `${symbol} has ${close.length} bars, but ${folds === 1 ? 'a fold takes' : `${folds} folds take`} ${needed}; ` +
        `give more bars${folds > 1 && close.length >= barsNeeded(1, horizon) ? ' or ask for fewer folds' : ''}`,
    );
  const end = close.length - horizon;
  const rows = Math.floor((end - (featureWindow - 1)) / 2 / folds);
  return Array.from({ length: folds }, (_, k) => ({
    from: end - rows * (folds - k),
    to: end - rows * (folds - k - 1),
  }));
}
