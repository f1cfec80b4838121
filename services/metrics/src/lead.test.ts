import { expect, test } from '@jest/globals';
import { leadOf } from './lead.ts';

const near = (value: number): unknown => expect.closeTo(value, 9);

test('of a log loss, less is better: the lead is the likelihood gained, its bounds change places', () => {
  const model = {
    promotion_metric: 'log_likelihood' as const,
    score: 0.7,
    low: 0.68,
    high: 0.72,
    floor: 0.69,
    best: 0.69,
  };
  expect(leadOf(model)).toEqual({
    bounds: { low: near(-0.03), score: near(-0.01), high: near(0.01) },
    overBest: near(-0.01),
  });
});

test("of the agent's return, bounds are against never trading, not against a rising market", () => {
  const model = {
    promotion_metric: 'net_return' as const,
    score: 0.1,
    low: -0.2,
    high: 0.5,
    floor: 0,
    best: 0.6,
  };
  expect(leadOf(model)).toEqual({ bounds: { low: -0.2, score: 0.1, high: 0.5 }, overBest: near(-0.5) });
});

test.each([
  ['an interval', { low: null, high: null }, { score: near(0.01) }, near(0.01)],
  ['a baseline', { floor: null, best: null }, {}, null],
  ['a score', { score: null }, { low: near(-0.01), high: near(0.02) }, null],
])('without %s there is no such value', (_, lacks, bounds, overBest) => {
  const model = {
    promotion_metric: 'log_likelihood' as const,
    score: 0.68,
    low: 0.67,
    high: 0.7,
    floor: 0.69,
    best: 0.69,
  };
  expect(leadOf({ ...model, ...lacks })).toEqual({ bounds, overBest });
});

test('of a regression, less RMSE is better: the lead is over always zero', () => {
  const model = {
    promotion_metric: 'squared_error' as const,
    score: 0.02,
    low: 0.018,
    high: 0.025,
    floor: 0.021,
    best: 0.0195,
  };
  expect(leadOf(model)).toEqual({
    bounds: { low: near(-0.004), score: near(0.001), high: near(0.003) },
    overBest: near(-0.0005),
  });
});
