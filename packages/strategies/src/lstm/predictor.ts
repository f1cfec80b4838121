import { loadTensorFlow } from '@ml-training/native';
import { lstmSettings } from '@ml-training/sdk';
import { StrategyError } from '../errors.ts';
import { applyScaler, positionsFromProbability, scalerFromPlain } from '../evaluation/index.ts';
import { checkArtefact, computeFeatures, featureNames, featureWindow, sliceBars } from '../features/index.ts';
import { readStoredParams } from '../params.ts';
import type { Artefact, Bars, Prediction, Predictor, RowRange } from '../strategy.ts';
import { scaledFeatures, rowsOf } from './dataset.ts';
import { createScorer } from './network.ts';
import { modelFromPlain } from './state.ts';

/**
 * Makes a predictor of a stored model; it gives, to the bit, what the trained model gave.
 * @throws StrategyError INVALID_MODEL when the artefact is damaged or was trained on other features.
 */
export async function load(artefact: Artefact): Promise<Predictor> {
  const scaler = scalerFromPlain(artefact.model_state.scaler, featureNames);
  const { architecture, weights } = modelFromPlain(artefact.model_state.lstm, featureNames.length);
  const history = featureWindow - 1 + architecture.window - 1;
  checkArtefact(artefact, history + 1);
  const { band } = readStoredParams(lstmSettings, artefact.params, 'lstm');
  const tf = await loadTensorFlow({ threads: 1 });
  const scorer = createScorer(tf, architecture);

  async function predict(bars: Bars, { from, to }: RowRange): Promise<Prediction> {
    const count = bars.close.length;
    if (from < history || to > count || from > to)
      throw new StrategyError(
        'TOO_FEW_BARS',
        `rows ${from} to ${to - 1} of ${bars.symbol} can't be predicted: of its ${count} bars ` +
          `the first ${history} serve as history only`,
      );
    // A row's features depend on its own window of bars alone, so the bars before have no part in the answer.
    const features = computeFeatures(sliceBars(bars, { from: from - history, to }));
    const table = scaledFeatures(applyScaler(scaler, features.data), features.cols, features.firstRow);
    const probability = scorer.score(weights, table, rowsOf({ from: history, to: features.rows }));
    return { probability, position: positionsFromProbability(probability, band) };
  }

  return { predict, dispose: () => scorer.dispose() };
}
