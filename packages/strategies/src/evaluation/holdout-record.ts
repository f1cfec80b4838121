import type { Task } from '@ml-training/sdk';
import type { Bars, Prediction, RowRange } from '../strategy.ts';
import { equityOf, netReturnsOfRows } from './backtest.ts';
import { scoredRows, type EvaluationOptions } from './metrics.ts';

/** Rows whose probability lies in one tenth. */
interface CalibrationBin {
  /** `to` is excluded but for the last one's. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean probability of a rise. */
  readonly predicted: number;
  /** Share of rows that rose. */
  readonly observed: number;
}

/**
 * What a model said of the rows it was judged on, and what came of it: columns of equal length, oldest row
 * first.
 */
export interface HoldoutRecord {
  /** How many rows there were; the columns may hold fewer. */
  readonly rows: number;
  /** ms since the epoch. */
  readonly times: readonly number[];
  readonly closes: readonly number[];
  readonly task: Task;
  /** See `Prediction.score`: of two classes probabilities of a rise. */
  readonly scores: readonly number[];
  readonly positions: readonly number[];
  /** Of the next bar, after costs, as a share of the capital. */
  readonly returns: readonly number[];
  /** Capital after that bar, 1 before the first row. */
  readonly equity: readonly number[];
  /** The same of who is long throughout, and pays the same costs. */
  readonly buyAndHold: readonly number[];
  /** Of all rows; tenths that hold none are left out. Empty where the scores are no probabilities. */
  readonly calibration: readonly CalibrationBin[];
}

/**
 * The rows that `evaluate` makes its scores of, to be looked at: its return and its drawdown can be read off
 * `equity`, those of the baseline buy_and_hold off `buyAndHold`. Of more than `max` rows only so many are
 * kept, at even distances, among them the last one and those between which either capital fell most, so that
 * these figures still can.
 * @param max at least 6
 */
export function holdoutRecord(
  bars: Bars,
  prediction: Prediction,
  range: RowRange,
  options: EvaluationOptions,
  max: number,
): HoldoutRecord {
  const { task, rows, score, labels, position, returns } = scoredRows(bars, prediction, range, options);
  const equity = equityOf(returns);
  const long = new Int8Array(labels.length).fill(1);
  const buyAndHold = equityOf(netReturnsOfRows(bars.close, long, rows, options.costBps));
  const kept = rowsToKeep([equity, buyAndHold], max);
  const column = (values: ArrayLike<number>): number[] => kept.map((row) => values[row]!);
  return {
    task,
    rows: labels.length,
    times: kept.map((row) => bars.time[rows[row]!]!),
    closes: kept.map((row) => bars.close[rows[row]!]!),
    scores: column(score),
    positions: column(position),
    returns: column(returns),
    equity: column(equity),
    buyAndHold: column(buyAndHold),
    calibration: task === 'binary' ? calibrationBins(score, labels as Uint8Array) : [],
  };
}

function rowsToKeep(curves: readonly Float64Array[], max: number): number[] {
  const rows = curves[0]?.length ?? 0;
  if (rows <= max) return Array.from({ length: rows }, (_, row) => row);
  const even = max - 2 * curves.length;
  const spread = Array.from({ length: even }, (_, i) => Math.floor((i * (rows - 1)) / (even - 1)));
  return [...new Set([...spread, ...curves.flatMap(deepestFall)])].sort((a, b) => a - b);
}

/**
 * The rows of the peak and of the trough of the largest drawdown; of one from the start, the trough alone.
 */
function deepestFall(equity: Float64Array): number[] {
  let [peak, deepest]: [{ row: number; capital: number }, { fall: number; rows: number[] }] = [
    { row: -1, capital: 1 },
    { fall: 0, rows: [] },
  ];
  for (const [row, capital] of equity.entries()) {
    if (capital > peak.capital) peak = { row, capital };
    const fall = 1 - capital / peak.capital;
    if (fall > deepest.fall) deepest = { fall, rows: peak.row < 0 ? [row] : [peak.row, row] };
  }
  return deepest.rows;
}

function calibrationBins(probability: Float64Array, labels: Uint8Array): CalibrationBin[] {
  const bins = Array.from({ length: 10 }, () => ({ count: 0, predicted: 0, rises: 0 }));
  for (const [row, p] of probability.entries()) {
    const bin = bins[Math.min(9, Math.floor(p * 10))];
    // Of a degenerate model: no number, or none between 0 and 1.
    if (bin === undefined || p > 1) continue;
    bin.count++;
    bin.predicted += p;
    bin.rises += labels[row]!;
  }
  return bins.flatMap(({ count, predicted, rises }, i) =>
    count === 0
      ? []
      : [{ from: i / 10, to: (i + 1) / 10, count, predicted: predicted / count, observed: rises / count }],
  );
}
