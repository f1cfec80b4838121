import type { Bars, LabelDefinition, Labels, Prediction, RowRange, Strategy } from '../strategy.ts';
import { direction } from '../labels/direction.ts';
import { barsPerYear, figures, netReturnsOfRows, openings } from './backtest.ts';
import { judgedRows } from './implausible.ts';
import { labelsOf } from './labels.ts';
import { evaluationOf, type SaidRows, type Scored, type Scores } from './tasks/index.ts';

export { accuracies, auc, logLikelihood, logLoss } from './tasks/binary.ts';
export type { Scored, Scores } from './tasks/index.ts';

export interface EvaluationOptions {
  /** Bars from a row to its label. */
  readonly horizon: number;
  /** Cost of changing the position by one unit, in basis points of the capital. */
  readonly costBps: number;
  /** What was to be said; the direction over `horizon` when left out. */
  readonly label?: LabelDefinition;
}

/** What a model said and what came of it, a row each; of rows that can be judged (see `judgedRows`). */
export interface ScoredRows extends SaidRows {
  /** Indices of the rows' bars, ascending. */
  readonly rows: Int32Array;
  readonly position: Int8Array;
  /** 1 where a position was opened. */
  readonly opened: Uint8Array;
  /** Of the next bar, after costs. */
  readonly returns: Float64Array;
}

export const labelOf = ({ label, horizon }: EvaluationOptions): LabelDefinition =>
  label ?? direction({ horizon });

/**
 * The rows of `range` that every score is made of: all but those that an implausible bar lies in the way of.
 * Their labels reach to bar range.to − 1 + horizon, which must exist.
 */
export function scoredRows(
  bars: Bars,
  { score, probabilities, position }: Prediction,
  range: RowRange,
  options: EvaluationOptions,
): ScoredRows {
  const label = labelOf(options);
  const rows = judgedRows(bars, range, options.horizon);
  // Each array has as many values a row as it is longer than the range.
  const judged = <T extends Float64Array | Int8Array | Labels>(values: T): T => pick(values, rows, range);
  const held = judged(position);
  return {
    task: label.task,
    rows,
    score: judged(score),
    probabilities: probabilities && judged(probabilities),
    labels: judged(labelsOf(bars, range, label)),
    position: held,
    opened: openings(held),
    returns: netReturnsOfRows(bars.close, held, rows, options.costBps),
  };
}

function pick<T extends Float64Array | Int8Array | Labels>(values: T, rows: Int32Array, range: RowRange): T {
  const given = range.to - range.from;
  if (rows.length === given) return values;
  const cols = values.length / given;
  // The constructor of a typed array makes its own kind.
  const picked = new (values.constructor as new (length: number) => T)(rows.length * cols);
  rows.forEach((t, r) => {
    const at = (t - range.from) * cols;
    picked.set(values.subarray(at, at + cols), r * cols);
  });
  return picked;
}

/**
 * Scores a prediction for the rows of `range`; their labels reach to bar range.to − 1 + horizon, which must
 * exist. Gives rows; of two classes accuracy, balanced_accuracy, auc (left out when all rows went one way)
 * and log_loss; of several the same without auc; of a regression rank_ic, ic (left out where one side doesn't
 * vary), r2 and rmse; of a policy none of these; and return, sharpe, max_drawdown, trades and exposure in the
 * units of `backtest`.
 */
export function evaluate(
  bars: Bars,
  prediction: Prediction,
  range: RowRange,
  options: EvaluationOptions,
): Scores {
  return scoresOf(scoredRows(bars, prediction, range, options), barsPerYear(bars.time), 'all');
}

/** The same of rows that may come from several predictions. */
export function scoresOf(rows: ScoredRows, perYear: number, scored: Scored): Scores {
  return {
    rows: rows.labels.length,
    ...(scored === 'trade' ? {} : evaluationOf[rows.task].scores(rows, scored)),
    ...figures(rows, perYear),
  };
}

/**
 * What promotion compares, one number a row that can be judged, higher is better: the row's log-likelihood,
 * its squared error less than nothing, or the return after costs of the bar that follows it.
 * @throws RangeError where the task has no such score.
 */
export function rowScores(
  promotionMetric: Strategy['promotionMetric'],
  bars: Bars,
  prediction: Prediction,
  range: RowRange,
  options: EvaluationOptions,
): Float64Array {
  const rows = scoredRows(bars, prediction, range, options);
  if (promotionMetric === 'net_return') return rows.returns;
  const name = promotionMetric === 'log_likelihood' ? 'log_loss' : promotionMetric;
  const found = evaluationOf[rows.task].rowScores.find(({ score }) => score === name);
  if (found === undefined) throw new RangeError(`a ${rows.task} model has no ${promotionMetric} a row`);
  return Float64Array.from(rows.labels as ArrayLike<number>, (_, i) => found.of(rows, i));
}
