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

/** By what a file holds, which is one object for all its symbols. */
const loaded = new Map<ModelContent['model_state'], Shared>();

interface Shared {
  readonly predictor: Promise<Predictor>;
  users: number;
}

/**
 * As `loadPredictor`, but of a model over several symbols the same one for all of them: a bot of 500 symbols
 * holds what was learnt once. It is disposed of with its last user. (Not one of a user's own strategy, whose
 * code could fail for one symbol and take the others along.)
 */
export async function sharedPredictor(content: ModelContent, strategiesDir?: string): Promise<Predictor> {
  if (content.strategy_sum !== undefined) return loadPredictor(content, strategiesDir);
  const { model_state } = content;
  const shared = loaded.get(model_state) ?? { predictor: loadPredictor(content, strategiesDir), users: 0 };
  loaded.set(model_state, shared);
  shared.users += 1;
  const leave = (): boolean => {
    shared.users -= 1;
    return shared.users === 0 && loaded.delete(model_state);
  };
  try {
    const predictor = await shared.predictor;
    return {
      ...predictor,
      dispose: () => {
        if (leave()) predictor.dispose();
      },
    };
  } catch (error) {
    leave();
    throw error;
  }
}
