// A strategy of the fleet learns from the features that its settings pick, and its model says which.
import { describe, expect, test } from '@jest/globals';
import { defaultFeatures, olderDefaultFeatures, type BuiltInStrategy } from '@ml-training/sdk';
import { sampleBars, walk } from '../test/bars.ts';
import { recorder } from '../test/context.ts';
import { barsNeeded, checkForLeaks, loadStrategy, builtInTypes, walkForward } from './index.ts';
import { featureSetOf, sliceBars } from './features/index.ts';
import type { Artefact, Plain, TrainRequest } from './strategy.ts';

const tiny: Readonly<Record<BuiltInStrategy, { readonly [name: string]: Plain }>> = {
  ensemble: { num_boost_round: 5, forest_trees: 3 },
  lstm: { epochs: 1, units: 4, window: 4 },
  rl: { total_timesteps: 400, n_envs: 4, n_steps: 25, hidden_units: 8, seeds: 1, window: 2 },
};
const windowOf: Readonly<Record<BuiltInStrategy, number>> = { ensemble: 1, lstm: 4, rl: 2 };
const bars = sampleBars('GOOG', 500);
/** In another order than the catalogue's. */
const picked = ['corr_60', 'lag_3', 'return_1', 'kmid'];
const inOrder = ['return_1', 'lag_3', 'kmid', 'corr_60'];

describe.each(builtInTypes)('%s', (type) => {
  const train = async (params: TrainRequest['params'], request: Partial<TrainRequest> = {}) =>
    (await loadStrategy(type)).train(
      { bars: [bars], seed: 1, threads: 1, params: { ...tiny[type], ...params }, ...request },
      recorder().context,
    );

  test('trains and predicts on picked features, the window being that of the longest', async () => {
    const { artefact, report, predictions } = await train({ features: picked });
    expect(artefact.feature_names).toEqual(inOrder);
    expect(artefact.features_hash).toBe(featureSetOf(inOrder).hash);
    expect(artefact.window).toBe(60 - 1 + windowOf[type]);
    expect(artefact.params.features).toEqual(inOrder);
    const predictor = await (await loadStrategy(type)).load(structuredClone(artefact));
    const { from } = report.symbols[0]!.holdout;
    const alone = sliceBars(bars, { from: from - artefact.window + 1, to: from + 1 });
    const answer = await predictor.predict(alone, { from: artefact.window - 1, to: artefact.window });
    expect(answer.score[0]).toBe(predictions[0]!.score[0]);
    const short = { from: artefact.window - 2, to: artefact.window };
    await expect(predictor.predict(bars, short)).rejects.toThrow(`needs the ${artefact.window} bars`);
    predictor.dispose();
  });

  test('keeps a model of the defaults as it was before there was a choice', async () => {
    const { artefact } = await train({});
    const usual = type === 'rl' ? olderDefaultFeatures : defaultFeatures;
    expect(artefact.feature_names).toEqual(usual);
    expect(artefact.params).not.toHaveProperty('features');
    const same = await train({ features: usual.toReversed() });
    expect(same.artefact).toEqual(artefact);
  });

  test('loads a model by the features of its file, whatever its params say of them', async () => {
    const { artefact } = await train({ features: picked });
    const { features, ...params } = artefact.params;
    expect(features).toEqual(inOrder);
    const strategy = await loadStrategy(type);
    (await strategy.load({ ...artefact, params })).dispose();
    const wrong: readonly (readonly [Partial<Artefact>, string])[] = [
      [{ feature_names: inOrder.with(2, 'moon_phase') }, 'feature 3 was moon_phase, and is kmid'],
      [{ feature_names: inOrder.toReversed() }, 'feature 1 was corr_60, and is return_1'],
      [{ feature_names: inOrder.slice(1) }, 'trained on 3 features'],
      [{ features_hash: 'x' }, 'computed otherwise'],
      [{ params: { ...params, features: ['kmid', 'moon'] } }, '"moon", which is no feature'],
    ];
    for (const [change, message] of wrong) {
      await expect(strategy.load({ ...artefact, ...change })).rejects.toMatchObject({
        code: 'INVALID_MODEL',
      });
      await expect(strategy.load({ ...artefact, ...change })).rejects.toThrow(message);
    }
  });

  test('begins from scratch where the model in use has other features, and says so', async () => {
    const { artefact } = await train({}, { bars: [sliceBars(bars, { from: 0, to: 330 })] });
    const own = await train({}, { champion: artefact });
    expect(own.report.lineage.continued).toBe(true);
    const other = await train({ features: picked }, { champion: artefact });
    expect(other.report.lineage).toEqual({
      continued: false,
      reason: 'the model in use was trained on other features',
    });
  });

  test('is checked for leaks and walked forward on what it learns from', async () => {
    const strategy = await loadStrategy(type);
    const params = { ...tiny[type], features: picked };
    const found = checkForLeaks(strategy, [bars], params, 1);
    expect(inOrder).toContain(found.strongest_feature!.feature);
    const reach = { horizon: 1, window: strategy.features(params).window };
    const least = walk({ rows: barsNeeded(1, reach), seed: 2 });
    const options = { folds: 1, params, seed: 1, threads: 1, signal: new AbortController().signal };
    expect(await walkForward(strategy, [least], options)).toHaveLength(1);
    const fewer = sliceBars(least, { from: 1, to: least.close.length });
    await expect(walkForward(strategy, [fewer], options)).rejects.toThrow(
      `a fold takes ${least.close.length}`,
    );
  });

  test('is told which feature of its list there isn’t', async () => {
    await expect(train({ features: ['return_1', 'retrun_5'] })).rejects.toThrow(
      `${type} setting features has "retrun_5", which is no feature; did you mean return_5?`,
    );
  });
});

test.each([
  ['the next close', (close: Float64Array, t: number) => close[t + 1]! / close[t]!],
  ['the last close of all', (close: Float64Array, t: number) => close.at(-1)! / close[t]!],
])('a picked feature that holds %s is found out by its name', async (_, leak) => {
  const strategy = await loadStrategy('lstm');
  const params = { features: picked };
  const leaky = {
    ...strategy,
    prepare: (all: Parameters<typeof strategy.prepare>[0]) => {
      const prepared = strategy.prepare(all, params);
      const { train } = prepared.symbols[0]!;
      train.rows.forEach((t, r) => (train.features[r * 4 + 2] = leak(all[0]!.close, t)));
      return prepared;
    },
  };
  expect(() => checkForLeaks(leaky, [bars], params, 1)).toThrow('the feature kmid of a training row');
});
