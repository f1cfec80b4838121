import { StrategyError } from '../errors.ts';
import { applyScaler, positionsFromProbability, scalerFromPlain } from '../evaluation/index.ts';
import { checkArtefact, computeFeatures, featureNames, featureWindow, sliceBars } from '../features/index.ts';
import type { Artefact, Bars, Prediction, Predictor, RowRange } from '../strategy.ts';
import { readStoredParams } from '../params.ts';
import { openEnsemble } from './stacking.ts';
import type { OpenEnsemble } from './stacking.ts';
import { ensembleSettings as settings } from '@ml-training/sdk';

/**
 * Makes a trained ensemble ready to predict.
 * @throws StrategyError INVALID_MODEL when the artefact was made for other features or isn't an ensemble.
 */
export async function load(artefact: Artefact): Promise<Predictor & Pick<OpenEnsemble, 'members'>> {
  checkArtefact(artefact, featureWindow);
  const scaler = scalerFromPlain(artefact.model_state.scaler, featureNames);
  const { band } = readStoredParams(settings, artefact.params, 'ensemble');
  const ensemble = openEnsemble(artefact.model_state.ensemble, featureNames.length);
  const predict = async (bars: Bars, range: RowRange): Promise<Prediction> => {
    const from = range.from - featureWindow + 1;
    if (from < 0)
      throw new StrategyError(
        'TOO_FEW_BARS',
        `row ${range.from} of ${bars.symbol} needs the ${featureWindow} bars that lead up to it, but has ${range.from + 1}`,
      );
    const table = computeFeatures(sliceBars(bars, { from, to: range.to }));
    const data = applyScaler(scaler, table.data.subarray(table.firstRow * table.cols));
    const probability = ensemble.predict({ data, rows: range.to - range.from, cols: table.cols });
    return { probability, position: positionsFromProbability(probability, band) };
  };
  return { predict, members: ensemble.members, dispose: () => ensemble.dispose() };
}
