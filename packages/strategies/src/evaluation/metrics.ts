import type { Bars, Prediction, RowRange, Strategy } from '../strategy.ts';
import { barsPerYear, figures, netReturns, openings } from './backtest.ts';
import { labelsOf } from './labels.ts';

export interface EvaluationOptions {
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

/**
 * The rows of `range` that every score is made of; their labels reach to bar range.to − 1 + horizon, which
 * must exist.
 */
export function scoredRows(
  bars: Bars,
  { score, position }: Prediction,
  range: RowRange,
  options: EvaluationOptions,
): ScoredRows {
  return {
    probability: score,
    labels: labelsOf(bars, range, options.horizon),
    position,
    opened: openings(position),
    returns: netReturns(bars.close, position, range, options.costBps),
  };
}

/**
 * Scores a prediction for the rows of `range`; their labels reach to bar range.to − 1 + horizon, which must
 * exist. Gives rows, accuracy, balanced_accuracy, auc (left out when all rows went one way), log_loss,
 * return, sharpe, max_drawdown, trades and exposure; units are those of `backtest`.
 */
export function evaluate(
  bars: Bars,
  prediction: Prediction,
  range: RowRange,
  options: EvaluationOptions,
): Scores {
  return scoresOf(scoredRows(bars, prediction, range, options), barsPerYear(bars.time), 'all');
}

/** What a prediction is to be scored as. */
export type Scored = 'all' | 'direction' | 'trade';

/**
 * The same of rows that may come from several predictions.
 * @param scored what the prediction is: `all`; a `direction` that is a yes or no, which has no log loss; a
 *   `trade` only.
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
 * What promotion compares, one number a row, higher is better: the row's log-likelihood, or the return after
 * costs of the bar that follows it.
 */
export function rowScores(
  promotionMetric: Strategy['promotionMetric'],
  bars: Bars,
  prediction: Prediction,
  range: RowRange,
  options: EvaluationOptions,
): Float64Array {
  if (promotionMetric === 'net_return')
    return netReturns(bars.close, prediction.position, range, options.costBps);
  const labels = labelsOf(bars, range, options.horizon);
  return Float64Array.from(labels, (label, i) => logLikelihood(prediction.score[i]!, label));
}

function classification(probability: Float64Array, labels: Uint8Array): Scores {
  const { accuracy, balanced } = accuracies(probability, labels);
  const area = auc(probability, labels);
  return { accuracy, balanced_accuracy: balanced, ...(area === null ? {} : { auc: area }) };
}

/**
 * Probabilities are kept this far from 0 and 1 before a logarithm is taken, so one sure and wrong row costs
 * at most 13.8.
 */
const clip = 1e-6;

/** Log-likelihood of one row: ln of the probability given to what happened; 0 is best. */
export function logLikelihood(probability: number, label: number): number {
  const given = label === 1 ? probability : 1 - probability;
  return Math.log(Math.min(1 - clip, Math.max(clip, given)));
}

/** Mean negative log-likelihood; ln 2 = 0.693 is what "one half" for every row scores. */
export function logLoss(probability: Float64Array, labels: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum -= logLikelihood(probability[i]!, labels[i]!);
  return sum / labels.length;
}

/**
 * Shares of rows called right, above one half meaning a rise; balanced: the mean over rises and falls apart.
 */
export function accuracies(
  probability: Float64Array,
  labels: Uint8Array,
): { readonly accuracy: number; readonly balanced: number } {
  const rows = [0, 0];
  const right = [0, 0];
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    rows[label]!++;
    if ((probability[i]! > 0.5 ? 1 : 0) === label) right[label]!++;
  }
  const present = [0, 1].filter((label) => rows[label]! > 0);
  return {
    accuracy: (right[0]! + right[1]!) / labels.length,
    balanced: present.reduce((sum, label) => sum + right[label]! / rows[label]!, 0) / present.length,
  };
}

/**
 * Area under the ROC curve: chance that a random rise is given more than a random fall, ties counting one
 * half (Mann–Whitney U by mean ranks; Hanley and McNeil 1982). Undefined, hence null, when only one class
 * occurs.
 */
export function auc(probability: Float64Array, labels: Uint8Array): number | null {
  const order = Uint32Array.from(labels, (_, i) => i).sort((a, b) => probability[a]! - probability[b]!);
  let rises = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && probability[order[end]!] === probability[order[start]!]) end++;
    const rank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) {
      if (labels[order[i]!] === 1) {
        rises++;
        rankSum += rank;
      }
    }
    start = end;
  }
  const falls = labels.length - rises;
  if (rises === 0 || falls === 0) return null;
  return (rankSum - (rises * (rises + 1)) / 2) / (rises * falls);
}
