// Each learner on each kind of label of a user's strategy.
import { expect, test } from '@jest/globals';
import { sampleBars, walk } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { strategiesFolder } from '../../test/user-strategy.ts';
import { checkForLeaks, describeStrategy, loadStrategy } from '../index.ts';
import type { Importances, Report } from '../index.ts';

const { dir, add } = strategiesFolder();
const bars = [sampleBars('GOOG', 500), sampleBars('EURUSD', 500)];

const strategyOf = (learner: string, label: string, settings: string): string =>
  add(`export default { learner: '${learner}', window: 25, label: ${label}, settings: { ${settings} },
  features: ({ bars, ta }) => ({ return_1: ta.logReturn(bars.close), return_5: ta.logReturn(bars.close, 5),
    volatility: ta.volatility(bars.close, 20), rsi: ta.rsi(bars.close, 14) }) };`);

const labels = {
  regression: "{ kind: 'regression', horizon: 2 }",
  neutral: "{ kind: 'direction', horizon: 2, neutral: { volatility: 0.5, window: 20 } }",
  barriers: "{ kind: 'triple_barrier', horizon: 5, upper: 1, lower: 1, window: 20 }",
  own: `{ kind: 'classes', horizon: 1, classes: { calm: 0, wild: 1 },
    of: ({ bars }) => bars.close.map((close, t) => Number(Math.abs(bars.close[t + 1] / close - 1) > 0.01)) }`,
} as const;
const quick = {
  ensemble: 'num_boost_round: 20, forest_trees: 5',
  lightgbm: 'num_boost_round: 20, num_leaves: 4',
  logistic: 'logistic_penalties: 3',
  lstm: 'epochs: 2, units: 4, window: 6',
} as const;

test.each([
  ['ensemble', 'regression', 'squared_error'],
  ['ensemble', 'barriers', 'log_likelihood'],
  ['lightgbm', 'neutral', 'log_likelihood'],
  ['logistic', 'own', 'log_likelihood'],
  ['lstm', 'regression', 'squared_error'],
] as const)('%s learns %s', async (learner, kind, promotionMetric) => {
  const name = strategyOf(learner, labels[kind], quick[learner]);
  const facts = await describeStrategy(dir, name);
  expect(facts).toMatchObject({ promotionMetric, settings: { band: { default: 0 } } });
  const strategy = await loadStrategy(name, { strategiesDir: dir });
  const given = facts.scope === 'all' ? bars : bars.slice(0, 1);
  checkForLeaks(strategy, given, {}, 1);
  const request = { bars: given, seed: 1, threads: 1, importances: 'quick' as const };
  const { artefact, report, predictions } = await strategy.train(request, recorder().context);
  const predictor = await strategy.load(structuredClone(artefact));
  for (const [s, { holdout, metrics, baselines }] of report.symbols.entries()) {
    expect(await predictor.predict(given[s]!, holdout)).toEqual(predictions[s]);
    const scores = kind === 'regression' ? ['r2', 'rmse'] : ['accuracy', 'log_loss'];
    for (const score of scores) expect(Number.isFinite(metrics[score])).toBe(true);
    // Noise, hardly: nothing wild is said of it.
    if (kind === 'regression') expect(metrics.rmse).toBeLessThan(1.2 * baselines.zero!.rmse!);
    else expect(metrics.log_loss).toBeLessThan(1.3);
  }
  // Of its own features, which are in no group, in the unit that it is promoted by.
  expect(report.details['permutation']).toMatchObject({ metric: promotionMetric, groups: [] });
  expect(shuffled(report)).toEqual(['return_1', 'return_5', 'rsi', 'volatility']);
  const { kind: how, features } = await predictor.explain(given[0]!, 499);
  const exact = (kind === 'regression' || kind === 'neutral') && learner !== 'lstm' && learner !== 'lightgbm';
  expect(how).toBe(exact ? 'contributions' : 'occlusion');
  expect(features).toHaveLength(4);
  predictor.dispose();
});

const shuffled = ({ details }: Report): string[] =>
  (details['permutation'] as unknown as Importances).features.map(({ name }) => name).sort();

test('of a learner of their own, too, what is planted is found, and what is said of one row explained', async () => {
  const name = add(`export default {
    window: 2,
    features: ({ bars, ta }) => ({ last: ta.logReturn(bars.close), range: bars.high.map((h, t) => h / bars.low[t]) }),
    learner: {
      fit: () => ({}),
      // The close swings: what rose falls next.
      load: () => ({ predict: ({ data, rows, cols }) =>
        Array.from({ length: rows }, (_, r) => 1 / (1 + Math.exp(3 * data[r * cols]))) }),
    },
  };`);
  const strategy = await loadStrategy(name, { strategiesDir: dir });
  const swings = walk({
    rows: 600,
    seed: 101,
    close: (t, before, noise) => before * Math.exp((t % 2 === 0 ? 0.01 : -0.01) + 0.003 * noise),
  });
  const request = { bars: [swings], seed: 1, threads: 1, importances: 'quick' as const };
  const { artefact, report } = await strategy.train(request, recorder().context);
  const found = (report.details['permutation'] as unknown as Importances).features;
  expect(found.map(({ name }) => name)).toEqual(['last', 'range']);
  expect(found[0]!.loss).toBeGreaterThan(10 * found[0]!.error);
  expect(found[1]).toMatchObject({ loss: 0, error: 0 });
  const predictor = await strategy.load(artefact);
  const explanation = await predictor.explain(swings, 599);
  expect(explanation).toMatchObject({
    kind: 'occlusion',
    of: 'log_odds',
    features: [{ name: 'last' }, { contribution: 0 }],
  });
  // At its mean it says one half, of log odds 0.
  expect(explanation.features[0]!.contribution).toBeCloseTo(explanation.total, 9);
  predictor.dispose();
});

test('logistic and a regression do not fit together, which is said before anything is trained', async () => {
  const name = strategyOf('logistic', labels.regression, '');
  await expect(describeStrategy(dir, name)).rejects.toMatchObject({
    code: 'INVALID_STRATEGY',
    message: expect.stringMatching(
      /strategy\.ts: the learner logistic can't learn the label regression: .* take 'ensemble'/,
    ),
  });
});
