import type { Bars } from '../strategy.ts';
import type { Columns } from './compute.ts';

type PriceFeature =
  | `return_${1 | 2 | 5 | 10 | 20}`
  | 'gap'
  | 'volatility_20'
  | 'volatility_ratio'
  | 'distance_20'
  | 'efficiency_10';

/**
 * Features of opens and closes. Sums are taken afresh over each window: a running sum would carry rounding
 * from bars before the window, and a row would then depend on where its history starts.
 */
export function priceColumns(bars: Bars): Columns<PriceFeature> {
  const { open, close } = bars;
  const rows = close.length;
  const column = (): Float64Array => new Float64Array(rows);
  const columns = {
    return_1: column(),
    return_2: column(),
    return_5: column(),
    return_10: column(),
    return_20: column(),
    gap: column(),
    volatility_20: column(),
    volatility_ratio: column(),
    distance_20: column(),
    efficiency_10: column(),
  };
  const horizons = [
    [columns.return_1, 1],
    [columns.return_2, 2],
    [columns.return_5, 5],
    [columns.return_10, 10],
    [columns.return_20, 20],
  ] as const;

  const logClose = close.map(Math.log);
  for (let t = 20; t < rows; t++) {
    const volatility = rootMeanSquare(logClose, t, 20);
    columns.volatility_20[t] = volatility;
    columns.volatility_ratio[t] = ratio(rootMeanSquare(logClose, t, 5), volatility);
    columns.gap[t] = ratio(Math.log(open[t]!) - logClose[t - 1]!, volatility);
    for (const [target, n] of horizons)
      target[t] = ratio(logClose[t]! - logClose[t - n]!, volatility * Math.sqrt(n));
    columns.distance_20[t] = ratio(logClose[t]! - Math.log(mean(close, t, 20)), volatility * Math.sqrt(20));
    columns.efficiency_10[t] = efficiency(logClose, t, 10);
  }
  return columns;
}

/** a / b, and 0 where b is 0: a price that stood still has no direction. */
export function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}

/** Mean of the `n` values that end at t. */
function mean(values: Float64Array, t: number, n: number): number {
  let sum = 0;
  for (let i = t - n + 1; i <= t; i++) sum += values[i]!;
  return sum / n;
}

/** Realised volatility: root mean square of the `n` one-bar returns that end at t; their mean is taken as 0. */
function rootMeanSquare(logClose: Float64Array, t: number, n: number): number {
  let sum = 0;
  for (let i = t - n + 1; i <= t; i++) {
    const change = logClose[i]! - logClose[i - 1]!;
    sum += change * change;
  }
  return Math.sqrt(sum / n);
}

/** Kaufman's efficiency ratio with its sign. */
function efficiency(logClose: Float64Array, t: number, n: number): number {
  let path = 0;
  for (let i = t - n + 1; i <= t; i++) path += Math.abs(logClose[i]! - logClose[i - 1]!);
  return ratio(logClose[t]! - logClose[t - n]!, path);
}
