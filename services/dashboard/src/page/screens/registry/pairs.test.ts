import { expect, test } from '@jest/globals';
import type { PairModels, Version } from '../../../schemas/models.ts';
import { chosen, rowOf, sorts, statusOf, type Sort } from './pairs.ts';

const version = (model_id: string, value: number, of: Partial<Version> = {}): Version => ({
  model_id,
  strategy_type: 'lstm',
  symbol: 'A',
  created_at: '2026-01-02T00:00:00Z',
  is_active: true,
  activated_at: '2026-01-02T00:00:00Z',
  decision: 'Promoted: it is the first model here and works.',
  data_to: '2026-01-01T00:00:00Z',
  judged_data_to: null,
  rows: 189,
  score: { name: 'accuracy', value, low: null, high: null, baseline: 0.5, rule: 'majority_class' },
  ...of,
});
const pair = (symbol: string, champion: Version | null, newest: Version | null = null): PairModels => ({
  strategy_type: 'lstm',
  symbol,
  champion,
  newest,
});
const rows = [
  pair('GOOG', version('aa', 0.6)),
  pair('BTC/USD', version('bb', 0.4, { activated_at: '2026-01-01T00:00:00Z' }), version('bc', 0.45)),
  pair('EURUSD', null, version('cc', 0.5, { created_at: '2026-01-05T00:00:00Z' })),
  { ...pair('GOOG', version('dd', 0.55)), strategy_type: 'ensemble' },
].map(rowOf);
const order = (sort: Sort, text = '', strategy: string | null = null): string[] =>
  chosen(rows, { text, strategy, sort }).map((row) => `${row.strategy_type} ${row.symbol}`);

test.each<[Sort, string[]]>([
  ['worst', ['lstm EURUSD', 'lstm BTC/USD', 'ensemble GOOG', 'lstm GOOG']],
  ['symbol', ['lstm BTC/USD', 'lstm EURUSD', 'ensemble GOOG', 'lstm GOOG']],
  ['strategy', ['ensemble GOOG', 'lstm BTC/USD', 'lstm EURUSD', 'lstm GOOG']],
  ['newest', ['lstm EURUSD', 'lstm BTC/USD', 'ensemble GOOG', 'lstm GOOG']],
  ['oldest', ['lstm EURUSD', 'lstm BTC/USD', 'ensemble GOOG', 'lstm GOOG']],
])('%s first', (sort, expected) => {
  expect(order(sort)).toEqual(expected);
});

test('the worst is the surest to be below its rule, whatever the kind of score', () => {
  const of = (symbol: string, name: 'accuracy' | 'sharpe', value: number, low: number, high: number) =>
    rowOf(
      pair(symbol, version('m', 0, { score: { name, value, low, high, baseline: 0, rule: 'always_flat' } })),
    );
  const mixed = [
    of('A', 'sharpe', -1.2, -11, 9),
    of('B', 'accuracy', -0.05, -0.1, 0),
    of('C', 'accuracy', 0, 0, 0),
  ];
  expect(chosen(mixed, { text: '', strategy: null, sort: 'worst' }).map(({ symbol }) => symbol)).toEqual([
    'B',
    'A',
    'C',
  ]);
});

test('every word must be in the symbol, or begin the strategy or a model', () => {
  expect(order('symbol', 'goog lst')).toEqual(['lstm GOOG']);
  expect(order('symbol', 'bc')).toEqual(['lstm BTC/USD']);
  expect(order('symbol', '', 'ensemble')).toEqual(['ensemble GOOG']);
  expect(order('symbol', 'nothing')).toEqual([]);
});

test('differences count in the sense of better', () => {
  expect(rows[0]!.overRule).toBeCloseTo(0.1);
  expect(rows[1]!.overChampion).toBeCloseTo(0.05);
  expect(rows[2]).toMatchObject({ overRule: null, overChampion: null });
});

test('what became of a model, in a word or two', () => {
  const said = (of: Partial<Version>): string => statusOf(version('x', 0, of));
  expect(said({})).toBe('in use');
  expect(said({ is_active: false })).toBe('was in use');
  expect(said({ is_active: false, activated_at: null, decision: 'Not promoted: worse.' })).toBe(
    'not promoted',
  );
  // By a completion that was overtaken.
  expect(
    said({ is_active: false, activated_at: null, decision: 'not promoted: another model became active' }),
  ).toBe('not promoted');
});

test('many pairs are sorted and searched at once', () => {
  const many = Array.from({ length: 5000 }, (_, i) =>
    rowOf(pair(`S${String(i).padStart(4, '0')}`, version(`m${i}`, i / 5000))),
  );
  const began = performance.now();
  for (const sort of sorts) chosen(many, { text: 's00', strategy: null, sort });
  // Five of them; one takes some milliseconds. The bound only guards against what grows with the square.
  expect(performance.now() - began).toBeLessThan(5000);
});
