import { expect, test } from '@jest/globals';
import { planRun } from './plan.ts';

const bars = new Map([
  ['GOOG', 2148],
  ['NEW', 60],
]);

test('a run trains the ensemble once and the others a symbol, and says what it leaves out', () => {
  expect(planRun(['ensemble', 'lstm'], [], bars, 100)).toEqual({
    pairs: [
      { strategy_type: 'ensemble', symbol: '@ALL' },
      { strategy_type: 'lstm', symbol: 'GOOG' },
    ],
    skipped: [
      { strategy_type: 'lstm', symbol: 'NEW', reason: '60 bars, MIN_TRAINING_DATA_POINTS asks for 100' },
    ],
  });
});

test('a symbol that is asked for and has no bars is named', () => {
  expect(planRun(['rl'], ['GOOG', 'MSFT'], bars, 100)).toEqual({
    pairs: [{ strategy_type: 'rl', symbol: 'GOOG' }],
    skipped: [
      { strategy_type: 'rl', symbol: 'MSFT', reason: '0 bars, MIN_TRAINING_DATA_POINTS asks for 100' },
    ],
  });
});

test('without any symbol that has enough bars there is no ensemble', () => {
  expect(planRun(['ensemble'], [], new Map([['NEW', 60]]), 100).pairs).toEqual([]);
});
