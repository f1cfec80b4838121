import { loadTensorFlow } from '@ml-training/native';
import { StrategyError } from '../errors.ts';
import { applyScaler, positionsFromProbability, scalerFromPlain } from '../evaluation/index.ts';
import { checkArtefact, computeFeatures, featureNames, featureWindow } from '../features/index.ts';
import { readStoredParams } from '../params.ts';
import type { Artefact, Bars, Prediction, Predictor, RowRange } from '../strategy.ts';
import { scaledFeatures, rowsOf } from './dataset.ts';
import { predictRows } from './model.ts';
import { lstmSettings } from './settings.ts';
import { modelFromPlain } from './state.ts';

/**
 * Makes a predictor of a stored model; it gives, to the bit, what the trained model gave.
 * @throws StrategyError INVALID_MODEL when the artefact is damaged or was trained on other features.
 */
export async function load(artefact: Artefact): Promise<Predictor> {
  const scaler = scalerFromPlain(artefact.modelState.scaler, featureNames);
  const { architecture, weights } = modelFromPlain(artefact.modelState.lstm, featureNames.length);
  checkArtefact(artefact, featureWindow - 1 + architecture.window);
  const { band } = readStoredParams(lstmSettings, artefact.params, 'lstm');
  const tf = await loadTensorFlow({ threads: 1 });

  async function predict(bars: Bars, range: RowRange): Promise<Prediction> {
    const features = computeFeatures(bars);
    const first = features.firstRow + architecture.window - 1;
    if (range.from < first || range.to > features.rows || range.from > range.to)
      throw new StrategyError(
        'TOO_FEW_BARS',
        `rows ${range.from} to ${range.to - 1} of ${bars.symbol} can't be predicted: of its ${features.rows} bars ` +
          `the first ${first} serve as history only`,
      );
    const table = scaledFeatures(applyScaler(scaler, features.data), features.cols, features.firstRow);
    const probability = predictRows(tf, architecture, weights, table, rowsOf(range));
    return { probability, position: positionsFromProbability(probability, band) };
  }

  // The weights live in plain arrays and reach TensorFlow only while a prediction runs.
  return { predict, dispose: () => undefined };
}
