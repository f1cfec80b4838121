import { StrategyError } from '../errors.ts';
import { splitBars } from '../evaluation/index.ts';
import { computeFeatures } from '../features/index.ts';
import type { FeatureTable } from '../features/index.ts';
import type { Bars } from '../strategy.ts';
import type { Placed } from './purge.ts';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';

/** A symbol with its features and its own cut in time. */
export interface PlacedSymbol {
  readonly bars: Bars;
  readonly table: FeatureTable;
  readonly placed: Placed;
}

/**
 * Features and cut of every symbol that can be learnt from; one with too few or impossible bars is left out, with the
 * reason, rather than keep all others from a new model.
 * @throws StrategyError when none is left: the symbol's own when there is but one.
 */
export function placeSymbols(
  allBars: readonly Bars[],
  settings: Settings,
): { symbols: PlacedSymbol[]; leftOut: { readonly [symbol: string]: string } } {
  const symbols: PlacedSymbol[] = [];
  const leftOut: [symbol: string, reason: StrategyError][] = [];
  for (const bars of allBars) {
    try {
      const table = computeFeatures(bars);
      const split = splitBars(bars, table.firstRow, settings);
      symbols.push({ bars, table, placed: { time: bars.time, split, horizon: settings.horizon } });
    } catch (error) {
      if (!(error instanceof StrategyError)) throw error;
      leftOut.push([bars.symbol, error]);
    }
  }
  const [first, ...others] = leftOut;
  if (symbols.length === 0 && first !== undefined)
    throw others.length === 0
      ? first[1]
      : new StrategyError(
          first[1].code,
          `none of ${leftOut.length} symbols can be learnt from: ${leftOut.map(([, { message }]) => message).join('; ')}`,
        );
  return { symbols, leftOut: Object.fromEntries(leftOut.map(([symbol, { message }]) => [symbol, message])) };
}
