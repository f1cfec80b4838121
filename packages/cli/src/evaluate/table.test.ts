import { expect, test } from '@jest/globals';
import type { SymbolWalk } from '@ml-training/strategies';
import { foldTable, refitTable } from './table.ts';
import { conclusions, refitConclusion } from './words.ts';

const scores = {
  metrics: { rows: 100, rank_ic: 0.031, ic: 0.02, r2: 0.0042, rmse: 0.010123, return: 0.05, sharpe: 0.7 },
  intervals: { rank_ic: { low: -0.1, high: 0.16 } },
  baselines: {
    zero: { r2: 0, rmse: 0.010144 },
    last_return: { rank_ic: -0.02, r2: -0.9, rmse: 0.0139 },
    buy_and_hold: { return: 0.2, sharpe: 1 },
  },
};
const excess: SymbolWalk['pooled']['excess'] = {
  excess_over: 'buy_and_hold',
  excess_sharpe: -0.3,
  deflated_excess_sharpe: 0.21,
  excess_sharpe_by_luck: 1.25,
  trials: 7,
  no_sharpe: null,
};
const walk: SymbolWalk = {
  symbol: 'GOOG',
  warning: null,
  refit: null,
  folds: [{ ...scores, dataFrom: 0, dataTo: 1, from: Date.UTC(2024, 0, 1), to: Date.UTC(2024, 3, 1) }],
  pooled: {
    ...scores,
    excess,
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

test('luck is told of by the excess over the best naive rule, and by how much was tried', () => {
  expect(conclusions(walk)).toContain(
    'Deflated Sharpe ratio over buy_and_hold, the best naive rule: 0.210, the probability that the true one is ' +
      'above what luck explains (0.95 is the usual bar); 7 were tried for this pair (its trainings and ' +
      'evaluations, and this), of which the best would show a Sharpe ratio of 1.25 by luck.',
  );
});

test('of too few rows no Sharpe ratio is shown, but why', () => {
  const few = { rows: 40, return: 0.05 };
  const none = { ...excess, deflated_excess_sharpe: null, no_sharpe: 'too few rows: 40 can be judged' };
  const short = { ...walk, folds: walk.folds.map((fold) => ({ ...fold, metrics: few })) };
  const table = foldTable({ ...short, pooled: { ...walk.pooled, metrics: few } });
  expect(table.split('\n')[1]).toMatch(/ {2}too few rows$/);
  expect(conclusions({ ...walk, pooled: { ...walk.pooled, excess: none } })).toContain(
    'No deflated Sharpe ratio: too few rows: 40 can be judged; 7 were tried for this pair',
  );
});

test('what refitting gained is shown block by block, and told with its bounds', () => {
  const refit = {
    folds: [
      {
        from: Date.UTC(2024, 3, 1),
        to: Date.UTC(2024, 6, 1),
        judged: { rows: 100, accuracy: 0.52, return: -0.01 },
        refitted: { rows: 100, accuracy: 0.55, return: 0.02, sharpe: 1 },
      },
    ],
    comparisons: [
      { score: 'accuracy', difference: 0.03, low: 0.01, high: 0.05 },
      { score: 'return', difference: 0.0003, low: -0.0001, high: 0.0007 },
    ],
  } as const;
  const lines = refitTable(refit).split('\n');
  const [head = '', line = ''] = [lines[0], lines.at(-1)?.trim()];
  expect(head.split(/ {2,}/)).toEqual(['fold', 'from', 'to', 'rows', 'accuracy %', 'return %']);
  expect(line.split(/ {2,}/)).toEqual(['1', '2024-04-01', '2024-07-01', '100', '52.0 → 55.0', '-1.0 → 2.0']);
  expect(refitConclusion(refit)).toBe(
    'Refitting gained accuracy by 3.0 points (1.0 to 5.0); return by 3.00 basis points a bar (-1.00 to 7.00).',
  );
  const noise = { ...refit, comparisons: [{ ...refit.comparisons[1] }] };
  expect(refitConclusion(noise)).toContain(': nothing beyond noise.');
});
