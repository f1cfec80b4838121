import type { ModelContent } from '@ml-training/core';
import { loadStrategy, type Artefact, type Predictor } from '@ml-training/strategies';

/** What a strategy needs of a model file, by its own names. */
export function artefactOf(content: ModelContent): Artefact {
  return {
    modelState: content.model_state,
    featureNames: content.feature_names,
    featuresHash: content.features_hash,
    window: content.window,
    label: content.label,
    params: content.params,
    fittedSpans: content.fitted_spans,
  };
}

/** What a model file holds of an artefact: the reverse of `artefactOf`. */
export function contentOf(artefact: Artefact) {
  return {
    model_state: artefact.modelState,
    feature_names: artefact.featureNames,
    features_hash: artefact.featuresHash,
    window: artefact.window,
    label: artefact.label,
    params: artefact.params,
    fitted_spans: artefact.fittedSpans.map((span) => ({ ...span })),
  } satisfies Partial<ModelContent>;
}

/**
 * Makes a file's model ready to predict; dispose of it after use.
 * @throws StrategyError INVALID_MODEL when it was trained on other features, or ones that were computed otherwise, or its state is damaged
 */
export async function loadPredictor(content: ModelContent): Promise<Predictor> {
  const strategy = await loadStrategy(content.strategy_type);
  return strategy.load(artefactOf(content));
}
