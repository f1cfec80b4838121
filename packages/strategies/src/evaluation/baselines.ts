import type { Bars, Prediction, RowRange } from '../strategy.ts';
import { barsPerYear } from './backtest.ts';
import { labelsOf } from './labels.ts';
import { scoredRows, scoresOf } from './metrics.ts';
import type { EvaluationOptions, Scored, Scores } from './metrics.ts';

export type BaselineName = 'majority_class' | 'last_direction' | 'buy_and_hold' | 'always_flat';

/** A rule that gives no probability has no log loss, and one that doesn't look at the price no accuracy. */
export const scoredAs: Readonly<Record<BaselineName, Scored>> = {
  majority_class: 'all',
  last_direction: 'direction',
  buy_and_hold: 'trade',
  always_flat: 'trade',
};

/**
 * What four rules that need no learning say about the rows of `range`:
 * majority_class gives every row the share of rises among the rows of `trainRange`, and holds that direction;
 * last_direction expects the move of the last `horizon` bars to go on;
 * buy_and_hold is long throughout, and always_flat never trades.
 */
export function baselinePredictions(
  bars: Bars,
  range: RowRange,
  trainRange: RowRange,
  horizon: number,
): Readonly<Record<BaselineName, Prediction>> {
  const { close } = bars;
  const rows = range.to - range.from;
  const trainLabels = labelsOf(bars, trainRange, horizon);
  const rises = trainLabels.reduce((sum, label) => sum + label, 0) / trainLabels.length;
  const moves = Int8Array.from({ length: rows }, (_, i) => {
    const t = range.from + i;
    return Math.sign(close[t]! - close[t - horizon]!);
  });
  const steady = (probability: number, position: number): Prediction => ({
    score: new Float64Array(rows).fill(probability),
    position: new Int8Array(rows).fill(position),
  });
  return {
    majority_class: steady(rises, rises > 0.5 ? 1 : -1),
    last_direction: { score: Float64Array.from(moves, (move) => (move + 1) / 2), position: moves },
    buy_and_hold: steady(1, 1),
    always_flat: steady(0.5, 0),
  };
}

/**
 * Scores, as `evaluate` gives them, of rules that need no learning (see `baselinePredictions`), on the rows
 * of `range`.
 * @param trainRange the rows whose majority counts.
 */
export function baselines(
  bars: Bars,
  range: RowRange,
  trainRange: RowRange,
  options: EvaluationOptions,
): Readonly<Record<BaselineName, Scores>> {
  const rules = baselinePredictions(bars, range, trainRange, options.horizon);
  const score = (name: BaselineName): Scores =>
    scoresOf(scoredRows(bars, rules[name], range, options), barsPerYear(bars.time), scoredAs[name]);
  return {
    majority_class: score('majority_class'),
    last_direction: score('last_direction'),
    buy_and_hold: score('buy_and_hold'),
    always_flat: score('always_flat'),
  };
}
