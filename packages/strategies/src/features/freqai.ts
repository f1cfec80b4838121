// Features that users of freqtrade's FreqAI know, after the descriptions in
// https://www.freqtrade.io/en/stable/freqai-feature-engineering/: its indicators on plain means, or cut off,
// as Wilder's and exponential means remember every bar since the start of the history; its raw prices and
// volumes are left out, as one model learns from symbols of any price.
import type { Formula } from './alpha158.ts';
import { knownVolume } from './alpha158.ts';
import { dayMs, rootMeanSquare } from './formulas.ts';
import { mean, moments, ratio } from './rolling.ts';
import type { RowValue } from './rolling.ts';

/** Bars of the volatility that returns are measured by, as in return_N. */
const volatilityBars = 20;

const lag =
  (n: number): Formula =>
  (bars) => {
    const logClose = bars.close.map(Math.log);
    return (t) => ratio(logClose[t - n]! - logClose[t - n - 1]!, rootMeanSquare(logClose, t, volatilityBars));
  };

/** Sums of rises less falls over all; 0 where nothing moved. */
function balance(t: number, n: number, moved: RowValue): number {
  let [up, down] = [0, 0];
  for (let i = t - n + 1; i <= t; i++) {
    const x = moved(i);
    if (x > 0) up += x;
    else down -= x;
  }
  return ratio(up - down, up + down);
}

const mfi: Formula = ({ high, low, close, volume }, n) => {
  const typical = close.map((price, i) => (high[i]! + low[i]! + price) / 3);
  return (t) =>
    balance(t, n, (i) => {
      const flow = volume[i]! > 0 ? volume[i]! * typical[i]! : 0;
      return flow * Math.sign(typical[i]! - typical[i - 1]!);
    });
};

/** The true range, which the directional movements are usually taken relative to, cancels in their ratio. */
const adx: Formula = ({ high, low }, n) => {
  const directional = (i: number): number => {
    const [up, down] = [high[i]! - high[i - 1]!, low[i - 1]! - low[i]!];
    if (up > down && up > 0) return up;
    return down > up && down > 0 ? -down : 0;
  };
  const strength = high.map((_, t) => (t < n ? 0 : Math.abs(balance(t, n, directional))));
  return (t) => mean(t, n, (i) => strength[i]!);
};

/** The mean of `n` closes and their population deviation, as shares of the last close, less 1. */
const bands = (close: Float64Array, t: number, n: number) => {
  const { mean: middle, squares } = moments(t, n, (i) => close[i]! / close[t]! - 1);
  return { middle, deviation: Math.sqrt(squares / n) };
};

const emaDistance: Formula = ({ close }, n) => {
  const keep = 1 - 2 / (n + 1);
  return (t) => {
    let [total, weights] = [0, 0];
    // Oldest first, so that each step takes one more factor off all that is older.
    for (let i = t - 4 * n + 1; i <= t; i++) {
      total = total * keep + (close[i]! / close[t]! - 1);
      weights = weights * keep + 1;
    }
    return -Math.log1p(total / weights);
  };
};

export const freqaiFormulas: Readonly<Record<string, Formula>> = {
  lag_N: (bars, n) => lag(n)(bars, n),
  lag_23: lag(23),
  lag_24: lag(24),
  pct_change:
    ({ close }) =>
    (t) =>
      close[t]! / close[t - 1]! - 1,
  rsi_N:
    ({ close }, n) =>
    (t) =>
      balance(t, n, (i) => close[i]! - close[i - 1]!),
  mfi_N: mfi,
  adx_N: adx,
  bb_width_N:
    ({ close }, n) =>
    (t) => {
      const { middle, deviation } = bands(close, t, n);
      return (4 * deviation) / (1 + middle);
    },
  bb_position_N:
    ({ close }, n) =>
    (t) => {
      const { middle, deviation } = bands(close, t, n);
      return 0.5 + ratio(-middle, 4 * deviation);
    },
  ema_distance_N: emaDistance,
  relative_volume_N: (bars, n) => {
    const volume = knownVolume(bars);
    return (t) => (Number.isNaN(volume[t]) ? 1 : volume[t]! / moments(t, n, (i) => volume[i]!).mean);
  },
  // 1970-01-01 was a Thursday; three days later the week begins.
  day_of_week:
    ({ time }) =>
    (t) =>
      (((Math.floor(time[t]! / dayMs) + 3) % 7) + 7) % 7,
  hour_of_day:
    ({ time }) =>
    (t) =>
      Math.floor((((time[t]! % dayMs) + dayMs) % dayMs) / 3_600_000),
};
