import { loadTensorFlow } from '@ml-training/native';
import { StrategyError } from '../errors.ts';
import { applyScaler, positionsFromProbability, scalerFromPlain } from '../evaluation/index.ts';
import { computeFeatures, featureNames } from '../features/index.ts';
import { readParams } from '../params.ts';
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
  const names = artefact.featureNames;
  if (names.length !== featureNames.length || featureNames.some((name, i) => name !== names[i]))
    throw new StrategyError(
      'INVALID_MODEL',
      `the lstm model was trained on the features ${names.join(', ')}; this version computes ` +
        `${featureNames.join(', ')}: retrain the model`,
    );
  const scaler = scalerFromPlain(artefact.modelState.scaler, featureNames);
  const { architecture, weights } = modelFromPlain(artefact.modelState.lstm, featureNames.length);
  const { band } = readParams(lstmSettings, artefact.params, 'stored lstm');
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
