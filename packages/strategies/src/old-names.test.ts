// Settings by the names that they had before: the same model, and files that hold them still load.
import { withCurrentNames } from '@ml-training/sdk';
import { describe, expect, test } from '@jest/globals';
import { sampleBars } from '../test/bars.ts';
import { recorder } from '../test/context.ts';
import { digest } from '../test/digest.ts';
import { loadStrategy, type Plain } from './index.ts';
import { sliceBars } from './features/index.ts';

const given = {
  ensemble: {
    boosting_rounds: 20,
    patience: 5,
    further_rounds: 7,
    most_boosted_trees: 200,
    class_balance: 'balanced',
    forest_trees: 5,
  },
  rl: {
    total_steps: 400,
    envs: 4,
    episode_steps: 50,
    epochs: 2,
    minibatch: 32,
    lambda: 0.8,
    clip: 0.1,
    entropy: 0.02,
    value_weight: 0.4,
    clip_norm: 0.6,
    hidden_units: 8,
    seeds: 1,
  },
} as const;
/** What shows that the settings given do count. */
const different = { ensemble: { early_stopping_rounds: 0 }, rl: { n_envs: 5 } } as const;
const bars = sampleBars('GOOG', 300);

describe.each(['ensemble', 'rl'] as const)('%s', (type) => {
  const old: Readonly<Record<string, Plain>> = given[type];
  const now = withCurrentNames(old, type);
  const train = async (params: Readonly<Record<string, Plain>>) =>
    (await loadStrategy(type)).train({ bars: [bars], params, seed: 3, threads: 1 }, recorder().context);
  const [byOld, byNew] = [train(old), train(now)];

  test('trains the same model, to the bit, by either names', async () => {
    const [one, other] = await Promise.all([byOld, byNew]);
    expect(digest(one.artefact.model_state)).toBe(digest(other.artefact.model_state));
    expect(one.report).toEqual(other.report);
    const unlike = await train({ ...now, ...different[type] });
    expect(digest(one.artefact.model_state)).not.toBe(digest(unlike.artefact.model_state));
  });

  test('keeps new names only, each with what was given', async () => {
    const { params } = (await byOld).artefact;
    expect(params).toMatchObject(now);
    expect(Object.keys(params)).toEqual(Object.keys((await byNew).artefact.params));
    for (const name of Object.keys(old).filter((key) => !Object.hasOwn(now, key)))
      expect(params).not.toHaveProperty(name);
  });

  test('loads a model whose params have old names, and warm-starts from it', async () => {
    const strategy = await loadStrategy(type);
    const { artefact } = await strategy.train(
      { bars: [sliceBars(bars, { from: 0, to: 200 })], params: now, seed: 3, threads: 1 },
      recorder().context,
    );
    const names = new Map(
      Object.keys(old).map((name) => [Object.keys(withCurrentNames({ [name]: 0 }, type))[0]!, name]),
    );
    const params = Object.fromEntries(
      Object.entries(artefact.params).map(([name, value]) => [names.get(name) ?? name, value]),
    );
    const stored = { ...artefact, params };
    expect(stored.params).toMatchObject(old);
    const range = { from: 280, to: 300 };
    const answers = await Promise.all(
      [artefact, stored].map(async (file) => {
        const predictor = await strategy.load(file);
        const answer = await predictor.predict(bars, range);
        predictor.dispose();
        return answer;
      }),
    );
    expect(answers[1]).toEqual(answers[0]);
    const [warm, same] = await Promise.all(
      [artefact, stored].map((champion) =>
        strategy.train({ bars: [bars], params: now, seed: 3, threads: 1, champion }, recorder().context),
      ),
    );
    expect(same!.report.lineage).toEqual(warm!.report.lineage);
    expect(same!.report.lineage.continued).toBe(true);
    expect(digest(same!.artefact.model_state)).toBe(digest(warm!.artefact.model_state));
  });
});
