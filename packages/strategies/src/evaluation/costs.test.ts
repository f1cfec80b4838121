import { expect, test } from '@jest/globals';
import { costBpsOf } from './costs.ts';

test.each([
  ['one number for all', { cost_bps: 3 }, 3],
  ['slippage on top of it', { cost_bps: 3, slippage_bps: 0.5 }, 3.5],
  ['its own number', { cost_bps: { '*': 5, GOOG: 2 } }, 2],
  ['that of all others', { cost_bps: { '*': 5, EURUSD: 0.2 } }, 5],
  ['the default, where others are named alone', { cost_bps: { EURUSD: 0.2 } }, 5],
  ['slippage of its own, and none of the others', { cost_bps: 1, slippage_bps: { GOOG: 4 } }, 5],
  ['both by symbol', { cost_bps: { GOOG: 2 }, slippage_bps: { '*': 1 } }, 3],
  ['nothing at all, as it is set so', { cost_bps: { GOOG: 0 } }, 0],
  ['what a model of an earlier version keeps', { horizon: 1 }, 5],
])('a symbol costs %s', (_, params, bps) => {
  expect(costBpsOf(params, 'GOOG')).toBe(bps);
});

test('a symbol of any name has its own costs', () => {
  const named = JSON.parse('{"__proto__": 7, "constructor": 8, "*": 1}') as Record<string, number>;
  const of = (symbol: string): number => costBpsOf({ cost_bps: named }, symbol);
  expect(['__proto__', 'constructor', 'toString'].map(of)).toEqual([7, 8, 1]);
});
