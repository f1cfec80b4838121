import { StrategyError } from '../errors.ts';
import type { RlSettings } from '@ml-training/sdk';

/**
 * Parameters as they will be stored: to be rounded before anything is judged, so that what is judged is what is stored.
 * @throws StrategyError DIVERGED when one is too large for float16.
 */
export function roundWeights(parameters: Float32Array, weights: RlSettings['weights']): Float32Array {
  if (weights === 'float32') return parameters;
  const rounded = parameters.map((x) => Math.f16round(x));
  if (rounded.every(Number.isFinite)) return rounded;
  throw new StrategyError(
    'DIVERGED',
    'rl: a weight grew beyond 65,504, which float16 can’t hold; lower learning_rate or store weights as float32',
  );
}
