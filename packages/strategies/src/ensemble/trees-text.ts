// The text in which LightGBM writes trees: how a model file holds it, and why it is looked at before LightGBM
// reads it.
import { deflateSync, inflateSync } from 'node:zlib';
import { loadLightGbm, NativeError } from '@ml-training/native';
import type { Booster } from '@ml-training/native';
import { StrategyError } from '../errors.ts';
import type { Plain } from '../strategy.ts';
import { invalid } from '../plain.ts';
import { binary, outputsOf } from '../target.ts';
import type { Target } from '../target.ts';

/** LightGBM's model text as a member holds it: deflated to about a third, for Python's `zlib.decompress`. */
export type StoredText = { readonly model_text_zlib: Uint8Array; readonly model_text_bytes: number };

/** No model of this ensemble comes near; a text that says it is larger is not inflated. */
const maxBytes = 64 * 2 ** 20;

/** @throws StrategyError INVALID_PARAMS when it is larger than a model may be. */
export function storeText(text: string): StoredText {
  const bytes = Buffer.from(text);
  if (bytes.length > maxBytes)
    throw new StrategyError(
      'INVALID_PARAMS',
      `trees of ${bytes.length} bytes are more than the ${maxBytes} that a model may hold: ` +
        'set fewer rounds or trees (num_boost_round, forest_trees), or fewer num_leaves',
    );
  const deflated = deflateSync(bytes);
  return { model_text_zlib: new Uint8Array(deflated), model_text_bytes: bytes.length };
}

/**
 * The text of a member; models of earlier versions hold it as it is, as `model_text`.
 * @throws StrategyError INVALID_MODEL when there is none, or it doesn't inflate to exactly the announced
 * size.
 */
export function readText(member: { readonly [key: string]: Plain }, where: string): string {
  const { model_text, model_text_zlib, model_text_bytes } = member;
  if (typeof model_text === 'string') return model_text;
  if (!(model_text_zlib instanceof Uint8Array)) throw invalid(where, 'has no model_text_zlib');
  const announced = typeof model_text_bytes === 'number' ? model_text_bytes : NaN;
  if (!Number.isSafeInteger(announced) || announced < 1 || announced > maxBytes)
    throw invalid(where, `has no model_text_bytes from 1 to ${maxBytes}`);
  let bytes: Buffer;
  try {
    bytes = inflateSync(model_text_zlib, { maxOutputLength: announced });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(where, `has a text that can't be inflated to ${announced} bytes (${why})`);
  }
  if (bytes.length !== announced)
    throw invalid(where, `has a text of ${bytes.length} bytes where ${announced} are announced`);
  return bytes.toString('utf8');
}

/**
 * The trees of a text, once it is known that LightGBM can be trusted with it.
 * @throws StrategyError INVALID_MODEL when it can't, or they were grown on another number of features or for
 *   another task.
 */
export function openTrees(text: string, cols: number, where: string, target: Target = binary): Booster {
  const problem = headerProblem(text, target) ?? treeTextProblem(text, cols);
  if (problem !== null) throw invalid(where, problem);
  const booster = loadTrees(text, where);
  const { numFeatures, treesPerIteration } = booster;
  if (numFeatures === cols && treesPerIteration === outputsOf(target)) return booster;
  booster.free();
  throw invalid(
    where,
    treesPerIteration === outputsOf(target)
      ? `was trained on ${numFeatures} features, not ${cols}`
      : `grows ${treesPerIteration} trees a round, not ${outputsOf(target)}`,
  );
}

/** LightGBM's words for what trees lead to. */
export const objectiveLine = (target: Target): string =>
  ({
    binary: 'objective=binary sigmoid:1',
    multiclass: `objective=multiclass num_class:${outputsOf(target)}`,
    regression: 'objective=regression',
  })[target.task];

/**
 * What is wrong with the lines above the trees, or null. LightGBM writes as many numbers a row as these say,
 * whatever room there is, and each of them may say another number.
 */
function headerProblem(text: string, target: Target): string | null {
  const end = text.search(/^Tree=0$|^end of trees$/m);
  const lines = text.slice(0, Math.max(0, end)).split('\n');
  const outputs = outputsOf(target);
  const wanted = [`num_class=${outputs}`, `num_tree_per_iteration=${outputs}`, objectiveLine(target)];
  for (const line of wanted) {
    const found = lines.filter((other) => other.split('=')[0] === line.split('=')[0]);
    if (found.length !== 1 || found[0] !== line)
      return `has ${found.length === 0 ? 'no line' : found.join(' and ')} where ${line} belongs`;
  }
  return null;
}

function loadTrees(text: string, where: string): Booster {
  try {
    return loadLightGbm().loadModelFromString(text);
  } catch (error) {
    if (error instanceof NativeError && error.code === 'LIGHTGBM_FAILED')
      throw invalid(where, `is refused by LightGBM (${error.message})`);
    throw error;
  }
}

/**
 * What is wrong with the trees of a LightGBM model text, or null. LightGBM takes a text at its word: a number
 * that isn't one ends the process, and a child that leads back up makes a prediction never end. Trees
 * that split by category or have linear leaves are no members of this ensemble and are refused as well.
 * @param cols number of features the model was trained on.
 */
export function treeTextProblem(text: string, cols: number): string | null {
  const end = text.indexOf('\nend of trees\n');
  if (end < 0) return 'has no end of trees';
  const [, ...trees] = text.slice(0, end).split(/^Tree=\d+\n/m);
  for (const [index, tree] of trees.entries()) {
    const problem = treeProblem(tree, cols);
    if (problem !== null) return `has a tree ${index} ${problem}`;
  }
  return null;
}

const perSplit = [
  'split_feature',
  'split_gain',
  'threshold',
  'decision_type',
  'left_child',
  'right_child',
  'internal_value',
  'internal_weight',
  'internal_count',
] as const;
const perLeaf = ['leaf_value', 'leaf_weight', 'leaf_count'] as const;

function treeProblem(tree: string, cols: number): string | null {
  const fields = new Map<string, readonly number[]>();
  for (const line of tree.split('\n').filter((given) => given !== '')) {
    const [, name, list] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name === undefined || list === undefined) return `with the line ${JSON.stringify(line.slice(0, 40))}`;
    const values = list.split(' ').flatMap((value) => (value === '' ? [] : [Number(value)]));
    if (!values.every(Number.isFinite)) return `whose ${name} are not all numbers`;
    if (fields.has(name)) return `with two ${name}`;
    fields.set(name, values);
  }
  const leaves = fields.get('num_leaves')?.[0] ?? 0;
  if (!Number.isInteger(leaves) || leaves < 1) return 'without leaves';
  if (fields.get('num_cat')?.[0] !== 0 || fields.get('is_linear')?.[0] !== 0)
    return 'that splits by category or has linear leaves';
  // A lone leaf has its value and nothing else that is looked at.
  const lists = leaves === 1 ? ([['leaf_value', 1]] as const) : lengths(leaves);
  for (const [name, length] of lists)
    if (fields.get(name)?.length !== length) return `without ${length} ${name}`;
  return leaves === 1 ? null : splitProblem(fields, leaves, cols);
}

const lengths = (leaves: number): (readonly [string, number])[] => [
  ...perSplit.map((name) => [name, leaves - 1] as const),
  ...perLeaf.map((name) => [name, leaves] as const),
];

function splitProblem(
  fields: ReadonlyMap<string, readonly number[]>,
  leaves: number,
  cols: number,
): string | null {
  const list = (name: (typeof perSplit)[number]): readonly number[] => fields.get(name) ?? [];
  if (!list('split_feature').every((f) => Number.isInteger(f) && f >= 0 && f < cols))
    return `that splits by a feature outside the ${cols}`;
  // Bit 0 says category, bit 1 which way a missing value goes, bits 2 and 3 what counts as missing.
  if (!list('decision_type').every((d) => Number.isInteger(d) && d >= 0 && d < 12 && d % 2 === 0))
    return 'with splits of an unknown kind';
  // Splits are numbered from the root down, leaves are −1 − number; each must hang in one place.
  const children = ['left_child', 'right_child'] as const;
  const places = children.flatMap((side) => list(side).map((child, parent) => ({ child, parent })));
  const down = places.every(({ child, parent }) => child < 0 || child > parent);
  const each = new Set(places.map(({ child }) => child));
  const inRange = [...each].every((c) => Number.isInteger(c) && c >= -leaves && c < leaves - 1);
  return down && inRange && each.size === places.length
    ? null
    : 'whose splits and leaves do not hang together';
}
