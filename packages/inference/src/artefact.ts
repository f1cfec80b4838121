import type { ModelContent } from '@ml-training/core';
import { loadStrategy, type Predictor } from '@ml-training/strategies';

/**
 * Makes a file's model ready to predict; dispose of it after use.
 * @throws StrategyError INVALID_MODEL when it was trained on other
 *   features, or ones that were computed otherwise, or its state is damaged
 */
export async function loadPredictor(content: ModelContent): Promise<Predictor> {
  const strategy = await loadStrategy(content.strategy_type);
  return strategy.load(content);
}
