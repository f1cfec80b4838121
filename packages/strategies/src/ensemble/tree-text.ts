/**
 * What is wrong with the trees of a LightGBM model text, or null. LightGBM takes a text at its word: a number
 * that isn't one ends the process, and a child that leads back up makes a prediction go on for ever. Trees
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
