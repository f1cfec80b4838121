import { reportedBy, type PromotionMetric } from '@ml-training/sdk';

/**
 * What the registry holds of a model by the score that its
 * strategy is promoted by: log loss, RMSE, or the return after costs.
 */
export interface ScoredModel {
  readonly promotion_metric: PromotionMetric;
  readonly score: number | null;
  /** 95 % interval of the score. */
  readonly low: number | null;
  readonly high: number | null;
  /** The same score of the base rate, of the training mean, or of never trading. */
  readonly floor: number | null;
  /** The same score of the naive rule that has the best. */
  readonly best: number | null;
}

export interface Lead {
  /**
   * By how much the model is better than the base rate, than zero, or than never trading, on its holdout:
   * log-likelihood a row, RMSE, or return; with the bounds of its 95 % interval, where it has one. Below 0
   * up to its upper bound: worse beyond noise.
   */
  readonly bounds: Readonly<Partial<Record<'low' | 'score' | 'high', number>>>;
  /** The same against the best naive rule; null where nothing is known of one. */
  readonly overBest: number | null;
}

/**
 * Bounds are given against the baseline whose own score is no luck. What buying and holding made on one
 * holdout is luck as much as what the model made, and the report has no interval for it: against that rule no
 * difference is beyond noise.
 */
export function leadOf({ promotion_metric, score, low, high, floor, best }: ScoredModel): Lead {
  const more = reportedBy[promotion_metric].better === 'more';
  // Of a loss less is better, and its upper bound is the lower one of the lead.
  const better = (own: number | null, other: number | null): number | null =>
    own === null || other === null ? null : more ? own - other : other - own;
  const [worse, good] = more ? [low, high] : [high, low];
  const bounds = { low: better(worse, floor), score: better(score, floor), high: better(good, floor) };
  return {
    bounds: Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== null)),
    overBest: better(score, best),
  };
}
