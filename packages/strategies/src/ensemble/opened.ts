import type { Plain } from '../strategy.ts';
import { calibrate, readCalibration } from './calibration.ts';
import { asRecord, invalid } from './invalid.ts';
import { openMember } from './voter.ts';
import type { Matrix, Voter } from './voter.ts';
import { vote } from './weights.ts';

/** A whole vote, ready to predict. */
export interface OpenEnsemble {
  readonly voters: readonly Voter[];
  /** Probability of a rise, one a row. */
  predict(matrix: Matrix): Float64Array;
  dispose(): void;
}

/**
 * Makes `model_state.ensemble` ready.
 * @param cols number of features the model was trained on.
 * @throws StrategyError INVALID_MODEL naming what is wrong with it.
 */
export function openEnsemble(stored: Plain | undefined, cols: number): OpenEnsemble {
  const where = 'model_state.ensemble';
  const state = asRecord(stored, where);
  if (!Array.isArray(state.members)) throw invalid(where, 'has no list of members');
  const members: readonly Plain[] = state.members;
  const weights = readWeights(state.weights, members.length, where);
  const calibration = readCalibration(state.calibration, `${where}.calibration`);
  const voters = openMembers(members, cols, where);
  const ballots = (matrix: Matrix): Float64Array[] => voters.map((voter) => voter.predict(matrix));
  return {
    voters,
    predict: (matrix) => calibrate(calibration, vote(ballots(matrix), weights)),
    dispose: () => voters.forEach((voter) => voter.dispose()),
  };
}

/**
 * Opens all or none.
 * @param where names the holder of the list `members` in messages.
 * @throws StrategyError INVALID_MODEL
 */
export function openMembers(members: readonly Plain[], cols: number, where: string): Voter[] {
  const voters: Voter[] = [];
  try {
    members.forEach((member, i) => voters.push(openMember(member, cols, `${where}.members[${i}]`)));
    return voters;
  } catch (error) {
    voters.forEach((voter) => voter.dispose());
    throw error;
  }
}

function readWeights(value: Plain | undefined, members: number, where: string): Float64Array {
  const listed: readonly Plain[] = Array.isArray(value) ? value : [];
  const weights = listed.filter((w) => typeof w === 'number').filter((w) => w >= 0);
  const sum = weights.reduce((total, w) => total + w, 0);
  if (members === 0 || weights.length !== members || Math.abs(sum - 1) > 1e-9)
    throw invalid(where, `needs one weight for each of its ${members} members, none below 0, summing to 1`);
  return Float64Array.from(weights);
}
