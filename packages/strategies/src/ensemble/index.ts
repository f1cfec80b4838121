import type { Strategy } from '../strategy.ts';
import { load } from './load.ts';
import { prepare, train } from './train.ts';

/**
 * One global model over all symbols: a weighted vote of boosted trees, two forests, a logistic regression and
 * the base rate.
 */
export const ensemble: Strategy = {
  type: 'ensemble',
  scope: 'all',
  promotionMetric: 'log_likelihood',
  prepare,
  train,
  load,
};
