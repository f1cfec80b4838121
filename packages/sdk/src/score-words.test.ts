import { expect, test } from '@jest/globals';
import { betterBy, differenceText, drawdownOf, scoreText, valueOf } from './score-words.ts';

type Score = Parameters<typeof scoreText>[0];

const score = (of: Partial<Score>): Score => ({
  name: 'accuracy',
  value: 0.531,
  low: 0.461,
  high: 0.601,
  ...of,
});

test.each<[Partial<Score>, string]>([
  [{}, '0.531 ± 0.070'],
  [{ low: null }, '0.531'],
  [{ value: null }, '–'],
  [{ high: 0.7 }, '0.531 (0.461 to 0.700)'],
  [{ name: 'sharpe', value: -1.2, low: -3.4, high: 0.9 }, '−1.20 ± 2.20'],
  [{ name: 'return', value: -0.016, low: -0.093, high: 0.068 }, '−1.6 ± 8.4 %'],
  [{ name: 'return', value: 0.1, low: -0.05, high: 0.4 }, '10.0 % (−5.0 to 40.0)'],
  [{ name: 'sharpe', value: -0.001, low: null, high: null }, '0.00'],
  [{ name: 'rank_ic', value: 0.041, low: -0.02, high: 0.102 }, '0.041 ± 0.061'],
  [{ name: 'r2', value: -0.0031, low: null, high: null }, '−0.31 %'],
  [{ name: 'rmse', value: 0.000412, low: 0.0004, high: 0.000424 }, '0.000412 ± 0.000012'],
])('a score of %j reads %s', (of, text) => {
  expect(scoreText(score(of))).toBe(text);
});

test('a Sharpe ratio that judging gives of no fewer than 60 rows is said to be of too few', () => {
  const none = score({ name: 'sharpe', value: null, low: null, high: null });
  expect([scoreText(none, 59), scoreText(none, 60), scoreText(none)]).toEqual(['too few rows', '–', '–']);
  expect(scoreText(score({ value: null }), 59)).toBe('–');
});

test('less log loss is better', () => {
  expect(betterBy('log_loss', 0.6, 0.7)).toBeCloseTo(0.1);
  expect(betterBy('accuracy', 0.6, 0.7)).toBeCloseTo(-0.1);
  expect(betterBy('auc', null, 0.5)).toBeNull();
  expect(betterBy('rmse', 0.01, 0.012)).toBeCloseTo(0.002);
  expect(betterBy('rank_ic', 0.05, 0.01)).toBeCloseTo(0.04);
  expect(differenceText('log_loss', 0.1)).toBe('+0.1000');
  expect(differenceText('return', -0.1)).toBe('−10.0 %');
  expect(differenceText('sharpe', -0.001)).toBe('0.00');
  expect(valueOf('return', -0.4)).toBe('−40.0 %');
});

test('a drawdown is from the highest capital so far, the start included', () => {
  expect(drawdownOf([0.9, 1.2, 0.6, 1.2, 1.5])).toEqual([1 - 0.9 / 1, 0, 0.5, 0, 0]);
  expect(drawdownOf([])).toEqual([]);
});
