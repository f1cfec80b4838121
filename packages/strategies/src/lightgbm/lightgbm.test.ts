import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { recorder } from '../../test/context.ts';
import { answers, fitPlanted, learnerOf, planted, plantedHoldout } from '../../test/planted.ts';
import { findPython } from '../../test/python.ts';
import { pooledRows } from '../dataset.ts';
import { settingsOf } from '../definition.ts';
import type { AnyDefinition, Unfit } from '../definition.ts';
import { storeText } from '../ensemble/trees-text.ts';
import type { StoredText } from '../ensemble/trees-text.ts';
import { lossName, meanLoss } from '../losses.ts';
import type { Plain } from '../strategy.ts';
import { targetOf } from '../target.ts';

const params = { num_boost_round: 40, learning_rate: 0.1, early_stopping_rounds: 10 };
const tasks = ['binary', 'multiclass', 'regression'] as const;

type State = { readonly [key: string]: Plain };
const textOf = (state: State): string =>
  inflateSync((state.model as unknown as StoredText).model_text_zlib).toString();
const roundsOf = (state: State): number => {
  const perRound = Number(/^num_tree_per_iteration=(\d+)$/m.exec(textOf(state))![1]);
  return (textOf(state).split(/^Tree=\d+$/m).length - 1) / perRound;
};
const championOf = (definition: AnyDefinition, state: State, settings = params): object =>
  definition.warmStart!(
    { state: structuredClone(state), settings: settingsOf(definition, settings), scaler: null! },
    settingsOf(definition, settings),
    { names: ['first', 'second', 'third', 'fourth', 'fifth'], window: 1, hash: '', compute: () => null! },
  );

describe.each(tasks)('boosted trees on labels that are %s', (task) => {
  const definition = learnerOf('lightgbm', task);
  const data = planted(task);
  const target = targetOf(data);

  test('are added to by a warm start, which begins with what the champion says', async () => {
    const before = await fitPlanted(definition, data, { params: { ...params, num_boost_round: 10 } });
    const { context, epochs } = recorder();
    const champion = championOf(definition, before.state);
    const other = planted(task, { seed: 1, centre: 0.002 });
    const after = await fitPlanted(definition, other, {
      params,
      context,
      start: { from: 'champion', champion },
    });
    const { range, labels } = {
      range: { from: 610, to: 750 },
      labels: pooledRows(other, 'validation').labels,
    };
    const output = await answers(definition, other, before.state, { range });
    const said = 'score' in output ? output.score : output.probabilities;
    const [first] = epochs;
    expect(first!.step).toBe(0);
    const loss = meanLoss(target, said, labels);
    expect(first!.values[`boosting_validation_${lossName(target)}`]! / loss).toBeCloseTo(1, 5);
    expect(roundsOf(before.state)).toBe(10);
    expect(roundsOf(after.state)).toBeGreaterThan(10);
    // The champion's trees come first, as they are.
    expect(textOf(after.state)).toContain(/Tree=0\n[^]*?\n\n/.exec(textOf(before.state))![0]);
    expect(after.warmStart).toMatch(
      /^warm start: boosting has the 10 trees of the model in use and \d+ more$/,
    );
    const now = await answers(definition, other, after.state, { range });
    expect(meanLoss(target, 'score' in now ? now.score : now.probabilities, labels)).toBeLessThan(loss);
  });

  test('stop where the validation rows say so, and are kept at their best round', async () => {
    const { context, epochs } = recorder();
    const { state } = await fitPlanted(definition, data, {
      params: { ...params, learning_rate: 1, num_boost_round: 500, lambda_l2: 0 },
      context,
    });
    const curve = epochs.map(({ values }) => values[`boosting_validation_${lossName(target)}`]!);
    expect(curve.length).toBeLessThan(400);
    expect(roundsOf(state)).toBe(curve.indexOf(Math.min(...curve)) + 1);
    expect(curve.length).toBe(roundsOf(state) + 10);
  });

  test.each(tasks.filter((other) => other !== task))('are not read as those of %s', async (other) => {
    const { state } = await fitPlanted(definition, data, { params: { ...params, num_boost_round: 5 } });
    const stored = other === 'multiclass' ? { task: other, classes: 3 } : { task: other };
    const wrong: State = { ...state, target: stored, model: { ...(state.model as State), offset: 0 } };
    await expect(answers(learnerOf('lightgbm', other), planted(other), wrong)).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: expect.stringContaining('belongs; the file is damaged'),
    });
    expect(() => championOf(definition, wrong)).toThrow('holds trees that were not boosted toward');
  });
});

const definition = learnerOf('lightgbm', 'binary');

test('settings reach LightGBM by their names', async () => {
  const given = {
    num_leaves: 3,
    max_depth: 2,
    min_data_in_leaf: 33,
    min_gain_to_split: 0.001,
    feature_fraction: 0.5,
    bagging_fraction: 0.8,
    bagging_freq: 2,
    lambda_l1: 0.25,
    lambda_l2: 3,
    max_bin: 31,
    learning_rate: 0.125,
  };
  const { state } = await fitPlanted(definition, planted('binary'), { params: given });
  for (const [name, value] of Object.entries(given)) expect(textOf(state)).toContain(`[${name}: ${value}]`);
  const leaves = [...textOf(state).matchAll(/^num_leaves=(\d+)$/gm)].map(([, n]) => Number(n));
  expect(Math.max(...leaves)).toBeLessThanOrEqual(3);
});

test('a champion of other class weights, or one that is full, is not started from', async () => {
  const { state } = await fitPlanted(definition, planted('binary'), {
    params: { ...params, num_boost_round: 5 },
  });
  const unfit = (settings: Record<string, Plain>, theirs: Record<string, Plain> = {}): string =>
    (
      definition.warmStart!(
        { state, settings: settingsOf(definition, theirs), scaler: null! },
        settingsOf(definition, settings),
        { names: ['a', 'b', 'c', 'd', 'e'], window: 1, hash: '', compute: () => null! },
      ) as Unfit
    ).unfit;
  expect(unfit({ class_weight: 'balanced' })).toContain('fitted with class_weight none');
  expect(unfit({ max_boosted_trees: 2 })).toContain('boosted trees, and max_boosted_trees is 2');
});

describe('a damaged state is refused, naming the part:', () => {
  const definition = learnerOf('lightgbm', 'multiclass');
  const data = planted('multiclass');
  const fitted = fitPlanted(definition, data, { params: { ...params, class_weight: 'balanced' } });
  const retold = (model: State, change: (text: string) => string): Plain => ({
    ...model,
    ...storeText(change(inflateSync((model as unknown as StoredText).model_text_zlib).toString())),
  });

  test.each<[string, (state: State) => State, string]>([
    ['no model', ({ model: _, ...rest }) => rest, 'model_state.mine.model is missing or no dictionary'],
    ['an unknown task', (s) => ({ ...s, target: { task: 'ranking' } }), 'the unknown task "ranking"'],
    ['one class', (s) => ({ ...s, target: { task: 'multiclass', classes: 1 } }), 'classes is 1'],
    [
      'another number of classes',
      (s) => ({ ...s, target: { task: 'multiclass', classes: 4 }, class_weights: [1, 1, 1, 1] }),
      "is multiclass of 4 classes, but the strategy's label makes multiclass of 3 classes",
    ],
    [
      'trees of another number of classes',
      (s) => ({
        ...s,
        model: retold(s.model as State, (text) => text.replace('num_class=3', 'num_class=4')),
      }),
      'has num_class=4 where num_class=3 belongs',
    ],
    ['no task', ({ target: _, ...rest }) => rest, "is binary, but the strategy's label makes multiclass"],
    [
      'class weights of two',
      (s) => ({ ...s, class_weights: [1, 2] }),
      'class_weights is no list of a number above 0 for each class',
    ],
    ['a class weight of 0', (s) => ({ ...s, class_weights: [1, 0, 2] }), 'class_weights is no list'],
    [
      'an objective of more classes than there is room for',
      (s) => ({
        ...s,
        model: retold(s.model as State, (text) =>
          text.replace('objective=multiclass num_class:3', 'objective=multiclass num_class:900'),
        ),
      }),
      'num_class:900 where objective=multiclass num_class:3 belongs',
    ],
    [
      'two numbers of classes',
      (s) => ({
        ...s,
        model: retold(s.model as State, (text) => text.replace('num_class=3', 'num_class=3\nnum_class=9')),
      }),
      'has num_class=3 and num_class=9 where num_class=3 belongs',
    ],
  ])('%s', async (_, change, message) => {
    const state = change(structuredClone((await fitted).state));
    await expect(answers(definition, data, state)).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: expect.stringContaining(message),
    });
  });
});

const python = findPython(['lightgbm', 'numpy']);
const script = `
import sys, lightgbm, numpy
booster = lightgbm.Booster(model_file=sys.argv[1] + '/model.txt')
booster.predict(numpy.fromfile(sys.argv[1] + '/rows.bin').reshape(-1, 5)).tofile(sys.argv[1] + '/out.bin')
`;

(python === null ? test.skip.each(tasks) : test.each(tasks))(
  `Python's lightgbm reads the stored trees of %s and predicts what the service predicts${
    python === null ? ' [no Python with lightgbm and numpy, at $PYTHON or as python3]' : ''
  }`,
  async (task) => {
    const own = learnerOf('lightgbm', task);
    const data = planted(task);
    const { state } = await fitPlanted(own, data, { params });
    const output = await answers(own, data, state);
    const ours = 'score' in output ? output.score : output.probabilities;
    const folder = mkdtempSync(join(tmpdir(), 'lightgbm-'));
    try {
      const { from, to } = plantedHoldout;
      writeFileSync(join(folder, 'model.txt'), textOf(state));
      writeFileSync(join(folder, 'rows.bin'), data.symbols[0]!.features.data.slice(from * 5, to * 5));
      execFileSync(python!, ['-c', script, folder], { stdio: 'pipe' });
      const theirs = new Float64Array(new Uint8Array(readFileSync(join(folder, 'out.bin'))).buffer);
      const { offset = 0 } = state.model as { offset?: number };
      expect(theirs).toHaveLength(ours.length);
      ours.forEach((said, i) => expect(said).toBeCloseTo(theirs[i]! + offset, 12));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
