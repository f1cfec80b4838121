import type { Bars } from '../strategy.ts';
import type { Columns } from './compute.ts';
import { ratio } from './price.ts';

type CandleFeature =
  'volume_ratio' | 'body' | 'close_location' | 'weekday_sin' | 'weekday_cos' | 'hour_sin' | 'hour_cos';

const dayMs = 86_400_000;

/** Features of a bar's shape, its volume and its place in the calendar. */
export function candleColumns(bars: Bars): Columns<CandleFeature> {
  const { time, open, high, low, close, volume } = bars;
  const rows = close.length;
  const column = (): Float64Array => new Float64Array(rows);
  const columns = {
    volume_ratio: column(),
    body: column(),
    close_location: column(),
    weekday_sin: column(),
    weekday_cos: column(),
    hour_sin: column(),
    hour_cos: column(),
  };
  for (let t = 0; t < rows; t++) {
    const range = high[t]! - low[t]!;
    columns.body[t] = ratio(close[t]! - open[t]!, range);
    columns.close_location[t] = ratio(close[t]! - low[t]! - (high[t]! - close[t]!), range);
    columns.volume_ratio[t] = volumeRatio(volume, t, 20);
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

/** Log of the volume over the mean of those known in the `n` bars that end at t; 0 where the bar's own is missing or 0. */
function volumeRatio(volume: Float64Array, t: number, n: number): number {
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
