import type { Artefact, Predictor, Strategy } from '@ml-training/strategies';

/** Models that are kept: champions of most symbols come from the last trainings of the strategy. */
const most = 4;

/**
 * The strategy, but for its models being loaded once for symbol after symbol that has the same: 500 symbols of
 * one model would load it 500 times. Its models are used one after the other; `dispose` frees them.
 */
export function keepLoaded(strategy: Strategy): {
  readonly strategy: Strategy;
  readonly dispose: () => void;
} {
  // By what was learnt, which is one object for all symbols of a file.
  const loaded = new Map<Artefact['model_state'], Predictor>();
  const load = async (artefact: Artefact): Promise<Predictor> => {
    // Code of a user's own could fail for one symbol and take the others along.
    if (artefact.strategy_sum !== undefined) return strategy.load(artefact);
    const { model_state } = artefact;
    const predictor = loaded.get(model_state) ?? (await strategy.load(artefact));
    loaded.delete(model_state);
    loaded.set(model_state, predictor);
    const [oldest] = loaded.keys();
    if (loaded.size > most && oldest !== undefined) {
      loaded.get(oldest)?.dispose();
      loaded.delete(oldest);
    }
    return { ...predictor, dispose: () => undefined };
  };
  return {
    strategy: { ...strategy, load },
    dispose: () => {
      for (const predictor of loaded.values()) predictor.dispose();
      loaded.clear();
    },
  };
}
