import { fromNdArray } from '../ndarray.ts';
import type { Plain } from '../strategy.ts';
import { invalid, recordOf } from '../plain.ts';
import { binary, outputsOf } from '../target.ts';
import type { Target } from '../target.ts';
import { softmaxOf } from './softmax-regression.ts';
import { logit } from './pool.ts';
import { openTrees, readText } from './trees-text.ts';
import type { StoredText } from './trees-text.ts';

/** Scaled features, row-major. */
export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly cols: number;
  /** Whose rows they are, for members that answer for each symbol in its own way. */
  readonly symbol?: string;
}

/** A member of the ensemble, ready to predict. */
export interface Member {
  readonly name: string;
  /** Probability of class 1 or the value, one a row; of several classes each one's, rows × classes. */
  predict(matrix: Matrix): Float64Array;
  /**
   * What each feature adds to the log odds of class 1, or to the value, in one row, and last what there is
   * without any: they sum to what it says. Left out of several classes.
   */
  contributions?(row: Matrix): Float64Array;
  dispose(): void;
}

/** A member as `model_state.ensemble.members` holds it. */
export type StoredMember = { readonly name: string } &
  /** `offset`: of a regression, what the trees' values are added to. */
  (
    | ({ readonly kind: 'lightgbm'; readonly offset?: number } & StoredText)
    | {
        /** Of two classes, or of a number. */
        readonly kind: 'logistic' | 'ridge';
        readonly kernel: Plain;
        readonly bias: number;
        /** The penalty it was fitted under, for whoever looks; a mean over several has none. */
        readonly l2?: number;
      }
    | {
        readonly kind: 'softmax';
        readonly kernel: Plain;
        readonly bias: readonly number[];
        readonly l2: number;
      }
    | {
        /** Of two classes; the last of the kernel's rows and of the biases are of any other symbol. */
        readonly kind: 'logistic_by_symbol';
        readonly symbols: readonly string[];
        readonly kernel: Plain;
        readonly bias: readonly number[];
      }
    | { readonly kind: 'constant'; readonly probability: number }
    | { readonly kind: 'constant'; readonly probabilities: readonly number[] }
    | { readonly kind: 'constant'; readonly value: number }
  );

/** A trained member and how its training went. */
export interface TrainedMember {
  readonly stored: StoredMember;
  /** Rounds, trees or steps kept. */
  readonly rounds: number;
  /**
   * Of an averaged linear model, what each penalty weighs in the mean; of one for each symbol those of each, null
   * where a symbol is left to the shared one.
   */
  readonly penaltyWeights?: readonly (readonly number[] | null)[];
  /** Of trees: total gain of the splits on each feature, and how many there are. */
  readonly gain?: Float64Array;
  readonly splits?: Float64Array;
}

/**
 * Opens all or none.
 * @param where names the holder of the list `members` in messages.
 * @throws StrategyError INVALID_MODEL
 */
export function openMembers(
  stored: readonly Plain[],
  cols: number,
  where: string,
  target: Target = binary,
): Member[] {
  const members: Member[] = [];
  try {
    stored.forEach((member, i) => members.push(openMember(member, cols, `${where}.members[${i}]`, target)));
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
export function openMember(
  stored: Plain | undefined,
  cols: number,
  where: string,
  target: Target = binary,
): Member {
  const member = recordOf(stored, where);
  const { name, kind } = member;
  if (typeof name !== 'string') throw invalid(where, 'has no name');
  if (kind === 'lightgbm') return trees(name, member, cols, where, target);
  if (kind === 'constant') return constant(name, constantOf(member, where, target), cols, target);
  if (kind === 'logistic_by_symbol' && target.task === 'binary') return bySymbol(name, member, cols, where);
  const linear = { binary: 'logistic', multiclass: 'softmax', regression: 'ridge' }[target.task];
  if (kind !== linear)
    throw invalid(
      where,
      kind === 'logistic' || kind === 'softmax' || kind === 'ridge'
        ? `is of the kind ${kind}, which is not for the model's task ${target.task}`
        : `is of the unknown kind ${JSON.stringify(kind)}`,
    );
  const outputs = outputsOf(target);
  const kernel = fromNdArray(member.kernel, 'float32', `${where}.kernel`, [cols, outputs]);
  const bias = numbersOf(member.bias);
  if (bias.length !== outputs || ![...bias, ...kernel].every(Number.isFinite))
    throw invalid(where, 'has a kernel or bias that is no usable number');
  if (target.task === 'multiclass') return softmaxMember(name, kernel, bias);
  return linearMember(name, kernel, bias[0]!, target.task === 'binary' ? sigmoid : (value) => value);
}

function trees(
  name: string,
  member: { readonly [key: string]: Plain },
  cols: number,
  where: string,
  target: Target,
): Member {
  const offset = target.task === 'regression' ? offsetOf(member, where) : 0;
  const text = readText(member, where);
  const booster = openTrees(text, cols, where, target);
  const predict = (matrix: Matrix): Float64Array => {
    if (matrix.rows === 0) return new Float64Array(0);
    const said = matrix.rows === 1 ? booster.predictRow(matrix.data) : booster.predict(matrix);
    return offset === 0 ? said : said.map((value) => offset + value);
  };
  // Of a forest LightGBM gives the sum over the trees, of which the answer is the mean.
  const share = /^average_output$/m.test(text) ? 1 / booster.numIterations : 1;
  const contributions = (row: Matrix): Float64Array => {
    const of = booster.predict(row, { type: 'contrib' }).map((value) => share * value);
    of[cols]! += offset;
    return of;
  };
  return {
    name,
    predict,
    ...(target.task === 'multiclass' ? {} : { contributions }),
    dispose: () => booster.free(),
  };
}

/** @throws StrategyError INVALID_MODEL */
export function offsetOf({ offset }: { readonly [key: string]: Plain }, where: string): number {
  if (typeof offset === 'number' && Number.isFinite(offset)) return offset;
  throw invalid(where, 'has no offset to which its trees are added');
}

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

function linearMember(
  name: string,
  kernel: Float32Array,
  bias: number,
  link: (value: number) => number,
): Member & Required<Pick<Member, 'contributions'>> {
  const predict = ({ data, rows, cols }: Matrix): Float64Array => {
    const said = new Float64Array(rows);
    for (let r = 0; r < rows; r++) {
      let value = bias;
      for (let c = 0; c < cols; c++) value += data[r * cols + c]! * kernel[c]!;
      said[r] = link(value);
    }
    return said;
  };
  // Features are scaled: what there is without any is what it says of a row of means.
  const contributions = ({ data }: Matrix): Float64Array =>
    Float64Array.of(...Float64Array.from(kernel, (k, c) => k * data[c]!), bias);
  return { name, predict, contributions, dispose: () => undefined };
}

/** A linear member for each symbol. */
function bySymbol(
  name: string,
  { symbols, kernel: stored, bias }: { readonly [key: string]: Plain },
  cols: number,
  where: string,
): Member {
  const listed: readonly Plain[] = Array.isArray(symbols) ? symbols : [];
  const names = listed.filter((one) => typeof one === 'string');
  const biases = numbersOf(bias);
  const size = names.length + 1;
  if (names.length !== listed.length || names.length === 0 || biases.length !== size)
    throw invalid(where, 'has no list of symbols with a bias for each and one for all others');
  const kernels = fromNdArray(stored, 'float32', `${where}.kernel`, [size, cols]);
  if (![...biases, ...kernels].every(Number.isFinite))
    throw invalid(where, 'has a kernel or bias that is no usable number');
  const members = biases.map((own, s) =>
    linearMember(name, kernels.subarray(s * cols, (s + 1) * cols), own, sigmoid),
  );
  const places = new Map(names.map((symbol, s) => [symbol, s]));
  const of = ({ symbol = '' }: Matrix): ReturnType<typeof linearMember> =>
    members[places.get(symbol) ?? names.length]!;
  return {
    name,
    predict: (matrix) => of(matrix).predict(matrix),
    contributions: (row) => of(row).contributions(row),
    dispose: () => undefined,
  };
}

function softmaxMember(name: string, kernel: Float32Array, bias: readonly number[]): Member {
  const point = Float64Array.of(...kernel, ...bias);
  const classes = bias.length;
  const predict = ({ data, rows, cols }: Matrix): Float64Array => {
    const said = new Float64Array(rows * classes);
    for (let r = 0; r < rows; r++)
      softmaxOf(data, r * cols, cols, point, said.subarray(r * classes, (r + 1) * classes));
    return said;
  };
  return { name, predict, dispose: () => undefined };
}

/** Says the same of every row. */
function constant(name: string, answer: readonly number[], cols: number, target: Target): Member {
  const predict = ({ rows }: Matrix): Float64Array => {
    const said = new Float64Array(rows * answer.length);
    for (let r = 0; r < rows; r++) said.set(answer, r * answer.length);
    return said;
  };
  if (target.task === 'multiclass') return { name, predict, dispose: () => undefined };
  const contributions = (): Float64Array => {
    const of = new Float64Array(cols + 1);
    of[cols] = target.task === 'binary' ? logit(answer[0]!) : answer[0]!;
    return of;
  };
  return { name, predict, contributions, dispose: () => undefined };
}

function constantOf(
  { probability, probabilities, value }: { readonly [key: string]: Plain },
  where: string,
  target: Target,
): readonly number[] {
  const isShare = (p: number): boolean => p >= 0 && p <= 1;
  switch (target.task) {
    case 'binary':
      if (typeof probability === 'number' && isShare(probability)) return [probability];
      throw invalid(where, 'has no probability between 0 and 1');
    case 'multiclass': {
      const shares = numbersOf(probabilities);
      const sum = shares.reduce((all, p) => all + p, 0);
      if (shares.length === target.classes && shares.every(isShare) && Math.abs(sum - 1) < 1e-9)
        return shares;
      throw invalid(where, `has no ${target.classes} probabilities that sum to 1`);
    }
    case 'regression':
      if (typeof value === 'number' && Number.isFinite(value)) return [value];
      throw invalid(where, 'has no value');
  }
}

/** A number or the numbers of a list. */
function numbersOf(plain: Plain | undefined): number[] {
  const listed: readonly Plain[] = Array.isArray(plain) ? plain : plain === undefined ? [] : [plain];
  const numbers = listed.filter((n) => typeof n === 'number');
  return numbers.length === listed.length ? numbers : [];
}
