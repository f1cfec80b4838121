import { expect, test } from '@jest/globals';
import type { SymbolWalk } from '@ml-training/strategies';
import { foldTable } from './table.ts';
import { conclusions } from './words.ts';

const scores = {
  metrics: { rows: 100, rank_ic: 0.031, ic: 0.02, r2: 0.0042, rmse: 0.010123, return: 0.05, sharpe: 0.7 },
  intervals: { rank_ic: { low: -0.1, high: 0.16 } },
  baselines: {
    zero: { r2: 0, rmse: 0.010144 },
    last_return: { rank_ic: -0.02, r2: -0.9, rmse: 0.0139 },
    buy_and_hold: { return: 0.2, sharpe: 1 },
  },
};
const walk: SymbolWalk = {
  symbol: 'GOOG',
  folds: [{ ...scores, dataFrom: 0, dataTo: 1, from: Date.UTC(2024, 0, 1), to: Date.UTC(2024, 3, 1) }],
  pooled: {
    ...scores,
    deflated: { deflated_sharpe: null, trials: 1, sharpe_by_luck: 0 },
    comparisons: [
      { score: 'squared_error', rule: 'zero', difference: 4.3e-7, low: 1e-8, high: 9e-7 },
      { score: 'return', rule: 'buy_and_hold', difference: -0.0001, low: -0.001, high: 0.001 },
    ],
  },
  spread: {},
};

test('a regression is shown by the scores that it has, each beside the best rule', () => {
  const [head = '', ...lines] = foldTable(walk).split('\n');
  const shown = head.split(/ {2,}/);
  expect(shown.slice(4)).toEqual([
    'rank IC (rule)',
    'R² % (rule)',
    'RMSE (rule)',
    'return % (rule)',
    'Sharpe (rule)',
  ]);
  const line = lines.find((one) => one.startsWith('1 ')) ?? '';
  expect(line.split(/ {2,}/).slice(4)).toEqual([
    '0.031 (-0.020)',
    '0.42 (0.00)',
    '0.01012 (0.01014)',
    '5.0 (20.0)',
    '0.70 (1.00)',
  ]);
});

test('its lead is told of in squared error', () => {
  expect(conclusions(walk)).toContain(
    'Better than the best naive rule beyond noise: squared error by 4.30e-7',
  );
  expect(conclusions(walk)).toContain('(1.00e-8 to 9.00e-7, against zero)');
});
