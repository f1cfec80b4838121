import { judgingSettings } from '@ml-training/sdk';
import type { Plain } from '../strategy.ts';

/**
 * What changing a symbol's position by one unit costs, in basis points of the capital: `cost_bps` and
 * `slippage_bps` together. All that trades on paper asks here: back-test, reward, promotion, live scores.
 * @param params settings, or those that a model keeps; one of an earlier version has `cost_bps` alone.
 */
export const costBpsOf = (params: { readonly [name: string]: Plain }, symbol: string): number =>
  ofSymbol(params['cost_bps'], symbol, judgingSettings.cost_bps.default) +
  ofSymbol(params['slippage_bps'], symbol, judgingSettings.slippage_bps.default);

function ofSymbol(value: Plain | undefined, symbol: string, usual: number): number {
  if (typeof value === 'number') return value;
  if (typeof value !== 'object' || value === null) return usual;
  const found = [symbol, '*'].find((name) => Object.hasOwn(value, name));
  const own = found === undefined ? undefined : (value as { readonly [name: string]: Plain })[found];
  return typeof own === 'number' ? own : usual;
}
