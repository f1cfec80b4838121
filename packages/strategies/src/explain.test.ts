import { describe, expect, test } from '@jest/globals';
import { sampleBars } from '../test/bars.ts';
import { recorder } from '../test/context.ts';
import { fitPlanted, learnerOf, planted, plantedHoldout, plantedLearners } from '../test/planted.ts';
import type { PlantedLearner, PlantedTask } from '../test/planted.ts';
import type { Dataset } from './dataset.ts';
import { settingsOf } from './definition.ts';
import { explain } from './explain.ts';
import { predictionOf } from './evaluation/index.ts';
import { loadStrategy } from './index.ts';
import type { Explanation, Plain } from './strategy.ts';

const quick: Record<PlantedLearner, { readonly [name: string]: Plain }> = {
  ensemble: { forest_trees: 20, num_boost_round: 60, learning_rate: 0.1 },
  lightgbm: { num_boost_round: 60, learning_rate: 0.1 },
  logistic: {},
  lstm: { window: 2, units: 6, epochs: 8, learning_rate: 0.02 },
};
const logOdds = (p: number): number => Math.log(p / (1 - p));
const sumOf = ({ base, features }: Explanation): number =>
  features.reduce((sum, { contribution }) => sum + contribution, base ?? NaN);

/** Of rows of the holdout of a data set's last symbol, each beside what the model says of the row. */
async function explained(
  learner: PlantedLearner,
  data: Dataset,
  task: PlantedTask,
  params: { readonly [name: string]: Plain } = {},
) {
  const definition = learnerOf(learner, task);
  const settings = settingsOf(definition, { ...quick[learner], ...params });
  const { state } = await fitPlanted(definition, data, { params: { ...quick[learner], ...params } });
  const { bars, features } = data.symbols.at(-1)!;
  const { names } = features;
  const model = await definition.load(state, settings, { ...definition.features(settings), names });
  const label = { ...definition.label(settings) };
  try {
    return Array.from({ length: 25 }, (_, i) => {
      const range = { from: plantedHoldout.from + 5 * i, to: plantedHoldout.from + 5 * i + 1 };
      const input = { bars, features, range };
      const score = predictionOf(model.predict(input), label, 0).score[0]!;
      return { explanation: explain(model, input, { table: features, label, band: 0 }), score, range };
    });
  } finally {
    model.dispose?.();
  }
}

describe.each([
  ['ensemble', 'binary', {}],
  ['ensemble', 'regression', {}],
  ['lightgbm', 'binary', { class_weight: 'balanced' }],
  ['lightgbm', 'regression', {}],
  ['logistic', 'binary', { class_weight: 'balanced' }],
] as const)('%s of a %s label', (learner, task, params) => {
  test('gives contributions that sum to what it says, most to the features that matter', async () => {
    const data = planted(task);
    const found = await explained(learner, data, task, params);
    const sizes = new Map<string, number>();
    for (const { explanation, score, range } of found) {
      const { kind, of, total, features } = explanation;
      const said = task === 'binary' ? logOdds(score) : score;
      expect([kind, of]).toEqual(['contributions', task === 'binary' ? 'log_odds' : 'value']);
      expect(Math.abs(sumOf(explanation) - said)).toBeLessThan(1e-9 * Math.max(1, Math.abs(said)));
      expect(total).toBeCloseTo(said, 12);
      for (const { name, value, contribution } of features) {
        sizes.set(name, (sizes.get(name) ?? 0) + Math.abs(contribution));
        const column = data.symbols[0]!.features.names.indexOf(name);
        expect(value).toBe(data.symbols[0]!.features.data[range.from * 5 + column]);
      }
    }
    const [first, second] = [...sizes].sort(([, a], [, b]) => b - a).map(([name]) => name);
    expect([first, second]).toEqual(['first', 'second']);
  });
});

test('over two symbols, each in its own unit, contributions are in the unit of the one', async () => {
  const [small, large] = [planted('regression'), planted('regression', { seed: 2, unit: 0.1, centre: 0 })];
  const of = (data: Dataset, symbol: string) => ({
    ...data.symbols[0]!,
    bars: { ...data.symbols[0]!.bars, symbol },
  });
  const both = { ...small, symbols: [of(small, 'S'), of(large, 'L')] };
  for (const { explanation, score } of await explained('ensemble', both, 'regression')) {
    expect(Math.abs(sumOf(explanation) - score)).toBeLessThan(1e-9);
    expect(explanation.total).toBe(score);
  }
});

test.each([
  ['lstm', 'binary', 'log_odds'],
  ['lstm', 'regression', 'value'],
  ['ensemble', 'multiclass', 'expected_position'],
  ['logistic', 'multiclass', 'expected_position'],
] as const)(
  '%s of a %s label says what changes without each feature, and calls it so',
  async (learner, task, of) => {
    const found = await explained(learner, planted(task), task);
    const sizes = new Map<string, number>();
    for (const { explanation } of found) {
      expect(explanation).toMatchObject({ kind: 'occlusion', of, base: null });
      for (const { name, contribution } of explanation.features)
        sizes.set(name, (sizes.get(name) ?? 0) + Math.abs(contribution));
    }
    const [first, second] = [...sizes].sort(([, a], [, b]) => b - a).map(([name]) => name);
    expect([first, second]).toEqual(['first', 'second']);
  },
);

test('every learner is looked at', () => {
  expect([...plantedLearners].sort()).toEqual(['ensemble', 'lightgbm', 'logistic', 'lstm']);
});

describe('a model that was loaded', () => {
  test('over several symbols, whose linear models and pools are their own, adds up to its log odds', async () => {
    const symbols = ['GOOG', 'EURUSD', 'SP500'] as const;
    const bars = symbols.map((symbol) => sampleBars(symbol, 300));
    const strategy = await loadStrategy('ensemble');
    const { artefact } = await strategy.train(
      { bars, params: quick.ensemble, seed: 42, threads: 1 },
      recorder().context,
    );
    const predictor = await strategy.load(artefact);
    for (const one of bars)
      for (const row of [120, 250, 299]) {
        const { score } = await predictor.predict(one, { from: row, to: row + 1 });
        const explanation = await predictor.explain(one, row);
        expect(explanation.kind).toBe('contributions');
        expect(Math.abs(sumOf(explanation) - logOdds(score[0]!))).toBeLessThan(1e-9);
        // As computed, not as scaled.
        const table = strategy.features(artefact.params).compute(one);
        for (const { name, value } of explanation.features)
          expect(value).toBeCloseTo(table.data[row * table.cols + table.names.indexOf(name)]!, 12);
      }
    await expect(predictor.explain(bars[0]!, 3)).rejects.toThrow(/needs the \d+ bars/);
    predictor.dispose();
  });

  test('of a policy says what changes without each feature', async () => {
    const bars = sampleBars('GOOG', 300);
    const strategy = await loadStrategy('rl');
    const params = { total_timesteps: 2000, seeds: 1 };
    const { artefact } = await strategy.train(
      { bars: [bars], params, seed: 1, threads: 1 },
      recorder().context,
    );
    const predictor = await strategy.load(artefact);
    const { score } = await predictor.predict(bars, { from: 299, to: 300 }, { position: 1 });
    const explanation = await predictor.explain(bars, 299, { position: 1 });
    expect(explanation).toMatchObject({ kind: 'occlusion', of: 'preference', total: score[0] });
    expect(explanation.features.some(({ contribution }) => contribution !== 0)).toBe(true);
    predictor.dispose();
  });
});
