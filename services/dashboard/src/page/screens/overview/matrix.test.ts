import { describe, expect, test } from '@jest/globals';
import type { ChampionCell, Champions } from '../../../schemas/champions.ts';
import { badness, cellWords, differenceWords, ordered, spanOf, type Sort } from './matrix.ts';

const cell = (
  difference: number | null,
  low: number | null = null,
  high: number | null = null,
  over: Partial<ChampionCell> = {},
): ChampionCell => ({
  strategy_type: 'lstm',
  model: {
    model_id: 'm',
    created_at: '2026-01-01T00:00:00Z',
    activated_at: null,
    rows: 189,
    difference,
    low,
    high,
    rule: 'majority_class',
    live: null,
  },
  why_none: null,
  planned: true,
  last: {
    model_id: 'm',
    created_at: '2026-01-01T00:00:00Z',
    promoted: true,
    decision: 'Promoted: it works.',
    below_floor: false,
    learnt_nothing: false,
  },
  ...over,
});
const none = (planned: boolean): ChampionCell =>
  cell(null, null, null, { model: null, planned, why_none: 'too few bars', last: null });

test.each<[string, ChampionCell, number]>([
  ['a missing model that should be there is the worst', none(true), -Infinity],
  ['one that nobody wants is none', none(false), Infinity],
  ['below beyond noise', cell(-0.02, -0.03, -0.01), -2],
  ['above within noise', cell(0.01, -0.01, 0.03), 0.5],
  ['without an interval', cell(-0.4), -1],
  ['without a score', cell(null), Infinity],
])('%s', (_, of, expected) => {
  expect(badness(of)).toBeCloseTo(expected);
});

const champions: Champions = {
  strategies: [
    { strategy_type: 'lstm', score: 'log_likelihood' },
    { strategy_type: 'rl', score: 'return' },
  ],
  rows: [
    { symbol: 'AAA', cells: [cell(0.01, 0, 0.02), cell(-0.1, -0.2, 0)] },
    { symbol: 'BBB', cells: [none(true), cell(0.5, 0.4, 0.6)] },
    { symbol: 'CCC', cells: [cell(-0.03, -0.04, -0.02), none(false)] },
    { symbol: 'DDA', cells: [none(false), none(false)] },
  ],
};

describe('rows', () => {
  test.each<[Sort, boolean, string, string]>([
    ['worst', false, '', 'BBB CCC AAA DDA'],
    ['worst', true, '', 'DDA AAA CCC BBB'],
    ['symbol', true, '', 'DDA CCC BBB AAA'],
    ['lstm', false, '', 'BBB CCC AAA DDA'],
    ['rl', false, '', 'AAA BBB CCC DDA'],
    ['worst', false, ' a ', 'AAA DDA'],
    ['worst', false, 'zz', ''],
  ])('by %s, the other way round: %s, with "%s"', (sort, down, words, expected) => {
    expect(
      ordered(champions, { sort, down, words })
        .map(({ symbol }) => symbol)
        .join(' '),
    ).toBe(expected);
  });

  test('are not put in order where they stand', () => {
    const before = champions.rows.map(({ symbol }) => symbol);
    ordered(champions, { sort: 'symbol', down: true, words: '' });
    expect(champions.rows.map(({ symbol }) => symbol)).toEqual(before);
  });
});

test.each([
  ['log_likelihood', 0.00312, '+0.0031'],
  ['log_likelihood', -0.00001, '0.0000'],
  ['return', -0.0157, '−1.6 %'],
  ['return', null, 'no score'],
  ['rmse', 0.00001234, '+0.000012'],
  ['rmse', 0, '0'],
  ['rmse', -1.5, '−1.5'],
] as const)('%s %s is %s', (score, value, words) => {
  expect(differenceWords(score, value)).toBe(words);
});

test('a picture spans most intervals', () => {
  expect(spanOf(champions.rows, 0)).toBeCloseTo(0.03);
  expect(spanOf([], 0)).toBe(1);
});

test('a cell in words has everything', () => {
  expect(cellWords(champions.strategies[0]!, cell(-0.02, -0.03, -0.01))).toBe(
    'lstm: −0.0200 (95 % −0.0300 to −0.0100) log-likelihood a bar against majority class on 189 bars. Last decision: Promoted: it works.',
  );
  const below = cell(0.02);
  const note = 'on 120 bars since its training: worse beyond noise';
  expect(
    cellWords(champions.strategies[0]!, {
      ...below,
      model: { ...below.model!, live: { rows: 120, verdict: 'below', note } },
    }),
  ).toContain(` on 189 bars. New bars: ${note}. Last decision`);
  expect(cellWords(champions.strategies[0]!, none(true))).toBe('lstm: no model: too few bars.');
});
