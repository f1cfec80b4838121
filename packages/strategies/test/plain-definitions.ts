// Each family's definition once more, as its source words it and without regard to speed or rounding.
import type { Bars } from '../src/strategy.ts';

type Definition = (bars: Bars, t: number, n: number) => number;

/** The `n` values that end at t. */
const last = (values: ArrayLike<number>, t: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => values[t - n + 1 + i]!);
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const mean = (values: readonly number[]): number => total(values) / values.length;
/** Mean of products less product of means. */
const covariance = (x: readonly number[], y: readonly number[]): number =>
  mean(x.map((value, i) => (value - mean(x)) * (y[i]! - mean(y))));
const deviation = (x: readonly number[], ddof: number): number =>
  Math.sqrt((covariance(x, x) * x.length) / (x.length - ddof));
const correlation = (x: readonly number[], y: readonly number[]): number =>
  covariance(x, y) / Math.sqrt(covariance(x, x) * covariance(y, y));
const quantile = (values: readonly number[], q: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  return sorted[below]! * (1 - (place - below)) + sorted[below + 1]! * (place - below);
};
const changes = (values: ArrayLike<number>, t: number, n: number): number[] =>
  last(values, t, n).map((value, i) => value - values[t - n + i]!);
const growth = (values: ArrayLike<number>, t: number, n: number): number[] =>
  last(values, t, n).map((value, i) => value / values[t - n + i]!);
const ups = (moves: readonly number[]): number => total(moves.map((move) => Math.max(move, 0)));
const all = (moves: readonly number[]): number => total(moves.map(Math.abs));
const places = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const line = (close: Float64Array, t: number, n: number) => {
  const y = last(close, t, n);
  const slope = covariance(places(n), y) / covariance(places(n), places(n));
  return { slope, end: mean(y) + slope * (n - 1 - mean(places(n))) };
};
const lag: Definition = ({ close }, t, n) => {
  const returns = growth(close, t, 20).map(Math.log);
  return Math.log(close[t - n]! / close[t - n - 1]!) / Math.sqrt(mean(returns.map((r) => r * r)));
};
const typical = ({ high, low, close }: Bars): number[] =>
  [...close].map((price, i) => (high[i]! + low[i]! + price) / 3);
const directionalIndex = ({ high, low }: Bars, t: number, n: number): number => {
  const rises = changes(high, t, n);
  const falls = changes(low, t, n).map((move) => -move);
  const plus = total(rises.map((up, i) => (up > falls[i]! && up > 0 ? up : 0)));
  const minus = total(falls.map((down, i) => (down > rises[i]! && down > 0 ? down : 0)));
  return Math.abs(plus - minus) / (plus + minus);
};
const indexOf = (values: readonly number[], value: number): number => values.indexOf(value) + 1;
const top = ({ high }: Bars, t: number, n: number): number => Math.max(...last(high, t, n));
const bottom = ({ low }: Bars, t: number, n: number): number => Math.min(...last(low, t, n));
const topPlace: Definition = (bars, t, n) => indexOf(last(bars.high, t, n), top(bars, t, n)) / n;
const bottomPlace: Definition = (bars, t, n) => indexOf(last(bars.low, t, n), bottom(bars, t, n)) / n;
const share = (values: ArrayLike<number>, t: number, n: number): number =>
  ups(changes(values, t, n)) / all(changes(values, t, n));

export const plainDefinitions: Readonly<Record<string, Definition>> = {
  lag_N: lag,
  lag_23: (bars, t) => lag(bars, t, 23),
  lag_24: (bars, t) => lag(bars, t, 24),
  pct_change: ({ close }, t) => (close[t]! - close[t - 1]!) / close[t - 1]!,
  rsi_N: ({ close }, t, n) => 2 * share(close, t, n) - 1,
  mfi_N: (bars, t, n) => {
    const price = typical(bars);
    const flows = changes(price, t, n).map((move, i) => {
      const at = t - n + 1 + i;
      return Math.sign(move) * price[at]! * bars.volume[at]!;
    });
    return (2 * ups(flows)) / all(flows) - 1;
  },
  adx_N: (bars, t, n) => mean(places(n).map((i) => directionalIndex(bars, t - i, n))),
  bb_width_N: ({ close }, t, n) => (4 * deviation(last(close, t, n), 0)) / mean(last(close, t, n)),
  bb_position_N: ({ close }, t, n) => {
    const closes = last(close, t, n);
    const lower = mean(closes) - 2 * deviation(closes, 0);
    return (close[t]! - lower) / (4 * deviation(closes, 0));
  },
  ema_distance_N: ({ close }, t, n) => {
    const weights = places(4 * n).map((age) => (1 - 2 / (n + 1)) ** age);
    const ema = total(weights.map((weight, age) => weight * close[t - age]!)) / total(weights);
    return Math.log(close[t]! / ema);
  },
  relative_volume_N: ({ volume }, t, n) => volume[t]! / mean(last(volume, t, n)),
  day_of_week: ({ time }, t) => (new Date(time[t]!).getUTCDay() + 6) % 7,
  hour_of_day: ({ time }, t) => new Date(time[t]!).getUTCHours(),

  kmid: ({ open, close }, t) => close[t]! / open[t]! - 1,
  klen: ({ open, high, low }, t) => (high[t]! - low[t]!) / open[t]!,
  kup: ({ open, high, close }, t) => (high[t]! - Math.max(open[t]!, close[t]!)) / open[t]!,
  kup2: ({ open, high, low, close }, t) => (high[t]! - Math.max(open[t]!, close[t]!)) / (high[t]! - low[t]!),
  klow: ({ open, low, close }, t) => (Math.min(open[t]!, close[t]!) - low[t]!) / open[t]!,
  klow2: ({ open, high, low, close }, t) => (Math.min(open[t]!, close[t]!) - low[t]!) / (high[t]! - low[t]!),
  ksft: ({ open, high, low, close }, t) => (2 * close[t]! - high[t]! - low[t]!) / open[t]!,
  open0: ({ open, close }, t) => open[t]! / close[t]!,
  high0: ({ high, close }, t) => high[t]! / close[t]!,
  low0: ({ low, close }, t) => low[t]! / close[t]!,

  roc_N: ({ close }, t, n) => close[t - n]! / close[t]!,
  ma_N: ({ close }, t, n) => mean(last(close, t, n)) / close[t]!,
  std_N: ({ close }, t, n) => deviation(last(close, t, n), 1) / close[t]!,
  beta_N: ({ close }, t, n) => line(close, t, n).slope / close[t]!,
  rsqr_N: ({ close }, t, n) => correlation(last(close, t, n), places(n)) ** 2,
  resi_N: ({ close }, t, n) => (close[t]! - line(close, t, n).end) / close[t]!,
  max_N: (bars, t, n) => top(bars, t, n) / bars.close[t]!,
  min_N: (bars, t, n) => bottom(bars, t, n) / bars.close[t]!,
  qtlu_N: ({ close }, t, n) => quantile(last(close, t, n), 0.8) / close[t]!,
  qtld_N: ({ close }, t, n) => quantile(last(close, t, n), 0.2) / close[t]!,
  rank_N: ({ close }, t, n) => {
    const sorted = last(close, t, n).toSorted((a, b) => a - b);
    return (sorted.indexOf(close[t]!) + 1 + sorted.lastIndexOf(close[t]!) + 1) / 2 / n;
  },
  rsv_N: (bars, t, n) => (bars.close[t]! - bottom(bars, t, n)) / (top(bars, t, n) - bottom(bars, t, n)),
  imax_N: topPlace,
  imin_N: bottomPlace,
  imxd_N: (bars, t, n) => topPlace(bars, t, n) - bottomPlace(bars, t, n),
  corr_N: ({ close, volume }, t, n) => correlation(last(close, t, n), last(volume, t, n).map(Math.log)),
  cord_N: ({ close, volume }, t, n) =>
    correlation(
      growth(close, t, n),
      growth(volume, t, n).map((grown) => Math.log(grown + 1)),
    ),
  cntp_N: ({ close }, t, n) => changes(close, t, n).filter((move) => move > 0).length / n,
  cntn_N: ({ close }, t, n) => changes(close, t, n).filter((move) => move < 0).length / n,
  cntd_N: ({ close }, t, n) => total(changes(close, t, n).map(Math.sign)) / n,
  sump_N: ({ close }, t, n) => share(close, t, n),
  sumn_N: ({ close }, t, n) => 1 - share(close, t, n),
  sumd_N: ({ close }, t, n) => 2 * share(close, t, n) - 1,
  vma_N: ({ volume }, t, n) => mean(last(volume, t, n)) / volume[t]!,
  vstd_N: ({ volume }, t, n) => deviation(last(volume, t, n), 1) / volume[t]!,
  wvma_N: ({ close, volume }, t, n) => {
    const weighted = growth(close, t, n).map((grown, i) => Math.abs(grown - 1) * volume[t - n + 1 + i]!);
    return deviation(weighted, 1) / mean(weighted);
  },
  vsump_N: ({ volume }, t, n) => share(volume, t, n),
  vsumn_N: ({ volume }, t, n) => 1 - share(volume, t, n),
  vsumd_N: ({ volume }, t, n) => 2 * share(volume, t, n) - 1,
};
