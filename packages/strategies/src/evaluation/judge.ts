import type { Bars, Prediction, RowRange, Strategy } from '../strategy.ts';
import { barsPerYear, figures, netReturns, openings } from './backtest.ts';
import { accuracies, auc, logLikelihood, logLoss } from './classification.ts';
import { labelsOf } from './label.ts';
import { naiveRules, scoredAs } from './rules.ts';
import type { RuleName, Scored } from './rules.ts';

export interface JudgeOptions {
  /** Bars from a row to its label. */
  readonly horizon: number;
  /** Cost of changing the position by one unit, in basis points of the capital. */
  readonly costBps: number;
}

export type Scores = Readonly<Record<string, number>>;

/** What a model said and what came of it, a row each. */
export interface ScoredRows {
  readonly probability: Float64Array;
  readonly labels: Uint8Array;
  readonly position: Int8Array;
  /** 1 where a position was opened. */
  readonly opened: Uint8Array;
  /** Of the next bar, after costs. */
  readonly returns: Float64Array;
}

/** The rows of `range` that every score is made of; their labels reach to bar range.to − 1 + horizon, which must exist. */
export function scoredRows(
  bars: Bars,
  { probability, position }: Prediction,
  range: RowRange,
  options: JudgeOptions,
): ScoredRows {
  return {
    probability,
    labels: labelsOf(bars, range, options.horizon),
    position,
    opened: openings(position),
    returns: netReturns(bars.close, position, range, options.costBps),
  };
}

/**
 * Scores a prediction for the rows of `range`; their labels reach to bar range.to − 1 + horizon, which must exist.
 * Gives rows, accuracy, balanced_accuracy, auc (left out when all rows went one way), log_loss, return, sharpe, max_drawdown,
 * trades and exposure; units are those of `backtest`.
 */
export function judge(bars: Bars, prediction: Prediction, range: RowRange, options: JudgeOptions): Scores {
  return scoresOf(scoredRows(bars, prediction, range, options), barsPerYear(bars.time), 'all');
}

/**
 * The same of rows that may come from several predictions.
 * @param scored what the prediction is: `all`; a `direction` that is a yes or no, which has no log loss; a `trade` only.
 */
export function scoresOf(rows: ScoredRows, perYear: number, scored: Scored): Scores {
  return {
    rows: rows.labels.length,
    ...(scored === 'trade' ? {} : classification(rows.probability, rows.labels)),
    ...(scored === 'all' ? { log_loss: logLoss(rows.probability, rows.labels) } : {}),
    ...figures(rows, perYear),
  };
}

/**
 * The same scores of rules that need no learning (see `naiveRules`), on the rows of `range`.
 * @param trainRange the rows whose majority counts.
 */
export function baselines(
  bars: Bars,
  range: RowRange,
  trainRange: RowRange,
  options: JudgeOptions,
): Readonly<Record<RuleName, Scores>> {
  const rules = naiveRules(bars, range, trainRange, options.horizon);
  const score = (name: RuleName): Scores =>
    scoresOf(scoredRows(bars, rules[name], range, options), barsPerYear(bars.time), scoredAs[name]);
  return {
    majority_class: score('majority_class'),
    last_direction: score('last_direction'),
    buy_and_hold: score('buy_and_hold'),
    always_flat: score('always_flat'),
  };
}

/**
 * What promotion compares, one number a row, higher is better: the row's log-likelihood, or the return after costs of
 * the bar that follows it.
 */
export function rowScores(
  promotionMetric: Strategy['promotionMetric'],
  bars: Bars,
  prediction: Prediction,
  range: RowRange,
  options: JudgeOptions,
): Float64Array {
  if (promotionMetric === 'net_return')
    return netReturns(bars.close, prediction.position, range, options.costBps);
  const labels = labelsOf(bars, range, options.horizon);
  return Float64Array.from(labels, (label, i) => logLikelihood(prediction.probability[i]!, label));
}

function classification(probability: Float64Array, labels: Uint8Array): Scores {
  const { accuracy, balanced } = accuracies(probability, labels);
  const area = auc(probability, labels);
  return { accuracy, balanced_accuracy: balanced, ...(area === null ? {} : { auc: area }) };
}
