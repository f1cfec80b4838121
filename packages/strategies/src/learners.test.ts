// Every learner on every task that it knows, on rows whose labels are known to follow from two features.
import { describe, expect, test } from '@jest/globals';
import { recorder } from '../test/context.ts';
import { digest } from '../test/digest.ts';
import {
  answers,
  fitPlanted,
  holdoutLabels,
  likeliestOf,
  learnerOf,
  planted,
  plantedLearners,
  plantedHoldout,
  rankCorrelation,
  scoresOf,
} from '../test/planted.ts';
import type { PlantedLearner, PlantedTask } from '../test/planted.ts';
import { settingsOf } from './definition.ts';
import { fromNdArray } from './ndarray.ts';
import type { Plain } from './strategy.ts';

const quick: Record<PlantedLearner, { readonly [name: string]: Plain }> = {
  ensemble: { forest_trees: 30, num_boost_round: 150, learning_rate: 0.1 },
  lightgbm: { num_boost_round: 150, learning_rate: 0.1 },
  logistic: {},
  lstm: { window: 2, units: 8, epochs: 12, learning_rate: 0.02 },
};
const pairs = plantedLearners.flatMap((learner) =>
  (['binary', 'multiclass', 'regression'] as const)
    .filter((task) => learner !== 'logistic' || task !== 'regression')
    .map((task) => [learner, task] as const),
);

const share = (said: readonly number[], labels: readonly number[]): number =>
  said.filter((k, i) => k === labels[i]).length / labels.length;
const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(pairs)('%s on labels that are %s', (learner, task) => {
  const definition = learnerOf(learner, task);
  const params = quick[learner];
  const data = planted(task);
  const fitted = fitPlanted(definition, data, { params });

  test('finds what was planted, and what it says has the form of the task', async () => {
    const output = await answers(definition, data, (await fitted).state, { params });
    const labels = holdoutLabels(data);
    if (task === 'multiclass') {
      const commonest = Math.max(...[0, 1, 2].map((k) => labels.filter((label) => label === k).length));
      expect(share(likeliestOf(output), labels)).toBeGreaterThan(commonest / labels.length + 0.15);
      const { probabilities } = output as { probabilities: Float64Array };
      for (let at = 0; at < probabilities.length; at += 3)
        expect(probabilities[at]! + probabilities[at + 1]! + probabilities[at + 2]!).toBeCloseTo(1, 9);
      expect(probabilities).toHaveLength(3 * labels.length);
    } else {
      const score = scoresOf(output);
      expect(score).toHaveLength(labels.length);
      // The noise leaves a correlation of 0.82 with the sum itself.
      expect(rankCorrelation(score, labels)).toBeGreaterThan({ regression: 0.65, binary: 0.4 }[task]);
    }
    if (task === 'regression') {
      // In the label's own unit: a thousandth about a half of it.
      const score = scoresOf(output);
      const error = meanOf(score.map((said, i) => (said - labels[i]!) ** 2));
      const spread = meanOf(labels.map((label) => (label - meanOf(labels)) ** 2));
      expect(error / spread).toBeLessThan(0.6);
    }
  });

  test('says the same of a row alone, and the same again from the same seed', async () => {
    const { state } = await fitted;
    const again = await fitPlanted(definition, data, { params });
    expect(digest(again.state)).toBe(digest(state));
    const whole = await answers(definition, data, state, { params });
    const row = { from: plantedHoldout.from + 7, to: plantedHoldout.from + 8 };
    const alone = await answers(definition, data, state, { params, range: row });
    if ('score' in whole) expect(scoresOf(alone)).toEqual(scoresOf(whole).slice(7, 8));
    else
      expect('probabilities' in alone && [...alone.probabilities]).toEqual([
        ...whole.probabilities.slice(21, 24),
      ]);
  });

  test('an interrupted training is resumed to the same model, to the bit', async () => {
    const stop = new Error('stopped by a test');
    const { state } = await fitted;
    for (const at of [1, 2]) {
      let calls = 0;
      let kept: Plain = null;
      const context = {
        ...recorder().context,
        checkpoint: (given: () => Plain) => {
          if (++calls !== at) return Promise.resolve();
          kept = structuredClone(given());
          return Promise.reject(stop);
        },
      };
      await expect(fitPlanted(definition, data, { params, context })).rejects.toBe(stop);
      const resumed = await fitPlanted(definition, data, {
        params,
        start: { from: 'checkpoint', state: kept, champion: null },
      });
      expect(digest(resumed.state)).toBe(digest(state));
    }
  });

  test('stops when it is told to', async () => {
    const controller = new AbortController();
    const { context } = recorder(controller.signal);
    const epoch = () => controller.abort(new Error('told to stop'));
    await expect(fitPlanted(definition, data, { params, context: { ...context, epoch } })).rejects.toThrow(
      'told to stop',
    );
  });

  test('labels that are all alike make a model that says so', async () => {
    const alike = planted(task, { labelOf: () => (task === 'regression' ? 0.25 : 1) });
    const { state } = await fitPlanted(definition, alike, { params });
    const output = await answers(definition, alike, state, { params });
    if (task === 'multiclass') expect(new Set(likeliestOf(output))).toEqual(new Set([1]));
    else if (task === 'binary') expect(Math.min(...scoresOf(output))).toBeGreaterThan(0.8);
    else for (const said of scoresOf(output)) expect(said).toBeCloseTo(0.25, 2);
  });
});

describe.each(plantedLearners)('%s', (learner) => {
  const definition = learnerOf(learner, 'multiclass');
  const params = quick[learner];

  test('a class that no train row has is unlikely, not impossible; the others are told apart', async () => {
    // Upper labels are there, but after the train rows alone.
    const data = planted('multiclass', {
      labelOf: (sum, t) => (sum < 0 ? 0 : t >= 600 && sum > 1.5 ? 2 : 1),
    });
    const { state } = await fitPlanted(definition, data, { params });
    const output = await answers(definition, data, state, { params });
    const labels = holdoutLabels(data);
    expect(labels).toContain(2);
    expect(share(likeliestOf(output), labels)).toBeGreaterThan(0.6);
    const { probabilities } = output as { probabilities: Float64Array };
    expect(probabilities.every((p) => p >= 0 && p <= 1)).toBe(true);
  });
});

const regressions: readonly PlantedLearner[] = ['ensemble', 'lightgbm', 'lstm'];

test.each(regressions)('%s: the unit of a label changes nothing but the unit', async (learner) => {
  const definition = learnerOf(learner, 'regression');
  const params = quick[learner];
  const said = async (unit: number): Promise<number[]> => {
    const data = planted('regression', { unit, centre: 3 * unit });
    const { state } = await fitPlanted(definition, data, { params });
    return scoresOf(await answers(definition, data, state, { params })).map((value) => value / unit);
  };
  const [small, large] = [await said(1e-6), await said(1e3)];
  expect(rankCorrelation(small, large)).toBeGreaterThan(0.98);
  expect(meanOf(small)).toBeCloseTo(meanOf(large), 1);
});

const balancing: readonly PlantedLearner[] = ['ensemble', 'lightgbm', 'logistic'];

describe.each(balancing)('%s with balanced class weights', (learner) => {
  test.each<PlantedTask>(['binary', 'multiclass'])('gives %s probabilities as they are', async (task) => {
    const definition = learnerOf(learner, task);
    const params = { ...quick[learner], class_weight: 'balanced' };
    // One class in six or so is 1 or 2.
    const rare = (sum: number): number => (sum > 1.2 ? (task === 'binary' ? 1 : sum > 1.8 ? 2 : 1) : 0);
    const data = planted(task, { labelOf: rare });
    const { state } = await fitPlanted(definition, data, { params });
    const output = await answers(definition, data, state, { params });
    const shareSaid =
      'score' in output
        ? meanOf(scoresOf(output))
        : 1 - meanOf([...output.probabilities].filter((_, i) => i % 3 === 0));
    const shareFound = meanOf(holdoutLabels(data).map((label) => Number(label > 0)));
    expect(Math.abs(shareSaid - shareFound)).toBeLessThan(0.08);
  });
});

describe.each<PlantedTask>(['binary', 'multiclass', 'regression'])('an lstm warm-started on %s', (task) => {
  const definition = learnerOf('lstm', task);
  const params = { ...quick.lstm, epochs: 1, learning_rate: 1e-7 };
  const champion = fitPlanted(definition, planted(task), { params: quick.lstm });
  const started = async (given: { readonly [name: string]: Plain } = {}) =>
    definition.warmStart!(
      {
        state: structuredClone((await champion).state),
        settings: settingsOf(definition, quick.lstm),
        scaler: null!,
      },
      settingsOf(definition, { ...params, ...given }),
      { names: ['a', 'b', 'c', 'd', 'e'], window: 1, hash: '', compute: () => null! },
    );

  test('begins with the LSTM of the champion, in the unit of its labels', async () => {
    const other = planted(task, { seed: 2, unit: 0.004, centre: 0.002 });
    const found = await started();
    const fitted = await fitPlanted(definition, other, {
      params,
      start: { from: 'champion', champion: found },
    });
    const known = (await champion).state;
    const layersOf = (state: Plain): number[] => {
      const { weights } = state as unknown as { weights: { name: string; shape: number[] }[] };
      return weights
        .filter(({ name }) => name.startsWith('lstm'))
        .flatMap((array) => [...fromNdArray(array as never, 'float32', array.name, array.shape)]);
    };
    const [before, after] = [layersOf(known), layersOf(fitted.state)];
    expect(before.length).toBeGreaterThan(400);
    // One epoch at a rate of next to nothing later.
    after.forEach((weight, i) => expect(weight).toBeCloseTo(before[i]!, 4));
    if (task === 'regression') expect(fitted.state.label_scale).toEqual(known.label_scale);
    else expect(fitted.state).not.toHaveProperty('label_scale');
  });

  test('does not begin with one of other layers', async () => {
    expect(await started({ units: 9 })).toEqual({
      unfit:
        'the model in use has a window of 2, layers of 8 units and a skip path, ' +
        'the new one a window of 2, layers of 9 units and a skip path',
    });
  });
});

describe('a state of the lstm is refused', () => {
  const definition = learnerOf('lstm', 'regression');
  const data = planted('regression');
  const fitted = fitPlanted(definition, data, { params: { ...quick.lstm, epochs: 1 } });
  type State = { readonly [key: string]: Plain };

  test.each<[string, (state: State) => Plain, string]>([
    ['without the scale of its labels', ({ label_scale: _, ...s }) => s, 'label_scale is missing'],
    ['with a scale of 0', (s) => ({ ...s, label_scale: { mean: 0, scale: 0 } }), 'no scale above 0'],
    ['of another task', (s) => ({ ...s, target: { task: 'binary' } }), "is binary, but the strategy's label"],
    [
      'of more outputs than its weights have',
      (s) => ({ ...s, target: { task: 'multiclass', classes: 3 } }),
      'model_state.lstm.weights[3]',
    ],
  ])('%s', async (_, change, message) => {
    const state = change(structuredClone((await fitted).state));
    await expect(answers(definition, data, state, { params: quick.lstm })).rejects.toMatchObject({
      code: 'INVALID_MODEL',
      message: expect.stringContaining(message),
    });
  });
});

test('logistic refuses a regression, and all refuse a policy and too many classes', async () => {
  await expect(fitPlanted(learnerOf('logistic', 'regression'), planted('regression'))).rejects.toMatchObject({
    code: 'INVALID_STRATEGY',
    message: expect.stringContaining('take lightgbm, ensemble or lstm'),
  });
  const many = Array.from({ length: 101 }, (_, k) => ({ name: `class_${k}`, position: 0 as const }));
  await expect(
    fitPlanted(learnerOf('lightgbm', 'multiclass'), { ...planted('multiclass'), classes: many }),
  ).rejects.toMatchObject({
    code: 'INVALID_STRATEGY',
    message: 'the label has 101 classes: give 2 to 100, or a regression',
  });
  const policy = { ...planted('binary'), task: 'policy' as const };
  await expect(fitPlanted(learnerOf('lightgbm', 'binary'), policy)).rejects.toMatchObject({
    code: 'INVALID_STRATEGY',
  });
});
