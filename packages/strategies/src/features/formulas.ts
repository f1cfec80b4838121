import type { Bars } from '../strategy.ts';
import { ratio } from './rolling.ts';

export const dayMs = 86_400_000;

/** A feature's values, one a bar; what lies before the table's first row is not used. */
export type Columns<Name extends string> = Readonly<Record<Name, Float64Array>>;

export const priceFeatures = [
  'return_1',
  'return_2',
  'return_5',
  'return_10',
  'return_20',
  'gap',
  'volatility_20',
  'volatility_ratio',
  'distance_20',
  'efficiency_10',
] as const;

/**
 * Features of opens and closes. Sums are taken afresh over each window: a running sum would carry rounding
 * from bars before the window, and a row would then depend on where its history starts.
 */
export function priceColumns(bars: Bars): Columns<(typeof priceFeatures)[number]> {
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
  }
  for (let t = 10; t < rows; t++) columns.efficiency_10[t] = efficiency(logClose, t, 10);
  return columns;
}

export const candleFeatures = [
  'volume_ratio',
  'volume_shock',
  'return_by_volume',
  'body',
  'close_location',
  'weekday_sin',
  'weekday_cos',
  'hour_sin',
  'hour_cos',
] as const;

/** Bars among which a bar's volume is high or low. */
const shockBars = 33;

/** Features of a bar's shape, its volume and its place in the calendar. */
export function candleColumns(bars: Bars): Columns<(typeof candleFeatures)[number]> {
  const { time, open, high, low, close, volume } = bars;
  const rows = close.length;
  const column = (): Float64Array => new Float64Array(rows);
  const columns = {
    volume_ratio: column(),
    volume_shock: column(),
    return_by_volume: column(),
    body: column(),
    close_location: column(),
    weekday_sin: column(),
    weekday_cos: column(),
    hour_sin: column(),
    hour_cos: column(),
  };
  const logClose = close.map(Math.log);
  // −∞ where there was none.
  const logVolume = volume.map((v) => (v > 0 ? Math.log(v) : -Infinity));
  for (let t = 0; t < rows; t++) {
    const range = high[t]! - low[t]!;
    columns.body[t] = ratio(close[t]! - open[t]!, range);
    columns.close_location[t] = ratio(close[t]! - low[t]! - (high[t]! - close[t]!), range);
    columns.volume_ratio[t] = volumeRatio(volume, t, 20);
    if (t >= shockBars - 1) {
      const lastReturn = ratio(logClose[t]! - logClose[t - 1]!, rootMeanSquare(logClose, t, 20));
      columns.volume_shock[t] = Math.tanh(standardScore(logVolume, t, shockBars));
      columns.return_by_volume[t] = Math.tanh(lastReturn) * columns.volume_shock[t]!;
    }
    // 1970-01-01 was a Thursday; three days later the week begins.
    const week = ((Math.floor(time[t]! / dayMs) + 3) % 7) / 7;
    columns.weekday_sin[t] = Math.sin(2 * Math.PI * week);
    columns.weekday_cos[t] = Math.cos(2 * Math.PI * week);
    const hour = (time[t]! / dayMs) % 1;
    columns.hour_sin[t] = Math.sin(2 * Math.PI * hour);
    columns.hour_cos[t] = Math.cos(2 * Math.PI * hour);
  }
  return columns;
}

/** Mean of the `n` values that end at t. */
export function mean(values: Float64Array, t: number, n: number): number {
  let sum = 0;
  for (let i = t - n + 1; i <= t; i++) sum += values[i]!;
  return sum / n;
}

/**
 * Realised volatility: root mean square of the `n` one-bar returns that end at t; their mean is taken as 0.
 */
export function rootMeanSquare(logClose: Float64Array, t: number, n: number): number {
  let sum = 0;
  for (let i = t - n + 1; i <= t; i++) {
    const change = logClose[i]! - logClose[i - 1]!;
    sum += change * change;
  }
  return Math.sqrt(sum / n);
}

/** Kaufman's efficiency ratio with its sign. */
export function efficiency(logClose: Float64Array, t: number, n: number): number {
  let path = 0;
  for (let i = t - n + 1; i <= t; i++) path += Math.abs(logClose[i]! - logClose[i - 1]!);
  return ratio(logClose[t]! - logClose[t - n]!, path);
}

/**
 * Log of the volume over the mean of those known in the `n` bars that end at t; 0 where the bar's own is
 * missing or 0.
 */
export function volumeRatio(volume: Float64Array, t: number, n: number): number {
  const own = volume[t]!;
  if (!(own > 0)) return 0;
  let sum = 0;
  let known = 0;
  for (let i = Math.max(0, t - n + 1); i <= t; i++) {
    const value = volume[i]!;
    if (value > 0) {
      sum += value;
      known++;
    }
  }
  return Math.log((own * known) / sum);
}

/**
 * How many standard deviations the value at t lies above the mean of those that are finite among the `n` that
 * end at t; 0 where it isn't finite itself, or they are all alike.
 */
function standardScore(values: Float64Array, t: number, n: number): number {
  if (!Number.isFinite(values[t]!)) return 0;
  let sum = 0;
  let known = 0;
  for (let i = t - n + 1; i <= t; i++) {
    if (!Number.isFinite(values[i]!)) continue;
    sum += values[i]!;
    known++;
  }
  const centre = sum / known;
  let squares = 0;
  for (let i = t - n + 1; i <= t; i++) if (Number.isFinite(values[i]!)) squares += (values[i]! - centre) ** 2;
  const deviation = Math.sqrt(squares / known);
  // What rounding leaves of volumes that are all alike is no deviation.
  return deviation > 1e-9 * (1 + Math.abs(centre)) ? (values[t]! - centre) / deviation : 0;
}
