import type { Strategy } from '../strategy.ts';
import { load } from './predictor.ts';
import { prepare, train } from './train.ts';

/**
 * Reinforcement learning: an agent that goes short, flat or long at each close of one symbol, trained by proximal policy
 * optimisation (Schulman et al. 2017) on returns after costs.
 */
export const rl: Strategy = {
  type: 'rl',
  scope: 'symbol',
  promotionMetric: 'net_return',
  prepare,
  train,
  load,
};
