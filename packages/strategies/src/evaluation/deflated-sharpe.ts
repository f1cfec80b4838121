import type { Bars, Prediction, RowRange } from '../strategy.ts';
import { barsPerYear, minSharpeRows, sharpeRatio } from './backtest.ts';
import { baselinePredictions } from './baselines.ts';
import { labelOf, scoredRows, type EvaluationOptions } from './metrics.ts';

/** What was tried before this model for the same strategy and symbol. */
export interface Trials {
  /** Other models that were judged, this one not among them; see docs/judging.md for what counts as one. */
  readonly count: number;
  /** Annualised `excess_sharpe` of those of which it is known. */
  readonly sharpes: readonly number[];
}

/**
 * How a back-test did against the naive rule with the best Sharpe ratio on the same rows. (An alias, since an
 * interface is no Plain record.)
 */
export type ExcessScores = {
  /** That rule; null of too few rows. */
  readonly excess_over: string | null;
  /** Annualised Sharpe ratio of the bars' returns after costs less the rule's. */
  readonly excess_sharpe: number | null;
  /** Probability, 0 to 1, that the true ratio is above `excess_sharpe_by_luck`; 0.95 is the usual bar. */
  readonly deflated_excess_sharpe: number | null;
  /** The annualised ratio to be expected of the best of `trials` models that know nothing. */
  readonly excess_sharpe_by_luck: number | null;
  /** Models tried for the pair, this one counted. */
  readonly trials: number;
  /** Why there is none, in words; null where there is. */
  readonly no_sharpe: string | null;
};

/** With fewer known ratios their spread is anybody's guess. */
const minKnownRatios = 5;
const eulerMascheroni = 0.5772156649015329;

/**
 * Whether a back-test beats the best naive rule by more than the best of all models tried would by luck. Who
 * is merely long in a rising market has a high Sharpe ratio, and nothing over buy and hold.
 *
 * The test is made on ratios a bar. Annualised ones, which `trials.sharpes` and `excess_sharpe_by_luck` are,
 * are √(bars a year) times those, by the calendar of `bars`; earlier trials on bars of another length a year
 * are so compared by their yearly figures. Trainings of one pair share most of their bars, so `trials` counts
 * more than were independent: an error on the careful side. Where this and the earlier trials give fewer than
 * 5 known ratios, their variance is taken to be that of an estimate without skill, 1 / (rows − 1).
 * @param prediction of the rows of `range`.
 * @param trainRange as for `baselines`.
 */
export function deflatedExcess(
  bars: Bars,
  prediction: Prediction,
  { range, trainRange }: { readonly range: RowRange; readonly trainRange: RowRange },
  options: EvaluationOptions & { readonly trials: Trials },
): ExcessScores {
  const returnsOf = (said: Prediction): Float64Array => scoredRows(bars, said, range, options).returns;
  const rules = Object.entries(baselinePredictions(bars, range, trainRange, labelOf(options))).map(
    ([name, rule]) => [name, returnsOf(rule.prediction)] as const,
  );
  return deflateExcess(
    { model: returnsOf(prediction), rules: Object.fromEntries(rules) },
    barsPerYear(bars.time),
    options.trials,
  );
}

/** The same of the returns of bars, the model's and those of each rule on the same rows. */
export function deflateExcess(
  { model, rules }: { readonly model: Float64Array; readonly rules: Readonly<Record<string, Float64Array>> },
  perYear: number,
  trials: Trials,
): ExcessScores {
  const rows = model.length;
  const tried = trials.count + 1;
  const none = (reason: string, known: Partial<ExcessScores> = {}): ExcessScores => ({
    excess_over: null,
    excess_sharpe: null,
    deflated_excess_sharpe: null,
    excess_sharpe_by_luck: null,
    trials: tried,
    no_sharpe: reason,
    ...known,
  });
  if (rows < minSharpeRows)
    return none(
      `too few rows: ${rows} can be judged, and a Sharpe ratio is given of ${minSharpeRows} or more`,
    );
  // Of equals the later: buy and hold rather than a majority of rises.
  const [rule, best] = Object.entries(rules).reduce((a, b) => (ratioOf(b[1]) >= ratioOf(a[1]) ? b : a));
  const annual = Math.sqrt(perYear);
  const moments = momentsOf(model.map((r, i) => r - best[i]!));
  const known = [...trials.sharpes.map((sharpe) => sharpe / annual), moments?.sharpe ?? 0];
  const variance = known.length < minKnownRatios ? 1 / (rows - 1) : varianceOf(known);
  const byLuck = annual * expectedMaximum(tried, variance);
  if (moments === null)
    return none(`it earns what ${rule} does at each bar`, {
      excess_over: rule,
      excess_sharpe_by_luck: byLuck,
    });
  return {
    excess_over: rule,
    excess_sharpe: annual * moments.sharpe,
    deflated_excess_sharpe: deflatedSharpeRatio({ ...moments, trials: tried, variance }),
    excess_sharpe_by_luck: byLuck,
    trials: tried,
    no_sharpe: null,
  };
}

/** A bar's Sharpe ratio; 0 of returns that don't vary. */
const ratioOf = (returns: Float64Array): number => momentsOf(returns)?.sharpe ?? 0;

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
