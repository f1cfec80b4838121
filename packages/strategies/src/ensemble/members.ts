import { fromNdArray } from '../ndarray.ts';
import type { Plain } from '../strategy.ts';
import { invalid, recordOf } from '../plain.ts';
import { openTrees, readText } from './trees-text.ts';
import type { StoredText } from './trees-text.ts';

/** Scaled features, row-major. */
export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly cols: number;
}

/** A member of the ensemble, ready to predict. */
export interface Member {
  readonly name: string;
  /** Probability of a rise, one a row. */
  predict(matrix: Matrix): Float64Array;
  /** Of trees: how many splits there are by each feature. */
  splits?(): Float64Array;
  dispose(): void;
}

/** A member as `model_state.ensemble.members` holds it. */
export type StoredMember = { readonly name: string } & (
  | ({ readonly kind: 'lightgbm' } & StoredText)
  | {
      readonly kind: 'logistic';
      readonly kernel: Plain;
      readonly bias: number;
      /** The penalty it was fitted under, for whoever looks. */
      readonly l2: number;
    }
  | { readonly kind: 'constant'; readonly probability: number }
);

/** A trained member and how its training went. */
export interface TrainedMember {
  readonly stored: StoredMember;
  /** Rounds, trees or steps kept. */
  readonly rounds: number;
  /** Total gain of the splits on each feature; absent where there are no splits. */
  readonly gain?: Float64Array;
}

/** What each member makes of the rows: one array a member, one probability of a rise a row. */
export const memberProbabilities = (members: readonly Member[], rows: Matrix): Float64Array[] =>
  members.map((member) => member.predict(rows));

/**
 * Opens all or none.
 * @param where names the holder of the list `members` in messages.
 * @throws StrategyError INVALID_MODEL
 */
export function openMembers(stored: readonly Plain[], cols: number, where: string): Member[] {
  const members: Member[] = [];
  try {
    stored.forEach((member, i) => members.push(openMember(member, cols, `${where}.members[${i}]`)));
    return members;
  } catch (error) {
    members.forEach((member) => member.dispose());
    throw error;
  }
}

/**
 * Makes a stored member ready. Training judges its members through this very function, so what was judged is
 * what the file holds.
 * @param cols number of features the model was trained on.
 * @throws StrategyError INVALID_MODEL when it isn't such a member.
 */
export function openMember(stored: Plain | undefined, cols: number, where: string): Member {
  const member = recordOf(stored, where);
  const { name } = member;
  if (typeof name !== 'string') throw invalid(where, 'has no name');
  if (member.kind === 'lightgbm') return trees(name, member, cols, where);
  if (member.kind === 'constant') return constant(name, member.probability, where);
  if (member.kind !== 'logistic')
    throw invalid(where, `is of the unknown kind ${JSON.stringify(member.kind)}`);
  const kernel = fromNdArray(member.kernel, 'float32', `${where}.kernel`, [cols, 1]);
  return logistic(name, kernel, member.bias, where);
}

function trees(name: string, member: { readonly [key: string]: Plain }, cols: number, where: string): Member {
  const booster = openTrees(readText(member, where), cols, where);
  const predict = (matrix: Matrix): Float64Array => {
    if (matrix.rows === 0) return new Float64Array(0);
    return matrix.rows === 1 ? booster.predictRow(matrix.data) : booster.predict(matrix);
  };
  return {
    name,
    predict,
    splits: () => booster.featureImportance('split'),
    dispose: () => booster.free(),
  };
}

function logistic(name: string, kernel: Float32Array, bias: Plain | undefined, where: string): Member {
  if (typeof bias !== 'number' || !Number.isFinite(bias) || !kernel.every(Number.isFinite))
    throw invalid(where, 'has a kernel or bias that is no usable number');
  const predict = ({ data, rows, cols }: Matrix): Float64Array => {
    const probability = new Float64Array(rows);
    for (let r = 0; r < rows; r++) {
      let logit = bias;
      for (let c = 0; c < cols; c++) logit += data[r * cols + c]! * kernel[c]!;
      probability[r] = 1 / (1 + Math.exp(-logit));
    }
    return probability;
  };
  return { name, predict, dispose: () => undefined };
}

function constant(name: string, probability: Plain | undefined, where: string): Member {
  if (typeof probability !== 'number' || !(probability >= 0 && probability <= 1))
    throw invalid(where, 'has no probability between 0 and 1');
  return { name, predict: ({ rows }) => new Float64Array(rows).fill(probability), dispose: () => undefined };
}
