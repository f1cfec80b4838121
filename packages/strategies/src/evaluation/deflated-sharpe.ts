import type { Bars, RowRange } from '../strategy.ts';
import { barsPerYear, netReturns } from './backtest.ts';
import { normalCdf, normalQuantile } from './normal.ts';

/** What was tried before this model for the same strategy and symbol. */
export interface Trials {
  /** Earlier trainings that were judged, this one not among them. */
  readonly count: number;
  /** Annualised Sharpe ratios of those whose ratio is known, as `judge` gives them. */
  readonly sharpes: readonly number[];
}

/** With fewer known ratios their spread is anybody's guess. */
const leastKnown = 5;
const eulerMascheroni = 0.5772156649015329;

/**
 * Whether a back-test's Sharpe ratio is more than the best of all models tried would show by luck.
 * `deflated_sharpe` is the probability, 0 to 1, that the true ratio is above `sharpe_by_luck`, the ratio (annualised) expected of
 * the best of `trials` models that know nothing; null when the returns don't vary (a model that never trades). 0.95 is the usual bar.
 *
 * The test is made on ratios a bar. Annualised ones, which `trials.sharpes` and `sharpe_by_luck` are, are √(bars a year) times those, by
 * the calendar of `bars`; earlier trials on bars of another length a year are so compared by their yearly figures.
 * Trainings of one pair share most of their bars, so `trials` counts more than were independent: an error on the careful side.
 * Where this and the earlier trials give fewer than 5 known ratios, their variance is taken to be that of an estimate without
 * skill, 1 / (rows − 1).
 * @param position indexed from the range's start, as in a Prediction.
 * @param range at least 2 rows.
 */
export function deflatedSharpe(
  bars: Bars,
  position: Int8Array,
  range: RowRange,
  { costBps, trials }: { readonly costBps: number; readonly trials: Trials },
): { deflated_sharpe: number | null; trials: number; sharpe_by_luck: number } {
  const returns = netReturns(bars.close, position, range, costBps);
  return deflate(returns, barsPerYear(bars.time), trials);
}

/** The same of the returns of bars; what `deflatedSharpe` says about trials and null holds here. */
export function deflate(
  returns: Float64Array,
  perYear: number,
  trials: Trials,
): ReturnType<typeof deflatedSharpe> {
  const annual = Math.sqrt(perYear);
  const moments = momentsOf(returns);
  const known = [...trials.sharpes.map((sharpe) => sharpe / annual), moments?.sharpe ?? 0];
  const variance = known.length < leastKnown ? 1 / (returns.length - 1) : varianceOf(known);
  const count = trials.count + 1;
  return {
    deflated_sharpe: moments === null ? null : deflatedSharpeRatio({ ...moments, trials: count, variance }),
    trials: count,
    sharpe_by_luck: annual * bestByLuck(count, variance),
  };
}

/**
 * Probability that the true Sharpe ratio is above what the best of `trials` ratios without skill is expected to be
 * (Bailey and López de Prado, "The deflated Sharpe ratio", Journal of Portfolio Management 2014, eq. 2); one trial alone is
 * measured against 0. All ratios are a bar's, none annualised.
 * @param of.skewness, of.kurtosis of the bars' returns; a normal's are 0 and 3.
 * @param of.variance of the trials' ratios.
 */
export function deflatedSharpeRatio(of: {
  readonly sharpe: number;
  readonly skewness: number;
  readonly kurtosis: number;
  readonly rows: number;
  readonly trials: number;
  readonly variance: number;
}): number {
  const { sharpe, skewness, kurtosis, rows, trials, variance } = of;
  const spread = 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe ** 2;
  // Never negative, as a kurtosis is at least 1 + skewness²; 0 would mean that two values are all there is.
  const z =
    ((sharpe - bestByLuck(trials, variance)) * Math.sqrt(rows - 1)) / Math.sqrt(Math.max(spread, 1e-12));
  return normalCdf(z);
}

/** Expected maximum of `trials` independent normal ratios of mean 0 and this variance (there, eq. 1). */
function bestByLuck(trials: number, variance: number): number {
  if (trials <= 1) return 0;
  const most = (1 - eulerMascheroni) * normalQuantile(1 - 1 / trials);
  return Math.sqrt(variance) * (most + eulerMascheroni * normalQuantile(1 - 1 / (trials * Math.E)));
}

/** Null when the returns don't vary. */
function momentsOf(returns: Float64Array) {
  const rows = returns.length;
  const mean = returns.reduce((sum, r) => sum + r, 0) / rows;
  const moment = (k: number): number => returns.reduce((sum, r) => sum + (r - mean) ** k, 0) / rows;
  const variance = moment(2);
  if (!(variance > 0)) return null;
  return {
    sharpe: mean / Math.sqrt((variance * rows) / (rows - 1)),
    skewness: moment(3) / variance ** 1.5,
    kurtosis: moment(4) / variance ** 2,
    rows,
  };
}

function varianceOf(values: readonly number[]): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
}
