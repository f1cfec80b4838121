import type { Bars } from './types.ts';

/** Values of an indicator's input, one a bar. */
export type Series = Float64Array | readonly number[];

/**
 * Indicators that look at a bounded number of bars, said with each, so that a bar's value is the same however
 * long the history before it is. Each gives one value a bar, NaN where its window is not whole or holds a NaN
 * (missing volume is passed over where that is said). Windows are whole numbers from 1 on.
 */
export interface Ta {
  /** The value `bars` bars before; looks at bars + 1. */
  readonly lag: (values: Series, bars: number) => Float64Array;
  /** The value or, where there is none (NaN), the last one of `n` values, its own included; looks at n. */
  readonly fillForward: (values: Series, n: number) => Float64Array;
  /** The value less the one `bars` bars before (1 when left out); looks at bars + 1. */
  readonly change: (values: Series, bars?: number) => Float64Array;
  /** Log of the value over the one `bars` bars before (1 when left out); looks at bars + 1. */
  readonly logReturn: (values: Series, bars?: number) => Float64Array;
  /** Mean; looks at n. */
  readonly sma: (values: Series, n: number) => Float64Array;
  /** Mean with weights 1 to n, the newest the heaviest; looks at n. */
  readonly wma: (values: Series, n: number) => Float64Array;
  /**
   * Exponential mean: weights (1 − 2/(n+1))^k of the value k bars before, cut off at `window` values and
   * divided by their sum; 4·n when left out, where what is cut off weighs less than 0.04 %. Looks at
   * `window`.
   */
  readonly ema: (values: Series, n: number, window?: number) => Float64Array;
  /** Standard deviation over n values (division by n); looks at n. */
  readonly stdev: (values: Series, n: number) => Float64Array;
  /** The value less its n-bar mean in units of `stdev`; 0 where that is 0. Looks at n. */
  readonly zscore: (values: Series, n: number) => Float64Array;
  /** Looks at n. */
  readonly highest: (values: Series, n: number) => Float64Array;
  /** Looks at n. */
  readonly lowest: (values: Series, n: number) => Float64Array;
  /** Realised volatility: root mean square of n one-bar log returns; looks at n + 1. */
  readonly volatility: (values: Series, n: number) => Float64Array;
  /** Kaufman's efficiency ratio with its sign, of logs of values, −1 to 1; looks at n + 1. */
  readonly efficiency: (values: Series, n: number) => Float64Array;
  /** Relative strength index on plain means (Cutler), 0 to 100; looks at n + 1. */
  readonly rsi: (values: Series, n: number) => Float64Array;
  /**
   * Weighted means (`wma`) of `fast` less `slow` values, its plain mean of `signal`; looks at slow + signal
   * − 1.
   */
  readonly macd: (
    values: Series,
    fast?: number,
    slow?: number,
    signal?: number,
  ) => { readonly macd: Float64Array; readonly signal: Float64Array; readonly histogram: Float64Array };
  /** n-bar mean, and `width` (2 when left out) deviations above and below; looks at n. */
  readonly bollinger: (
    values: Series,
    n: number,
    width?: number,
  ) => { readonly upper: Float64Array; readonly middle: Float64Array; readonly lower: Float64Array };
  /** Highest of high, low and close before less the lowest; looks at 2 bars. */
  readonly trueRange: (bars: Bars) => Float64Array;
  /** Plain mean of n true ranges; looks at n + 1. */
  readonly atr: (bars: Bars, n: number) => Float64Array;
  /** Place of the close in the range of n bars, 0 to 100; 0 where there is no range. Looks at n. */
  readonly stochastic: (bars: Bars, n: number) => Float64Array;
  /** Volume of n bars, counted positive where the close rose, negative where it fell; looks at n + 1. */
  readonly obv: (bars: Bars, n: number) => Float64Array;
  /**
   * Log of the volume over the mean of those known in n bars; 0 where the own is missing or 0. Looks at n.
   */
  readonly volumeRatio: (bars: Bars, n: number) => Float64Array;
  /** Money flow index, 0 to 100; 50 where there is no volume. Looks at n + 1. */
  readonly moneyFlow: (bars: Bars, n: number) => Float64Array;
}
