import { describe, expect, test } from '@jest/globals';
import { loadLightGbm } from './lightgbm.ts';
import type { LightGbmParams } from './params.ts';

const ROWS = 600;
const COLS = 3;
const PARAMS = {
  objective: 'binary',
  metric: ['auc', 'binary_logloss'],
  seed: 1,
  deterministic: true,
  force_row_wise: true,
} satisfies LightGbmParams;

const lightGbm = loadLightGbm({ threads: 2 });

/** Numbers from a fixed sequence; the label is whether the first column is positive. */
function sample(rows: number, start = 1): { data: Float64Array; label: Float32Array } {
  let state = start;
  const next = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647 - 0.5;
  const data = Float64Array.from({ length: rows * COLS }, next);
  const label = Float32Array.from({ length: rows }, (_, row) => (data[row * COLS]! > 0 ? 1 : 0));
  return { data, label };
}

const { data, label } = sample(ROWS);
const matrix = { data, rows: ROWS, cols: COLS };

function trained(iterations: number, params: LightGbmParams = PARAMS) {
  const dataset = lightGbm.createDataset(matrix, { label }, params);
  const booster = lightGbm.createBooster(dataset, params);
  dataset.free();
  for (let i = 0; i < iterations; i++) booster.updateOneIter();
  return booster;
}

describe('a booster', () => {
  test('learns a threshold and predicts probabilities', () => {
    using booster = trained(20);
    const probability = booster.predict(matrix);
    expect(probability).toHaveLength(ROWS);
    const right = probability.filter((p, row) => p > 0.5 === (label[row] === 1)).length;
    expect(right).toBe(ROWS);
    expect(Math.max(...probability)).toBeLessThan(1);
  });

  test('predicts raw scores as the log odds of its probabilities', () => {
    using booster = trained(5);
    const raw = booster.predict(matrix, { type: 'raw' });
    const probability = booster.predict(matrix);
    for (const [row, score] of raw.entries())
      expect(1 / (1 + Math.exp(-score))).toBeCloseTo(probability[row]!, 12);
  });

  test('predicts the same to the last bit once its text is loaded', () => {
    using booster = trained(20);
    using loaded = lightGbm.loadModelFromString(booster.saveModelToString());
    expect(loaded.numIterations).toBe(20);
    expect(loaded.predict(matrix)).toEqual(booster.predict(matrix));
  });

  test.each([
    ['boosted trees', {}],
    ['a random forest', { boosting: 'rf', bagging_fraction: 0.6, bagging_freq: 1 }],
  ])('of %s predicts a row alone to the bit as among others, also once it has grown', (_, kind) => {
    using booster = trained(20, { ...PARAMS, ...kind });
    const alone = (): Float64Array =>
      Float64Array.from(
        { length: ROWS },
        (_, r) => booster.predictRow(data.subarray(r * COLS, (r + 1) * COLS))[0]!,
      );
    const before = alone();
    expect(before).toEqual(booster.predict(matrix));
    booster.updateOneIter();
    expect(alone()).toEqual(booster.predict(matrix));
    expect(alone()).not.toEqual(before);
    expect(() => booster.predictRow(data.subarray(0, 2))).toThrow(
      'a row of 2 columns for a model of 3 features',
    );
  });

  test.each([
    ['boosted trees', {}],
    ['a random forest', { boosting: 'rf', bagging_fraction: 0.6, bagging_freq: 1 }],
  ])('of %s gives each feature its Shapley value of the log odds', (_, kind) => {
    using booster = trained(8, { ...PARAMS, num_leaves: 6, ...kind });
    const few = { data: data.subarray(0, 40 * COLS), rows: 40, cols: COLS };
    const raw = booster.predict(few, { type: 'raw' });
    const contributions = booster.predict(few, { type: 'contrib' });
    const trees = treesOf(booster.saveModelToString());
    for (let r = 0; r < few.rows; r++) {
      const row = data.subarray(r * COLS, (r + 1) * COLS);
      const own = contributions.subarray(r * (COLS + 1), (r + 1) * (COLS + 1));
      expect(own.reduce((sum, value) => sum + value, 0)).toBeCloseTo(raw[r]!, 9);
      for (let c = 0; c < COLS; c++) expect(own[c]).toBeCloseTo(shapley(trees, row, c), 9);
      expect(own[COLS]).toBeCloseTo(expected(trees, row, 0), 9);
    }
  });

  test('saves only the first iterations when asked to', () => {
    using booster = trained(20);
    using first = lightGbm.loadModelFromString(booster.saveModelToString(7));
    expect(first.numIterations).toBe(7);
    expect(first.predict(matrix)).toEqual(booster.predict(matrix, { numIteration: 7 }));
    expect(first.predict(matrix)).not.toEqual(booster.predict(matrix));
  });

  test('takes its last iteration back', () => {
    using booster = trained(3);
    const before = booster.predict(matrix);
    booster.updateOneIter();
    expect(booster.predict(matrix)).not.toEqual(before);
    booster.rollbackOneIter();
    expect(booster.numIterations).toBe(3);
    expect(booster.predict(matrix)).toEqual(before);
  });

  test('is the same whenever data, parameters and seed are', () => {
    const params = { ...PARAMS, bagging_fraction: 0.5, bagging_freq: 1, feature_fraction: 0.6 };
    using one = trained(10, params);
    using same = trained(10, params);
    using other = trained(10, { ...params, seed: 2 });
    expect(same.saveModelToString()).toBe(one.saveModelToString());
    expect(other.predict(matrix)).not.toEqual(one.predict(matrix));
  });

  test('is judged on its validation set, binned as its training set', () => {
    const held = sample(200, 99);
    using train = lightGbm.createDataset(matrix, { label }, PARAMS);
    using validation = lightGbm.createDataset(
      { data: held.data, rows: 200, cols: COLS },
      { label: held.label, reference: train },
      PARAMS,
    );
    using booster = lightGbm.createBooster(train, PARAMS, { validation: [validation] });
    booster.updateOneIter();
    const first = booster.getEval(1);
    for (let i = 0; i < 20; i++) booster.updateOneIter();
    const last = booster.getEval(1);
    expect(Object.keys(last)).toEqual(['auc', 'binary_logloss']);
    expect(last['auc']).toBeGreaterThan(0.99);
    expect(last['binary_logloss']).toBeLessThan(first['binary_logloss']!);
    expect(() => booster.getEval(2)).toThrow('no data set 2, there are 2');
  });

  test('starts from the trees of another model', () => {
    using before = trained(5);
    const initScore = before.predict(matrix, { type: 'raw' });
    using dataset = lightGbm.createDataset(matrix, { label, initScore }, PARAMS);
    using booster = lightGbm.createBooster(dataset, PARAMS, { initModel: before });
    for (let i = 0; i < 5; i++) booster.updateOneIter();
    expect(booster.numIterations).toBe(10);
    expect(booster.predict(matrix, { numIteration: 5 })).toEqual(before.predict(matrix));
    using loaded = lightGbm.loadModelFromString(booster.saveModelToString());
    using straight = trained(10);
    const straightScores = straight.predict(matrix);
    for (const [row, p] of loaded.predict(matrix).entries()) expect(p).toBeCloseTo(straightScores[row]!, 6);
  });

  test('names the feature that decides', () => {
    using booster = trained(5);
    const [first, ...others] = booster.featureImportance('gain');
    expect(first).toBeGreaterThan(100 * Math.max(...others));
  });

  test('heeds the weights of rows', () => {
    const weight = Float32Array.from(label, (value) => (value === 1 ? 9 : 1));
    const stump = { ...PARAMS, num_leaves: 2, min_data_in_leaf: ROWS };
    using heavy = lightGbm.createDataset(matrix, { label, weight }, stump);
    using booster = lightGbm.createBooster(heavy, stump);
    booster.updateOneIter();
    const ones = label.reduce((sum, value) => sum + value, 0);
    expect(booster.predict(matrix)[0]).toBeCloseTo((9 * ones) / (9 * ones + ROWS - ones), 4);
  });

  test('takes 32-bit matrices and rows with missing values', () => {
    const rounded = Float32Array.from(data);
    rounded[1] = Number.NaN;
    using dataset = lightGbm.createDataset({ ...matrix, data: rounded }, { label }, PARAMS);
    using booster = lightGbm.createBooster(dataset, PARAMS);
    for (let i = 0; i < 20; i++) booster.updateOneIter();
    expect(booster.predict({ ...matrix, data: rounded }).every((p) => p > 0 && p < 1)).toBe(true);
  });

  test('grows random forests and extremely random trees', () => {
    const bagging = { bagging_fraction: 0.6, bagging_freq: 1 };
    for (const params of [{ ...bagging, boosting: 'rf' }, { extra_trees: true }]) {
      using booster = trained(20, { ...PARAMS, ...params });
      const right = booster.predict(matrix).filter((p, row) => p > 0.5 === (label[row] === 1)).length;
      expect(right).toBeGreaterThan(0.97 * ROWS);
    }
  });
});

describe('what would crash or go unnoticed is refused', () => {
  test('a matrix or a column that is too short', () => {
    expect(() => lightGbm.createDataset({ ...matrix, rows: ROWS + 1 }, { label })).toThrow('601 × 3');
    expect(() => lightGbm.createDataset(matrix, { label: label.subarray(1) })).toThrow(
      '599 values for 600 rows',
    );
    expect(() => lightGbm.createDataset(matrix, { label, initScore: new Float64Array(599) })).toThrow(
      'init_score',
    );
  });

  test('rows of another width', () => {
    using booster = trained(1);
    expect(() => booster.predict({ data: data.subarray(0, 4), rows: 2, cols: 2 })).toThrow(
      '2 columns for a model of 3 features',
    );
  });

  test('a misspelt parameter and one that smuggles in another', () => {
    expect(() => lightGbm.createDataset(matrix, { label }, { max_bim: 3 })).toThrow('no parameter "max_bim"');
    expect(() => lightGbm.createDataset(matrix, { label }, { max_bin: '3 seed=1' })).toThrow("can't be");
  });

  test('a text that is cut short or no model', () => {
    using booster = trained(3);
    const text = booster.saveModelToString();
    const end = text.indexOf('end of trees');
    for (const cut of [0, 100, text.indexOf('Tree=0') + 5, text.indexOf('Tree=2') - 1, end - 1])
      expect(() => lightGbm.loadModelFromString(text.slice(0, cut))).toThrow('not a whole LightGBM model');
    const tampered = text.replace('num_leaves=', 'num_leaves=1');
    expect(() => lightGbm.loadModelFromString(tampered)).toThrow('not a whole LightGBM model');
  });

  test('the use of what has been freed; freeing twice is harmless', () => {
    const dataset = lightGbm.createDataset(matrix, { label });
    const booster = lightGbm.createBooster(dataset, PARAMS);
    dataset.free();
    dataset.free();
    expect(() => lightGbm.createBooster(dataset, PARAMS)).toThrow('this dataset has been freed');
    // LightGBM still points to the data.
    expect(booster.updateOneIter()).toBe(true);
    booster.free();
    booster.free();
    expect(() => booster.updateOneIter()).toThrow('this booster has been freed');
    expect(() => booster.predictRow(data.subarray(0, COLS))).toThrow('this booster has been freed');
  });

  test("LightGBM's own errors come as they are", () => {
    using dataset = lightGbm.createDataset(matrix, { label });
    expect(() => lightGbm.createBooster(dataset, { objective: 'guess' })).toThrow(
      expect.objectContaining({ code: 'LIGHTGBM_FAILED', message: expect.stringContaining('guess') }),
    );
  });
});

/** Numbers of a tree in LightGBM's text. */
type TextTree = Readonly<Record<string, readonly number[]>>;

function treesOf(text: string): TextTree[] {
  const [trees = ''] = text.split('end of trees');
  return trees
    .split(/^Tree=\d+$/m)
    .slice(1)
    .map((tree) => {
      const fields = tree
        .trim()
        .split('\n')
        .map((line): [string, number[]] => {
          const [name = '', list = ''] = line.split('=');
          return [name, list.split(' ').map(Number)];
        });
      return Object.fromEntries(fields);
    });
}

/**
 * Sum of the trees where only the features of a set (bits) are known: at a split by another both ways are
 * gone, each by its share of the training rows.
 */
function expected(trees: readonly TextTree[], row: Float64Array, known: number): number {
  const at = (tree: TextTree, node: number): number => {
    if (node < 0) return tree['leaf_value']![-1 - node]!;
    const [left, right] = [tree['left_child']![node]!, tree['right_child']![node]!];
    const feature = tree['split_feature']![node]!;
    if (known & (1 << feature)) return at(tree, row[feature]! <= tree['threshold']![node]! ? left : right);
    const count = (child: number): number =>
      child < 0 ? tree['leaf_count']![-1 - child]! : tree['internal_count']![child]!;
    const share = count(left) / (count(left) + count(right));
    return share * at(tree, left) + (1 - share) * at(tree, right);
  };
  return trees.reduce((sum, tree) => sum + at(tree, tree['num_leaves']![0] === 1 ? -1 : 0), 0);
}

/** By the definition: what the feature adds, averaged over all orders in which features become known. */
function shapley(trees: readonly TextTree[], row: Float64Array, feature: number): number {
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  let value = 0;
  for (let set = 0; set < 2 ** COLS; set++) {
    if (set & (1 << feature)) continue;
    const size = set.toString(2).replaceAll('0', '').length;
    const weight = (factorial(size) * factorial(COLS - size - 1)) / factorial(COLS);
    value += weight * (expected(trees, row, set | (1 << feature)) - expected(trees, row, set));
  }
  return value;
}
