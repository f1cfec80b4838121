// Formulas of Microsoft qlib's Alpha158, as the set is commonly written down in the words of qlib's operators
// (https://qlib.readthedocs.io, reference/api; names and inputs also in
// https://docs.dolphindb.cn/zh/tutorials/alpha_158.html). What differs is said in the catalogue,
// sdk/src/features.ts: nothing is added to a denominator to keep it from 0, and missing volume is neutral.
// Its VWAP0 needs a price that bars don't have; KMID2 and KSFT2 are `body` and `close_location`.
import type { Bars } from '../strategy.ts';
import { correlation, extreme, mean, moments, quantile, ratio, sampleDeviation, sum } from './rolling.ts';
import type { RowValue } from './rolling.ts';

/** Values of a family's feature of `n` bars; called for rows only that have the whole window. */
export type Formula = (bars: Bars, n: number) => RowValue;

const candles = {
  kmid:
    ({ open, close }) =>
    (t) =>
      (close[t]! - open[t]!) / open[t]!,
  klen:
    ({ open, high, low }) =>
    (t) =>
      (high[t]! - low[t]!) / open[t]!,
  kup: (bars) => (t) => upperShadow(bars, t) / bars.open[t]!,
  kup2: (bars) => (t) => ratio(upperShadow(bars, t), bars.high[t]! - bars.low[t]!),
  klow: (bars) => (t) => lowerShadow(bars, t) / bars.open[t]!,
  klow2: (bars) => (t) => ratio(lowerShadow(bars, t), bars.high[t]! - bars.low[t]!),
  ksft:
    ({ open, high, low, close }) =>
    (t) =>
      (close[t]! - high[t]! + (close[t]! - low[t]!)) / open[t]!,
  open0:
    ({ open, close }) =>
    (t) =>
      open[t]! / close[t]!,
  high0:
    ({ high, close }) =>
    (t) =>
      high[t]! / close[t]!,
  low0:
    ({ low, close }) =>
    (t) =>
      low[t]! / close[t]!,
} satisfies Record<string, Formula>;

const upperShadow = ({ open, high, close }: Bars, t: number): number =>
  high[t]! - Math.max(open[t]!, close[t]!);
const lowerShadow = ({ open, low, close }: Bars, t: number): number =>
  Math.min(open[t]!, close[t]!) - low[t]!;

// Closes are taken as their distance from the last one, as a share of it: 0 where the price stood still, to
// the last bit, and of one size whatever the price.
const distance =
  ({ close }: Bars, t: number): RowValue =>
  (i) =>
    close[i]! / close[t]! - 1;

const prices = {
  roc_N:
    ({ close }, n) =>
    (t) =>
      close[t - n]! / close[t]!,
  ma_N: (bars, n) => (t) => 1 + mean(t, n, distance(bars, t)),
  std_N: (bars, n) => (t) => sampleDeviation(moments(t, n, distance(bars, t))),
  beta_N: (bars, n) => (t) => trend(bars, t, n).slope,
  rsqr_N: (bars, n) => (t) => correlation(t, n, distance(bars, t), (i) => (i - t) / n) ** 2,
  resi_N: (bars, n) => (t) => {
    const { slope, average } = trend(bars, t, n);
    return -(average + (slope * (n - 1)) / 2);
  },
  max_N:
    ({ high, close }, n) =>
    (t) =>
      extreme(t, n, high, 1).value / close[t]!,
  min_N:
    ({ low, close }, n) =>
    (t) =>
      extreme(t, n, low, -1).value / close[t]!,
  qtlu_N:
    ({ close }, n) =>
    (t) =>
      quantile(t, n, close, 0.8) / close[t]!,
  qtld_N:
    ({ close }, n) =>
    (t) =>
      quantile(t, n, close, 0.2) / close[t]!,
  rank_N:
    ({ close }, n) =>
    (t) => {
      const last = close[t]!;
      const less = sum(t, n, (i) => Number(close[i]! < last));
      const equal = sum(t, n, (i) => Number(close[i]! === last));
      return (less + (equal + 1) / 2) / n;
    },
  rsv_N:
    ({ high, low, close }, n) =>
    (t) => {
      const lowest = extreme(t, n, low, -1).value;
      return ratio(close[t]! - lowest, extreme(t, n, high, 1).value - lowest);
    },
  imax_N:
    ({ high }, n) =>
    (t) =>
      (extreme(t, n, high, 1).row - t + n) / n,
  imin_N:
    ({ low }, n) =>
    (t) =>
      (extreme(t, n, low, -1).row - t + n) / n,
  imxd_N:
    ({ high, low }, n) =>
    (t) =>
      (extreme(t, n, high, 1).row - extreme(t, n, low, -1).row) / n,
} satisfies Record<string, Formula>;

/** The line fitted to the distances of `n` closes by least squares: its slope a bar, and their mean. */
function trend(bars: Bars, t: number, n: number) {
  const value = distance(bars, t);
  const average = mean(t, n, value);
  const middle = t - (n - 1) / 2;
  const squares = (n * (n * n - 1)) / 12; // Of the bars' places about their middle.
  return { average, slope: sum(t, n, (i) => (i - middle) * (value(i) - average)) / squares };
}

/** How a column moved into row i. */
const change =
  (values: Float64Array): RowValue =>
  (i) =>
    values[i]! - values[i - 1]!;

/** Share of rises and of falls in the sum of absolute changes; 0 without one. NaN is passed over. */
function shares(t: number, n: number, value: RowValue) {
  let [up, down] = [0, 0];
  for (let i = t - n + 1; i <= t; i++) {
    const x = value(i);
    if (x > 0) up += x;
    else if (x < 0) down -= x;
  }
  return { up: ratio(up, up + down), down: ratio(down, up + down) };
}

const moves = {
  cntp_N:
    ({ close }, n) =>
    (t) =>
      mean(t, n, (i) => Number(close[i]! > close[i - 1]!)),
  cntn_N:
    ({ close }, n) =>
    (t) =>
      mean(t, n, (i) => Number(close[i]! < close[i - 1]!)),
  cntd_N:
    ({ close }, n) =>
    (t) =>
      mean(t, n, (i) => Math.sign(close[i]! - close[i - 1]!)),
  sump_N:
    ({ close }, n) =>
    (t) =>
      shares(t, n, change(close)).up,
  sumn_N:
    ({ close }, n) =>
    (t) =>
      shares(t, n, change(close)).down,
  sumd_N:
    ({ close }, n) =>
    (t) => {
      const { up, down } = shares(t, n, change(close));
      return up - down;
    },
} satisfies Record<string, Formula>;

/** NaN where it is missing or none: there is nothing to be learnt from a bar without volume. */
export const knownVolume = ({ volume }: Bars): Float64Array =>
  volume.map((value) => (value > 0 ? value : Number.NaN));

const volumes = {
  corr_N: (bars, n) => {
    const logVolume = knownVolume(bars).map(Math.log);
    return (t) =>
      correlation(
        t,
        n,
        distance(bars, t),
        fromLastKnown(t, n, (i) => logVolume[i]!),
      );
  },
  cord_N: (bars, n) => {
    const volume = knownVolume(bars);
    const moved: RowValue = (i) => bars.close[i]! / bars.close[i - 1]! - 1;
    const growth: RowValue = (i) => Math.log(volume[i]! / volume[i - 1]! + 1);
    return (t) => correlation(t, n, moved, fromLastKnown(t, n, growth));
  },
  vma_N: (bars, n) => {
    const volume = knownVolume(bars);
    return (t) => (Number.isNaN(volume[t]) ? 1 : volumeMoments(volume, t, n).mean / volume[t]!);
  },
  vstd_N: (bars, n) => {
    const volume = knownVolume(bars);
    return (t) => (Number.isNaN(volume[t]) ? 0 : sampleDeviation(volumeMoments(volume, t, n)) / volume[t]!);
  },
  wvma_N: (bars, n) => {
    const volume = knownVolume(bars);
    const weighted: RowValue = (i) => Math.abs(bars.close[i]! / bars.close[i - 1]! - 1) * volume[i]!;
    return (t) => {
      const found = moments(t, n, weighted);
      return ratio(sampleDeviation(found), found.mean);
    };
  },
  vsump_N: (bars, n) => {
    const volume = knownVolume(bars);
    return (t) => shares(t, n, change(volume)).up;
  },
  vsumn_N: (bars, n) => {
    const volume = knownVolume(bars);
    return (t) => shares(t, n, change(volume)).down;
  },
  vsumd_N: (bars, n) => {
    const volume = knownVolume(bars);
    return (t) => {
      const { up, down } = shares(t, n, change(volume));
      return up - down;
    };
  },
} satisfies Record<string, Formula>;

const volumeMoments = (volume: Float64Array, t: number, n: number) => moments(t, n, (i) => volume[i]!);

/** The same less its last number of the window: 0 where it stands still, to the last bit. */
function fromLastKnown(t: number, n: number, value: RowValue): RowValue {
  let last = t;
  while (last > t - n && Number.isNaN(value(last))) last--;
  const reference = value(last);
  return (i) => value(i) - reference;
}

export const alpha158Formulas: Readonly<Record<string, Formula>> = {
  ...candles,
  ...prices,
  ...moves,
  ...volumes,
};
