// A search over a strategy of the user's own: its params and its learner's settings, and labels of its own.
import { expect, test } from '@jest/globals';
import { walk } from '../../test/bars.ts';
import { strategiesFolder } from '../../test/user-strategy.ts';
import { describeStrategy, loadStrategy } from '../index.ts';
import { spaceOf, tune } from './index.ts';

const { dir, add } = strategiesFolder();

test('tries params that say a range, with squared errors in shares of the variance, and no other label', async () => {
  const name = add(`export default {
    learner: 'lightgbm', scope: 'symbol', window: 12, settings: { num_boost_round: 3, band: 0.1 },
    params: {
      span: { default: 3, min: 1, max: 10, tune: { low: 2, high: 10 } },
      ahead: { default: 1, min: 1, max: 4, tune: { choices: [1, 4] } },
      fixed: { default: 1, min: 0, max: 2 },
    },
    label: { kind: 'regression', horizon: ({ ahead }) => ahead },
    features: ({ bars, ta, params }) => ({ mean: ta.zscore(bars.close, params.span) }),
  };`);
  const { settings } = await describeStrategy(dir, name);
  const searched = [
    'learning_rate',
    'num_leaves',
    'min_data_in_leaf',
    'feature_fraction',
    'bagging_fraction',
  ];
  expect(spaceOf(settings).map((one) => one.name)).toEqual([...searched, 'lambda_l2', 'span', 'ahead']);
  const strategy = await loadStrategy(name, { strategiesDir: dir });
  const { trials } = await tune(strategy, [walk({ rows: 500, seed: 3 })], {
    space: spaceOf(settings, [...searched, 'lambda_l2']),
    now: { span: 3, ahead: 1 },
    params: {},
    trials: 6,
    folds: 1,
    trainBars: 300,
    seed: 1,
    threads: 1,
    signal: new AbortController().signal,
    kept: () => undefined,
    keep: () => Promise.resolve(),
  });
  const [same, other] = [1, 4].map((ahead) => trials.filter(({ values }) => values['ahead'] === ahead));
  expect([same!.length > 1, other!.length > 0]).toEqual([true, true]);
  // Of a random walk nothing can be told: the error is about the variance, whatever the unit.
  for (const { score } of same!) expect(score).toBeCloseTo(-1, 0);
  for (const { score, problem } of other!) {
    expect(score).toBeNull();
    expect(problem).toMatch(
      /it learns another label, .*"horizon":4.*: what a label depends on can't be searched/,
    );
  }
});
