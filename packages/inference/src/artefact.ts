import type { ModelContent } from '@ml-training/core';
import { loadStrategy, type Predictor } from '@ml-training/strategies';

/**
 * Makes a file's model ready to predict; dispose of it after use.
 * @param strategiesDir where the user's own strategies are, whose models need their code
 * @throws StrategyError INVALID_MODEL when it was trained on other
 *   features, or ones that were computed otherwise, or its state is damaged
 */
export async function loadPredictor(content: ModelContent, strategiesDir?: string): Promise<Predictor> {
  const strategy = await loadStrategy(content.strategy_type, { strategiesDir });
  return strategy.load(content);
}
