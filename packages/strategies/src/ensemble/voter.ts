import { loadLightGbm, NativeError } from '@ml-training/native';
import type { Booster } from '@ml-training/native';
import { StrategyError } from '../errors.ts';
import { fromNdArray } from '../ndarray.ts';
import type { Plain } from '../strategy.ts';
import { treeTextProblem } from './tree-text.ts';

/** Scaled features, row-major. */
export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly cols: number;
}

/** A member of the vote, ready to predict. */
export interface Voter {
  readonly name: string;
  /** Probability of a rise, one a row. */
  predict(matrix: Matrix): Float64Array;
  dispose(): void;
}

/** A member as `model_state.ensemble.members` holds it. */
export type StoredMember = { readonly name: string } & (
  | { readonly kind: 'lightgbm'; readonly model_text: string }
  | { readonly kind: 'logistic'; readonly kernel: Plain; readonly bias: number }
  | { readonly kind: 'constant'; readonly probability: number }
);

/**
 * Makes a stored member ready. Training judges its members through this very function, so what was judged is what
 * the file holds.
 * @param cols number of features the model was trained on.
 * @throws StrategyError INVALID_MODEL when it isn't such a member.
 */
export function openMember(stored: Plain | undefined, cols: number, where: string): Voter {
  const member = asRecord(stored, where);
  const { name } = member;
  if (typeof name !== 'string') throw invalid(where, 'has no name');
  if (member.kind === 'lightgbm') return trees(name, member.model_text, cols, where);
  if (member.kind === 'constant') return constant(name, member.probability, where);
  if (member.kind !== 'logistic')
    throw invalid(where, `is of the unknown kind ${JSON.stringify(member.kind)}`);
  const kernel = fromNdArray(member.kernel, 'float32', `${where}.kernel`, [cols, 1]);
  return logistic(name, kernel, member.bias, where);
}

/** @throws StrategyError INVALID_MODEL unless `value` is a dictionary. */
export function asRecord(value: Plain | undefined, where: string): { readonly [key: string]: Plain } {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    throw invalid(where, 'is no dictionary');
  // Arrays and bytes are excluded above, which Array.isArray can't tell the compiler of readonly arrays.
  return value as { readonly [key: string]: Plain };
}

export function invalid(where: string, what: string): StrategyError {
  return new StrategyError(
    'INVALID_MODEL',
    `${where} ${what}; the model file is damaged or of another version`,
  );
}

function trees(name: string, text: Plain | undefined, cols: number, where: string): Voter {
  if (typeof text !== 'string') throw invalid(where, 'has no model_text');
  const problem = treeTextProblem(text, cols);
  if (problem !== null) throw invalid(where, problem);
  const booster = openTrees(text, where);
  if (booster.numFeatures !== cols) {
    const { numFeatures } = booster;
    booster.free();
    throw invalid(where, `was trained on ${numFeatures} features, not ${cols}`);
  }
  return {
    name,
    predict: (matrix) => (matrix.rows === 0 ? new Float64Array(0) : booster.predict(matrix)),
    dispose: () => booster.free(),
  };
}

function openTrees(text: string, where: string): Booster {
  try {
    return loadLightGbm().loadModelFromString(text);
  } catch (error) {
    if (error instanceof NativeError && error.code === 'LIGHTGBM_FAILED')
      throw invalid(where, `is refused by LightGBM (${error.message})`);
    throw error;
  }
}

function logistic(name: string, kernel: Float32Array, bias: Plain | undefined, where: string): Voter {
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

function constant(name: string, probability: Plain | undefined, where: string): Voter {
  if (typeof probability !== 'number' || !(probability >= 0 && probability <= 1))
    throw invalid(where, 'has no probability between 0 and 1');
  return { name, predict: ({ rows }) => new Float64Array(rows).fill(probability), dispose: () => undefined };
}
