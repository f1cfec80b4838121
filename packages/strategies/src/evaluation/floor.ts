import { reportedBy, type PromotionMetric } from '@ml-training/sdk';
import type { Bars, Prediction, RowRange } from '../strategy.ts';
import { baselinePredictions } from './baselines.ts';
import { labelOf, rowScores, type EvaluationOptions } from './metrics.ts';

export type FloorRule = (typeof reportedBy)[PromotionMetric]['floor'];

/** What a model scored less what its floor scored, a row of the model's holdout each. */
export interface Floor {
  readonly rule: FloorRule;
  readonly differences: Float64Array;
}

/**
 * Row by row what a model is better than its floor by, in the unit of `rowScores`: nats, the square of the
 * label's unit, or return after costs.
 * @param prediction of the rows of `holdout`.
 * @param train rows whose shares of classes, or mean, the floor says throughout.
 */
export function aboveFloor(
  promotionMetric: PromotionMetric,
  bars: Bars,
  prediction: Prediction,
  { holdout, train }: { readonly holdout: RowRange; readonly train: RowRange },
  options: EvaluationOptions,
): Floor {
  const rule = reportedBy[promotionMetric].floor;
  const naive = baselinePredictions(bars, holdout, train, labelOf(options))[rule];
  if (naive === undefined) throw new RangeError(`a ${labelOf(options).task} model has no rule ${rule}`);
  const own = rowScores(promotionMetric, bars, prediction, holdout, options);
  const floor = rowScores(promotionMetric, bars, naive.prediction, holdout, options);
  return { rule, differences: own.map((score, i) => score - floor[i]!) };
}
