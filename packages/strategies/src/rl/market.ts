import type { FeatureTable } from '../features/index.ts';
import type { Bars, RowRange } from '../strategy.ts';
import type { Market } from './environment.ts';
import { limited } from './observation.ts';
import type { RlSettings } from '@ml-training/sdk';

type MarketOptions = Pick<Market, 'window' | 'returnUnit' | 'costBps' | 'drawdownPenalty'>;

/** The agent sees what its costs make of its cash, so they belong to a trained one as much as to its training. */
export const marketOptions = (settings: RlSettings, returnUnit: number): MarketOptions => ({
  window: settings.window,
  returnUnit,
  costBps: settings.cost_bps,
  drawdownPenalty: settings.drawdown_penalty,
});

/** What the environments need of a symbol's bars; row t of the features, which are scaled, stays a function of bars up to t. */
export function createMarket(bars: Bars, features: FeatureTable, options: MarketOptions): Market {
  const seen = new Float32Array(features.data.length);
  for (let i = 0; i < seen.length; i++) seen[i] = limited(features.data[i]!);
  return { features: seen, featureCols: features.cols, close: bars.close, ...options };
}

/** Standard deviation of the returns from each row of `range` to the next close; 1 when the price stood still. */
export function returnDeviation(close: Float64Array, range: RowRange): number {
  const rows = range.to - range.from;
  let sum = 0;
  let squares = 0;
  for (let t = range.from; t < range.to; t++) {
    const r = close[t + 1]! / close[t]! - 1;
    sum += r;
    squares += r * r;
  }
  const variance = squares / rows - (sum / rows) ** 2;
  return variance <= 0 ? 1 : Math.sqrt(variance);
}
