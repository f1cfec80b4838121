import { beforeAll, describe, expect, test } from '@jest/globals';
import { sampleBars, walk } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { digest } from '../../test/digest.ts';
import { sliceBars } from '../features/index.ts';
import type { Artefact, Plain } from '../strategy.ts';
import { rl } from './index.ts';

const params = {
  total_timesteps: 900,
  n_envs: 6,
  n_steps: 50,
  evaluations: 3,
  hidden_units: 10,
  learning_rate: 0.003,
  seeds: 2,
};
const all = sampleBars('GOOG', 420);
const before = sliceBars(all, { from: 0, to: 300 });
const bars = sliceBars(all, { from: 120, to: 420 });

const train = (given: typeof bars, champion?: Artefact, changes: Record<string, Plain> = {}) =>
  rl.train(
    {
      bars: [given],
      params: { ...params, ...changes },
      seed: 6,
      threads: 1,
      ...(champion === undefined ? {} : { champion }),
    },
    recorder().context,
  );

type Trained = Awaited<ReturnType<typeof train>>;
let champion: Artefact;
let anew: Trained;
/** Chosen on rows that the new training holds back. */
let nosy: Artefact;
beforeAll(async () => {
  champion = (await train(before)).artefact;
  anew = await train(bars);
  nosy = (await train(bars, undefined, { holdout_share: 0.05 })).artefact;
});

interface Seed {
  readonly [name: string]: Plain;
  readonly best_update: number;
  readonly validation_mean_reward: number;
}
const seedsOf = ({ report }: Trained) => report.details.seeds as unknown as Seed[];

describe('a training with a champion that fits', () => {
  test('is warm-started from its weights, scaler and unit, and says so', async () => {
    // Steps so small that every weight stays where it began.
    const { artefact, report } = await train(bars, champion, { learning_rate: 1e-7 });
    expect(report.lineage).toEqual({
      continued: true,
      reason: 'warm start from the state and scaler of the model in use',
    });
    expect(artefact.model_state.scaler).toEqual(champion.model_state.scaler);
    const unit = ({ model_state }: Artefact) =>
      (model_state.rl as { observation: { return_unit: number } }).observation.return_unit;
    expect(unit(artefact)).toBe(unit(champion));
    expect(unit(artefact)).not.toBe(unit(anew.artefact));
    const holdout = report.symbols[0]!.holdout;
    const [own, others] = await Promise.all(
      [artefact, champion].map(async (one) => (await rl.load(one)).predict(bars, holdout)),
    );
    own!.score.forEach((p, i) => expect(p).toBeCloseTo(others!.score[i]!, 3));
  });

  test('has seen what the champion had seen', async () => {
    const { artefact, report } = await train(bars, champion);
    const from = (part: string, { fitted_spans }: Artefact) =>
      Math.min(...fitted_spans.filter((span) => span.part === part).map(({ start }) => start));
    for (const part of ['train', 'validation'])
      expect(from(part, artefact)).toBe(Math.min(from(part, champion), from(part, anew.artefact)));
    expect(from('train', artefact)).toBeLessThan(from('train', anew.artefact));
    expect(report.symbols[0]!.dataFrom).toBe(from('train', champion));
    expect(anew.report.symbols[0]!.dataFrom).toBe(bars.time[0]);
  });

  test('never ends worse on validation than it began', async () => {
    const sine = walk({
      rows: 420,
      seed: 1,
      close: (t) => 100 * Math.exp(0.05 * Math.sin((2 * Math.PI * t) / 25.7)),
    });
    const changes = { total_timesteps: 6_000, seeds: 1 };
    const knowing = (await train(sliceBars(sine, { from: 0, to: 300 }), undefined, changes)).artefact;
    // So fast that whatever the champion knew is lost at once.
    const wild = await train(sliceBars(sine, { from: 120, to: 420 }), knowing, {
      learning_rate: 0.5,
      seeds: 1,
    });
    expect(seedsOf(wild)[0]!.best_update).toBe(0);
    expect(seedsOf(wild)[0]!.validation_mean_reward).toBeGreaterThan(0.004);
    expect(wild.artefact.model_state).toEqual(knowing.model_state);
  });

  test('starts each seed there and lets each go its own way', async () => {
    const { artefact } = await train(bars, champion, { seeds: 1 });
    const two = await train(bars, champion);
    expect(seedsOf(two)).toHaveLength(2);
    expect(seedsOf(two)[0]).not.toEqual({ ...seedsOf(two)[1], seed: 1 });
    expect(two.report.lineage.continued).toBe(true);
    expect(artefact.model_state.scaler).toEqual(two.artefact.model_state.scaler);
  });

  test('is warm-started from float16 weights too', async () => {
    const half = (await train(before, undefined, { weights: 'float16' })).artefact;
    const { report } = await train(bars, half);
    expect(report.lineage.continued).toBe(true);
  });
});

describe('a training begins from scratch, the very same as without a champion,', () => {
  type Damage = (champion: Artefact) => Artefact;
  const policyOf = ({ model_state }: Artefact) => (model_state.rl as { policy: { layers: Plain[] } }).policy;
  const copyOf: Damage = (artefact) => structuredClone(artefact);

  test.each<[string, Damage, string]>([
    ['when it has seen the new holdout', () => nosy, 'that the new one is to be judged on'],
    ['when it does not say what it saw', (c) => ({ ...c, fitted_spans: [] }), 'does not say'],
    [
      'when it knows other features',
      (c) => ({ ...c, feature_names: c.feature_names.with(0, 'moon') }),
      'other features',
    ],
    [
      'when it expects another close',
      (c) => ({ ...c, label: { kind: 'direction', horizon: 2 } }),
      '2 bars on',
    ],
    ['when it looks further back', (c) => ({ ...c, window: c.window + 1 }), 'looks at 35 bars'],
    [
      'when a layer of it is missing',
      (c) => {
        const copy = copyOf(c);
        policyOf(copy).layers.shift();
        return copy;
      },
      `can't be read: `,
    ],
    ['when it is no agent', (c) => ({ ...c, model_state: { ...c.model_state, rl: 5 } }), `can't be read: `],
    [
      'when its scaler is gone',
      (c) => ({ ...c, model_state: { rl: c.model_state.rl! } }),
      `can't be read: model_state.scaler`,
    ],
  ])('%s', async (_, damage, reason) => {
    const { artefact, report } = await train(bars, damage(champion));
    expect(report.lineage.continued).toBe(false);
    expect(report.lineage.reason).toContain(reason);
    expect(digest(artefact.model_state)).toBe(digest(anew.artefact.model_state));
    expect(artefact.fitted_spans).toEqual(anew.artefact.fitted_spans);
    expect(report.details).toEqual(anew.report.details);
  });

  test('when its networks have other sizes', async () => {
    const { report } = await train(bars, champion, { hidden_units: 12 });
    expect(report.lineage).toEqual({
      continued: false,
      reason: 'the networks of the model in use are 30-10-10-3, the new ones 30-12-12-3',
    });
  });

  test('when there is none', () => {
    expect(anew.report.lineage).toEqual({
      continued: false,
      reason: 'there is no model in use to warm-start from',
    });
  });
});
