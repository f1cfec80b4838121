// The indicators of the built-in features and of the user's own: one formula each, which looks at a bounded
// number of bars. Sums are taken afresh over each window: a running sum would carry rounding from bars before
// the window, and a bar's value would then depend on where its history starts.
import type { Bars, Series, Ta } from '@ml-training/sdk';
import { ATR, MFI, RSI, SMA } from 'trading-signals';
import { efficiency, mean, rootMeanSquare, volumeRatio } from './formulas.ts';

/** The function's windows are checked before anything is computed: a wrong one is the caller's slip. */
export const ta: Ta = {
  lag: (values, bars) => shifted('lag', values, bars, (_, before) => before),
  fillForward: (values, n) =>
    rolling('fillForward', values, n, 1, (column, t) => {
      for (let i = t; i > t - n && i >= 0; i--) if (!Number.isNaN(column[i])) return column[i]!;
      return Number.NaN;
    }),
  change: (values, bars = 1) => shifted('change', values, bars, (now, before) => now - before),
  logReturn: (values, bars = 1) =>
    shifted('logReturn', values, bars, (now, before) => Math.log(now) - Math.log(before)),

  sma: (values, n) => rolling('sma', values, n, n, (column, t) => mean(column, t, n)),
  wma: (values, n) => rolling('wma', values, n, n, (column, t) => weightedMean(column, t, n)),
  ema: (values, n, window = 4 * n) => {
    checkWindow('ema', n);
    const weights = exponentialWeights(n, checkWindow('ema', window));
    return rolling('ema', values, window, window, (column, t) => {
      let sum = 0;
      for (let k = window - 1; k >= 0; k--) sum += weights[k]! * column[t - k]!;
      return sum;
    });
  },
  stdev: (values, n) => rolling('stdev', values, n, n, (column, t) => deviation(column, t, n)),
  zscore: (values, n) =>
    rolling('zscore', values, n, n, (column, t) => {
      const spread = deviation(column, t, n);
      return spread === 0 ? 0 : (column[t]! - mean(column, t, n)) / spread;
    }),
  // Math.max and min of a NaN are NaN.
  highest: (values, n) => rolling('highest', values, n, n, (column, t) => extreme(Math.max, column, t, n)),
  lowest: (values, n) => rolling('lowest', values, n, n, (column, t) => extreme(Math.min, column, t, n)),
  volatility: (values, n) =>
    rolling('volatility', logOf('volatility', values), n, n + 1, (column, t) => rootMeanSquare(column, t, n)),
  efficiency: (values, n) =>
    rolling('efficiency', logOf('efficiency', values), n, n + 1, (column, t) => efficiency(column, t, n)),

  rsi: (values, n) => {
    const rsi = new RSI(checkWindow('rsi', n), SMA);
    const streamed = columnOf('rsi', values).map((value) => rsi.add(value) ?? Number.NaN);
    return streamed.fill(Number.NaN, 0, n);
  },
  macd: (values, fast = 12, slow = 26, signalBars = 9) => {
    const means = [ta.wma(values, fast), ta.wma(values, slow)] as const;
    const macd = means[0].map((value, t) => value - means[1][t]!);
    const signal = ta.sma(macd, signalBars);
    return { macd, signal, histogram: macd.map((value, t) => value - signal[t]!) };
  },
  bollinger: (values, n, width = 2) => {
    const [middle, spread] = [ta.sma(values, n), ta.stdev(values, n)];
    const band = (sign: number): Float64Array => middle.map((value, t) => value + sign * width * spread[t]!);
    return { upper: band(1), middle, lower: band(-1) };
  },

  trueRange: ({ high, low, close }) =>
    valuesFrom(close.length, 1, (t) => Math.max(high[t]!, close[t - 1]!) - Math.min(low[t]!, close[t - 1]!)),
  atr: (bars, n) => {
    const atr = new ATR(checkWindow('atr', n), SMA);
    const streamed = valuesFrom(bars.close.length, 0, (t) => atr.add(candleAt(bars, t)) ?? Number.NaN);
    // The library takes the first bar's range for its true range, which no bar before it has made.
    return streamed.fill(Number.NaN, 0, n);
  },
  stochastic: (bars, n) => rolling('stochastic', bars.close, n, n, (_, t) => placeInRange(bars, t, n)),
  obv: ({ close, volume }, n) =>
    rolling('obv', close, n, n + 1, (_, t) => {
      let sum = 0;
      for (let i = t - n + 1; i <= t; i++)
        if (volume[i]! > 0) sum += Math.sign(close[i]! - close[i - 1]!) * volume[i]!;
      return sum;
    }),
  volumeRatio: ({ volume }, n) =>
    rolling('volumeRatio', volume, n, n, (column, t) => volumeRatio(column, t, n)),
  moneyFlow: (bars, n) => {
    const moneyFlow = new MFI(checkWindow('moneyFlow', n));
    const streamed = valuesFrom(bars.close.length, 0, (t) => moneyFlow.add(candleAt(bars, t)) ?? Number.NaN);
    return streamed.fill(Number.NaN, 0, n);
  },
};

/** NaN before `first`. A loop: with the `map` of a Float64Array a prediction took a third longer. */
function valuesFrom(length: number, first: number, of: (t: number) => number): Float64Array {
  const column = new Float64Array(length).fill(Number.NaN, 0, first);
  for (let t = first; t < length; t++) column[t] = of(t);
  return column;
}

/** One value a bar from its window of `bars` bars; NaN while the window is not whole. */
function rolling(
  name: string,
  values: Series,
  n: number,
  bars: number,
  of: (column: Float64Array, t: number) => number,
): Float64Array {
  checkWindow(name, n);
  const column = columnOf(name, values);
  return valuesFrom(column.length, bars - 1, (t) => of(column, t));
}

function shifted(
  name: string,
  values: Series,
  bars: number,
  of: (now: number, before: number) => number,
): Float64Array {
  return rolling(name, values, bars, bars + 1, (column, t) => of(column[t]!, column[t - bars]!));
}

const maxWindow = 1_000_000;

function checkWindow(name: string, n: number): number {
  if (!Number.isInteger(n) || n < 1 || n > maxWindow)
    throw new TypeError(
      `ta.${name} was given ${String(n)} bars; give a whole number from 1 to ` +
        maxWindow.toLocaleString('en'),
    );
  return n;
}

function columnOf(name: string, values: Series): Float64Array {
  if (values instanceof Float64Array) return values;
  if (Array.isArray(values)) return Float64Array.from(values);
  throw new TypeError(`ta.${name} was given no column; give one, such as bars.close, or a list of numbers`);
}

const logOf = (name: string, values: Series): Float64Array => columnOf(name, values).map(Math.log);

/** Linear weights, the newest value's the heaviest. */
function weightedMean(values: Float64Array, t: number, n: number): number {
  let sum = 0;
  for (let i = 1; i <= n; i++) sum += values[t - n + i]! * i;
  return sum / ((n * (n + 1)) / 2);
}

function exponentialWeights(n: number, window: number): Float64Array {
  const weights = Float64Array.from({ length: window }, (_, k) => (1 - 2 / (n + 1)) ** k);
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

function deviation(values: Float64Array, t: number, n: number): number {
  const centre = mean(values, t, n);
  let sum = 0;
  for (let i = t - n + 1; i <= t; i++) sum += (values[i]! - centre) ** 2;
  return Math.sqrt(sum / n);
}

function extreme(of: (a: number, b: number) => number, values: Float64Array, t: number, n: number): number {
  let found = values[t]!;
  for (let i = t - n + 1; i < t; i++) found = of(found, values[i]!);
  return found;
}

/** A bar as the library wants it; a missing volume counts as none, which the money flow index passes over. */
function candleAt(bars: Bars, t: number) {
  const volume = bars.volume[t]!;
  return {
    open: bars.open[t]!,
    high: bars.high[t]!,
    low: bars.low[t]!,
    close: bars.close[t]!,
    volume: Number.isNaN(volume) ? 0 : volume,
  };
}

/**
 * Place of the close in the range of the `n` bars that end at t, in percent; 0 where there is no range. The
 * library's stochastic gives the same to the last bit, but took a quarter of all the indicators' time.
 */
function placeInRange({ high, low, close }: Bars, t: number, n: number): number {
  const [highest, lowest] = [extreme(Math.max, high, t, n), extreme(Math.min, low, t, n)];
  const range = highest - lowest;
  return ((close[t]! - lowest) * 100) / (range === 0 ? 1 : range);
}
