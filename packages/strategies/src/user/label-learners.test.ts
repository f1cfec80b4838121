// Each learner on each kind of label of a user's strategy.
import { expect, test } from '@jest/globals';
import { sampleBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { strategiesFolder } from '../../test/user-strategy.ts';
import { checkForLeaks, describeStrategy, loadStrategy } from '../index.ts';

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
  const request = { bars: given, seed: 1, threads: 1 };
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
