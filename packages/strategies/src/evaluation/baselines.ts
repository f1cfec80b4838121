import type { Bars, LabelDefinition, Labels, Prediction, RowRange } from '../strategy.ts';
import { barsPerYear } from './backtest.ts';
import { labelsOf } from './labels.ts';
import { labelOf, scoredRows, scoresOf } from './metrics.ts';
import type { EvaluationOptions, Scored, Scores } from './metrics.ts';
import { predictionOf } from './positions.ts';
import { evaluationOf } from './tasks/index.ts';

/** What a rule that needs no learning says, and what that is scored as. */
export interface NaiveRule {
  readonly scored: Scored;
  readonly prediction: Prediction;
}

/**
 * What rules that need no learning say about the rows of `range`. Of two classes: majority_class gives every
 * row the share of rises among the rows of `trainRange`, and holds that direction; last_direction expects the
 * move of the last `horizon` bars to go on. Of several: majority_class gives the shares of the classes;
 * last_class expects the newest class that the row's close completes, which is that of the row a horizon
 * before. Of a regression: zero; train_mean; last_return, the newest value that the close completes. A rule
 * that gives no probability has no log loss. And in each case buy_and_hold is long throughout, and
 * always_flat never trades; these don't look at the price and are scored as trades only.
 */
export function baselinePredictions(
  bars: Bars,
  range: RowRange,
  trainRange: RowRange,
  label: LabelDefinition,
): Readonly<Record<string, NaiveRule>> {
  return rulesKnowing(bars, range, labelsOf(bars, trainRange, label), label);
}

/** The same of who has the labels of the train rows, and perhaps no bars of theirs any more. */
export function rulesKnowing(
  bars: Bars,
  range: RowRange,
  trainLabels: Labels,
  label: LabelDefinition,
): Readonly<Record<string, NaiveRule>> {
  const rows = range.to - range.from;
  const rules = evaluationOf[label.task].rules({
    bars,
    range,
    label,
    trainLabels,
    knownLabels: knownLabels(bars, range, label),
  });
  const steady = (score: number, position: number): NaiveRule => ({
    scored: 'trade',
    prediction: {
      score: new Float64Array(rows).fill(score),
      position: new Int8Array(rows).fill(position),
    },
  });
  return {
    ...Object.fromEntries(
      Object.entries(rules).map(([name, { scored, says }]) => [
        name,
        { scored, prediction: predictionOf(says, label, 0) },
      ]),
    ),
    buy_and_hold: steady(1, 1),
    always_flat: steady(0.5, 0),
  };
}

/** Where there is none yet: class 0, or the value 0. */
function knownLabels(bars: Bars, { from, to }: RowRange, label: LabelDefinition): Labels {
  const all = label.of(bars);
  const known = all.slice(from, to).fill(0);
  for (let t = from; t < to; t++) {
    const at = t - label.label.horizon;
    if (at >= label.firstRow) known[t - from] = all[at]!;
  }
  return known;
}

/**
 * Scores, as `evaluate` gives them, of rules that need no learning (see `baselinePredictions`), on the rows
 * of `range`.
 * @param trainRange the rows whose majority or mean counts.
 */
export function baselines(
  bars: Bars,
  range: RowRange,
  trainRange: RowRange,
  options: EvaluationOptions,
): Readonly<Record<string, Scores>> {
  const rules = baselinePredictions(bars, range, trainRange, labelOf(options));
  return Object.fromEntries(
    Object.entries(rules).map(([name, { scored, prediction }]) => [
      name,
      scoresOf(scoredRows(bars, prediction, range, options), barsPerYear(bars.time), scored),
    ]),
  );
}
