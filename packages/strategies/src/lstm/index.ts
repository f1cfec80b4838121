import type { Strategy } from '../strategy.ts';
import { load } from './predictor.ts';
import { prepare, train } from './train.ts';

/** One LSTM a symbol, on the probability that the next `horizon` bars rise. */
export const lstm: Strategy = {
  type: 'lstm',
  scope: 'symbol',
  promotionMetric: 'log_likelihood',
  prepare,
  train,
  load,
};
