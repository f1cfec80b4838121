import type { Bars, Prediction, RowRange, Strategy } from '../strategy.ts';
import { backtest, barsPerYear, netReturns } from './backtest.ts';
import { accuracies, auc, logLikelihood, logLoss } from './classification.ts';
import { directionLabels } from './label.ts';

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
    returns: netReturns(bars.close, position, range, options.costBps),
  };
}

/**
 * Scores a prediction for the rows of `range`; their labels reach to bar range.to − 1 + horizon, which must exist.
 * Gives rows, accuracy, balanced_accuracy, auc (left out when all rows went one way), log_loss, return, sharpe, max_drawdown,
 * trades and exposure; units are those of `backtest`.
 */
export function judge(bars: Bars, prediction: Prediction, range: RowRange, options: JudgeOptions): Scores {
  const labels = labelsOf(bars, range, options.horizon);
  return {
    rows: labels.length,
    ...classification(prediction.probability, labels),
    log_loss: logLoss(prediction.probability, labels),
    ...trading(bars, prediction.position, range, options),
  };
}

/**
 * The same scores of four rules that need no learning:
 * majority_class gives every row the share of rises among the rows of `trainRange`, and holds that direction;
 * last_direction expects the move of the last `horizon` bars to go on (a yes or no, hence no log_loss);
 * buy_and_hold is long throughout, and always_flat never trades; both are scored as trades only.
 */
export function baselines(
  bars: Bars,
  range: RowRange,
  trainRange: RowRange,
  options: JudgeOptions,
): Readonly<Record<'majority_class' | 'last_direction' | 'buy_and_hold' | 'always_flat', Scores>> {
  const { close } = bars;
  const rows = range.to - range.from;
  const labels = labelsOf(bars, range, options.horizon);

  const trainLabels = labelsOf(bars, trainRange, options.horizon);
  const rises = trainLabels.reduce((sum, label) => sum + label, 0) / trainLabels.length;
  const majority = {
    probability: new Float64Array(rows).fill(rises),
    position: new Int8Array(rows).fill(rises > 0.5 ? 1 : -1),
  };

  const last = { probability: new Float64Array(rows), position: new Int8Array(rows) };
  for (let i = 0; i < rows; i++) {
    const t = range.from + i;
    const move = Math.sign(close[t]! - close[t - options.horizon]!);
    last.position[i] = move;
    last.probability[i] = (move + 1) / 2;
  }

  return {
    majority_class: judge(bars, majority, range, options),
    last_direction: {
      rows,
      ...classification(last.probability, labels),
      ...trading(bars, last.position, range, options),
    },
    buy_and_hold: { rows, ...trading(bars, new Int8Array(rows).fill(1), range, options) },
    always_flat: { rows, ...trading(bars, new Int8Array(rows), range, options) },
  };
}

/**
 * What promotion compares, one number a row, higher is better: the row's log-likelihood, or the return after costs of
 * the bar that follows it.
 */
export function rowScores(
  gate: Strategy['gate'],
  bars: Bars,
  prediction: Prediction,
  range: RowRange,
  options: JudgeOptions,
): Float64Array {
  if (gate === 'net_return') return netReturns(bars.close, prediction.position, range, options.costBps);
  const labels = labelsOf(bars, range, options.horizon);
  return Float64Array.from(labels, (label, i) => logLikelihood(prediction.probability[i]!, label));
}

function labelsOf(bars: Bars, range: RowRange, horizon: number): Uint8Array {
  const labels = directionLabels(bars.close.subarray(range.from, range.to + horizon), horizon);
  if (labels.length !== range.to - range.from)
    throw new RangeError(
      `rows ${range.from} to ${range.to - 1} need ${horizon} bars after them for their labels, but ${bars.symbol} has ${bars.close.length} bars`,
    );
  return labels;
}

function classification(probability: Float64Array, labels: Uint8Array): Scores {
  const { accuracy, balanced } = accuracies(probability, labels);
  const area = auc(probability, labels);
  return { accuracy, balanced_accuracy: balanced, ...(area === null ? {} : { auc: area }) };
}

function trading(bars: Bars, position: Int8Array, range: RowRange, options: JudgeOptions): Scores {
  return backtest(bars.close, position, range, {
    costBps: options.costBps,
    barsPerYear: barsPerYear(bars.time),
  });
}
