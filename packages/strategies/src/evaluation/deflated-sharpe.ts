import type { Bars, RowRange } from '../strategy.ts';
import { barsPerYear, netReturns, sharpeRatio } from './backtest.ts';

/** What was tried before this model for the same strategy and symbol. */
export interface Trials {
  /** Earlier trainings that were judged, this one not among them. */
  readonly count: number;
  /** Annualised Sharpe ratios of those whose ratio is known, as `evaluate` gives them. */
  readonly sharpes: readonly number[];
}

/** With fewer known ratios their spread is anybody's guess. */
const minKnownRatios = 5;
const eulerMascheroni = 0.5772156649015329;

/**
 * Whether a back-test's Sharpe ratio is more than the best of all models tried would show by luck.
 * `deflated_sharpe` is the probability, 0 to 1, that the true ratio is above `sharpe_by_luck`, the ratio
 * (annualised) expected of the best of `trials` models that know nothing; null when the returns don't vary (a
 * model that never trades). 0.95 is the usual bar.
 *
 * The test is made on ratios a bar. Annualised ones, which `trials.sharpes` and `sharpe_by_luck` are, are
 * √(bars a year) times those, by the calendar of `bars`; earlier trials on bars of another length a year are
 * so compared by their yearly figures. Trainings of one pair share most of their bars, so `trials` counts
 * more than were independent: an error on the careful side. Where this and the earlier trials give fewer than
 * 5 known ratios, their variance is taken to be that of an estimate without skill, 1 / (rows − 1).
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
  const variance = known.length < minKnownRatios ? 1 / (returns.length - 1) : varianceOf(known);
  const count = trials.count + 1;
  return {
    deflated_sharpe: moments === null ? null : deflatedSharpeRatio({ ...moments, trials: count, variance }),
    trials: count,
    sharpe_by_luck: annual * expectedMaximum(count, variance),
  };
}

/**
 * Probability that the true Sharpe ratio is above what the best of `trials` ratios without skill is expected
 * to be (Bailey and López de Prado, "The deflated Sharpe ratio", Journal of Portfolio Management 2014, eq.
 * 2); one trial alone is measured against 0. All ratios are a bar's, none annualised.
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
    ((sharpe - expectedMaximum(trials, variance)) * Math.sqrt(rows - 1)) / Math.sqrt(Math.max(spread, 1e-12));
  return normalCdf(z);
}

/** Expected maximum of `trials` independent normal ratios of mean 0 and this variance (there, eq. 1). */
function expectedMaximum(trials: number, variance: number): number {
  if (trials <= 1) return 0;
  const first = (1 - eulerMascheroni) * normalQuantile(1 - 1 / trials);
  return Math.sqrt(variance) * (first + eulerMascheroni * normalQuantile(1 - 1 / (trials * Math.E)));
}

/** Null when the returns don't vary. */
function momentsOf(returns: Float64Array) {
  const rows = returns.length;
  const mean = returns.reduce((sum, r) => sum + r, 0) / rows;
  const moment = (k: number): number => returns.reduce((sum, r) => sum + (r - mean) ** k, 0) / rows;
  const variance = moment(2);
  if (!(variance > 0)) return null;
  return {
    sharpe: sharpeRatio({ mean, variance: (variance * rows) / (rows - 1) }),
    skewness: moment(3) / variance ** 1.5,
    kurtosis: moment(4) / variance ** 2,
    rows,
  };
}

function varianceOf(values: readonly number[]): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
}

/**
 * Probability that a standard normal lies below `z`, to about 1e-15 (Hart 1968 as given by West, "Better
 * approximations to cumulative normal functions", Wilmott 2005).
 */
export function normalCdf(z: number): number {
  const x = Math.abs(z);
  const tail = x > 37 ? 0 : Math.exp((-x * x) / 2) * (x < 7.07106781186547 ? rational(x) : fraction(x));
  return z > 0 ? 1 - tail : tail;
}

function rational(x: number): number {
  const above =
    (((((3.52624965998911e-2 * x + 0.700383064443688) * x + 6.37396220353165) * x + 33.912866078383) * x +
      112.079291497871) *
      x +
      221.213596169931) *
      x +
    220.206867912376;
  const below =
    ((((((8.83883476483184e-2 * x + 1.75566716318264) * x + 16.064177579207) * x + 86.7807322029461) * x +
      296.564248779674) *
      x +
      637.333633378831) *
      x +
      793.826512519948) *
      x +
    440.413735824752;
  return above / below;
}

const fraction = (x: number): number =>
  1 / (x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65))))) / Math.sqrt(2 * Math.PI);

/**
 * The z that a standard normal lies below with probability `p`, 0 < p < 1; by bisection, to the last bits of
 * normalCdf.
 */
export function normalQuantile(p: number): number {
  let [low, high] = [-40, 40];
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
