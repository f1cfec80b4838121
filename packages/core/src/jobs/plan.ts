import { ALL_SYMBOLS, findStrategy, type StrategyType } from '@ml-training/sdk';
import { isSymbol, noSymbol, shownSymbol } from '../symbol.ts';
import type { Skipped } from './enqueue.ts';
import type { Pair } from './types.ts';

/**
 * What a run trains: a strategy over all symbols once, of those that have enough bars, the others once a
 * symbol. A name in market_data that is no symbol is left out, and keeps none of the others.
 * @param bars number of bars each symbol has
 * @param symbols those to train; empty for all that have bars
 */
export function planRun(
  strategies: readonly StrategyType[],
  symbols: readonly string[],
  bars: ReadonlyMap<string, number>,
  minBars: number,
): { pairs: Pair[]; skipped: Skipped[] } {
  const pairs: Pair[] = [];
  const skipped: Skipped[] = [];
  const wanted = symbols.length > 0 ? symbols : [...bars.keys()].sort();
  const enough = wanted.filter((symbol) => isSymbol(symbol) && (bars.get(symbol) ?? 0) >= minBars);
  for (const strategy_type of strategies) {
    const strategy = findStrategy(strategy_type);
    if (strategy === undefined) {
      // Of others that are named beside it a run is made all the same.
      skipped.push({ strategy_type, symbol: ALL_SYMBOLS, reason: 'no strategy is called so any more' });
      continue;
    }
    if (strategy.scope === 'all') {
      if (enough.length > 0) pairs.push({ strategy_type, symbol: ALL_SYMBOLS });
      else
        skipped.push({
          strategy_type,
          symbol: ALL_SYMBOLS,
          reason: `no symbol has ${minBars} bars (MIN_TRAINING_DATA_POINTS)`,
        });
      continue;
    }
    for (const symbol of wanted) {
      const has = bars.get(symbol) ?? 0;
      if (!isSymbol(symbol)) skipped.push({ strategy_type, symbol: shownSymbol(symbol), reason: noSymbol });
      else if (has >= minBars) pairs.push({ strategy_type, symbol });
      else
        skipped.push({
          strategy_type,
          symbol,
          reason: `${has} bars, MIN_TRAINING_DATA_POINTS asks for ${minBars}`,
        });
    }
  }
  return { pairs, skipped };
}
