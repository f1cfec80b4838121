import { applyScaler, type Scaler } from '../evaluation/scaler.ts';
import type { FeatureTable } from '../features/index.ts';
import type { Bars, RowRange } from '../strategy.ts';
import type { Market } from './environment.ts';

/** What the environments need of a symbol's bars; row t of the features stays a function of bars up to t. */
export function createMarket(
  bars: Bars,
  features: FeatureTable,
  scaler: Scaler,
  { returnUnit, costBps }: Pick<Market, 'returnUnit' | 'costBps'>,
): Market {
  const scaled = Float32Array.from(applyScaler(scaler, features.data));
  return { features: scaled, featureCols: features.cols, close: bars.close, returnUnit, costBps };
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
