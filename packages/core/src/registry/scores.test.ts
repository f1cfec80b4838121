import { expect, test } from '@jest/globals';
import { scoreNames, scoreOf, scorePartsOf, usualScore, type ScoreName } from './scores.ts';

const metrics = {
  accuracy: 0.55,
  log_loss: 0.69,
  return: 0.1,
  intervals: { accuracy: { low: 0.48, high: 0.62 } },
  baselines: {
    majority_class: { accuracy: 0.52, log_loss: 0.7 },
    last_direction: { accuracy: 0.5, log_loss: 0.68 },
    buy_and_hold: { return: 0.2 },
    always_flat: { return: 0 },
  },
};
const of = (name: ScoreName, given: Readonly<Record<string, unknown>> = metrics) =>
  scoreOf(name, scorePartsOf(given, name));

test.each<[ScoreName, number | null, number | null, string | null]>([
  ['accuracy', 0.55, 0.52, 'majority_class'],
  // Less of it is better.
  ['log_loss', 0.69, 0.68, 'last_direction'],
  ['return', 0.1, 0.2, 'buy_and_hold'],
  ['sharpe', null, null, null],
])('%s stands beside the best of the rules that have it', (name, value, baseline, rule) => {
  expect(of(name)).toMatchObject({ name, value, baseline, rule });
});

test('a regression stands beside the rules of its kind', () => {
  const regression = {
    rank_ic: 0.03,
    r2: -0.001,
    rmse: 0.0101,
    baselines: {
      zero: { r2: 0, rmse: 0.01 },
      train_mean: { r2: 0.001, rmse: 0.0099 },
      last_return: { rank_ic: -0.02, r2: -1, rmse: 0.0141 },
      buy_and_hold: { return: 0.2 },
    },
  };
  expect(of('rmse', regression)).toMatchObject({ value: 0.0101, baseline: 0.0099, rule: 'train_mean' });
  expect(of('r2', regression)).toMatchObject({ baseline: 0.001, rule: 'train_mean' });
  expect(of('rank_ic', regression)).toMatchObject({ value: 0.03, baseline: -0.02, rule: 'last_return' });
  expect(of('accuracy', regression)).toMatchObject({ value: null, baseline: null });
});

test('its interval is the one that judging gave, if it gave one', () => {
  expect(of('accuracy')).toMatchObject({ low: 0.48, high: 0.62 });
  expect(of('return')).toMatchObject({ low: null, high: null });
});

test.each([
  {},
  { accuracy: 'high', intervals: 1, baselines: [] },
  { accuracy: null, baselines: { majority_class: null } },
])('old or odd metrics %j have no score, and are no trouble', (odd) => {
  for (const name of scoreNames)
    expect(of(name, odd)).toEqual({ name, value: null, low: null, high: null, baseline: null, rule: null });
});

test('each strategy is looked at by what its promotion goes by', () => {
  expect(['ensemble', 'lstm', 'rl', 'other'].map(usualScore)).toEqual([
    'log_loss',
    'log_loss',
    'return',
    'log_loss',
  ]);
});
