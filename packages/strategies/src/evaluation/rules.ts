import type { Bars, Prediction, RowRange } from '../strategy.ts';
import { labelsOf } from './label.ts';

export type RuleName = 'majority_class' | 'last_direction' | 'buy_and_hold' | 'always_flat';

/** What a prediction is to be scored as; see `scoresOf`. */
export type Scored = 'all' | 'direction' | 'trade';

export const scoredAs: Readonly<Record<RuleName, Scored>> = {
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
export function naiveRules(
  bars: Bars,
  range: RowRange,
  trainRange: RowRange,
  horizon: number,
): Readonly<Record<RuleName, Prediction>> {
  const { close } = bars;
  const rows = range.to - range.from;
  const trainLabels = labelsOf(bars, trainRange, horizon);
  const rises = trainLabels.reduce((sum, label) => sum + label, 0) / trainLabels.length;
  const moves = Int8Array.from({ length: rows }, (_, i) => {
    const t = range.from + i;
    return Math.sign(close[t]! - close[t - horizon]!);
  });
  const steady = (probability: number, position: number): Prediction => ({
    probability: new Float64Array(rows).fill(probability),
    position: new Int8Array(rows).fill(position),
  });
  return {
    majority_class: steady(rises, rises > 0.5 ? 1 : -1),
    last_direction: { probability: Float64Array.from(moves, (move) => (move + 1) / 2), position: moves },
    buy_and_hold: steady(1, 1),
    always_flat: steady(0.5, 0),
  };
}
