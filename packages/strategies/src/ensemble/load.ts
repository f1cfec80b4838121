import { StrategyError } from '../errors.ts';
import { applyScaler, positionsFromProbability, scalerFromPlain } from '../evaluation/index.ts';
import { checkArtefact, computeFeatures, featureNames, featureWindow, sliceBars } from '../features/index.ts';
import type { Artefact, Bars, Plain, Prediction, Predictor, RowRange } from '../strategy.ts';
import { readStoredParams } from '../params.ts';
import { settings } from './settings.ts';
import { asRecord, invalid, openMember } from './voter.ts';
import type { Voter } from './voter.ts';
import { vote } from './weights.ts';

/**
 * Makes a trained ensemble ready to predict; needs LightGBM but not TensorFlow.
 * @throws StrategyError INVALID_MODEL when the artefact was made for other features or isn't an ensemble.
 */
export async function load(artefact: Artefact): Promise<Predictor> {
  const where = 'model_state.ensemble';
  checkArtefact(artefact, featureWindow);
  const scaler = scalerFromPlain(artefact.modelState.scaler, featureNames);
  const state = asRecord(artefact.modelState.ensemble, where);
  const { band } = readStoredParams(settings, artefact.params, 'ensemble');
  if (!Array.isArray(state.members)) throw invalid(where, 'has no list of members');
  const members: readonly Plain[] = state.members;
  const weights = readWeights(state.weights, members.length, where);
  const voters: Voter[] = [];
  const dispose = (): void => voters.splice(0).forEach((voter) => voter.dispose());
  try {
    members.forEach((member, i) =>
      voters.push(openMember(member, featureNames.length, `${where}.members[${i}]`)),
    );
  } catch (error) {
    dispose();
    throw error;
  }
  const predict = async (bars: Bars, range: RowRange): Promise<Prediction> => {
    const from = range.from - featureWindow + 1;
    if (from < 0)
      throw new StrategyError(
        'TOO_FEW_BARS',
        `row ${range.from} of ${bars.symbol} needs the ${featureWindow} bars that lead up to it, but has ${range.from + 1}`,
      );
    const table = computeFeatures(sliceBars(bars, { from, to: range.to }));
    const data = applyScaler(scaler, table.data.subarray(table.firstRow * table.cols));
    const matrix = { data, rows: range.to - range.from, cols: table.cols };
    const probability = vote(
      voters.map((voter) => voter.predict(matrix)),
      weights,
    );
    return { probability, position: positionsFromProbability(probability, band) };
  };
  return { predict, dispose };
}

function readWeights(value: Plain | undefined, members: number, where: string): Float64Array {
  const listed: readonly Plain[] = Array.isArray(value) ? value : [];
  const weights = listed.filter((w) => typeof w === 'number').filter((w) => w >= 0);
  const sum = weights.reduce((total, w) => total + w, 0);
  if (members === 0 || weights.length !== members || Math.abs(sum - 1) > 1e-9)
    throw invalid(where, `needs one weight for each of its ${members} members, none below 0, summing to 1`);
  return Float64Array.from(weights);
}
