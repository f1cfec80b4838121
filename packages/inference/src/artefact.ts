import type { ModelContent } from '@ml-training/core';
import { loadStored, type Predictor } from '@ml-training/strategies';

/**
 * Makes a file's model ready to predict; dispose of it after use.
 * @param strategiesDir where the user's own strategies are, for a model that keeps no code of its own
 * @throws StrategyError INVALID_MODEL when it was trained on other
 *   features, or ones that were computed otherwise, or its state is damaged
 */
export async function loadPredictor(content: ModelContent, strategiesDir?: string): Promise<Predictor> {
  return await loadStored(content.strategy_type, content, { strategiesDir });
}
