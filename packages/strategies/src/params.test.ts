import { describe, expect, test } from '@jest/globals';
import type { ParamSpecs } from '@ml-training/sdk';
import { readParams } from './params.ts';

const specs = {
  rounds: { kind: 'integer', default: 100, min: 1, max: 1000 },
  rate: { kind: 'number', default: 0.1, min: 0, max: 1 },
  fused: { kind: 'boolean', default: true },
  cell: { kind: 'choice', default: 'lstm', choices: ['lstm', 'gru'] },
  fee: { kind: 'by_symbol', default: 5, min: 0, max: 100 },
} as const satisfies ParamSpecs;

describe('readParams', () => {
  test('lays the given settings over the defaults', () => {
    expect(readParams(specs, { rounds: 7, fused: false }, 'demo')).toEqual({
      rounds: 7,
      rate: 0.1,
      fused: false,
      cell: 'lstm',
      fee: 5,
    });
    expect(readParams(specs, undefined, 'demo').rounds).toBe(100);
  });

  test.each([
    [2, 2],
    [
      { GOOG: 2, '*': 7 },
      { GOOG: 2, '*': 7 },
    ],
    [{ 'BTC/USD': 0 }, { 'BTC/USD': 0, '*': 5 }],
  ])('takes %j for all or by symbol', (fee, found) => {
    expect(readParams(specs, { fee }, 'demo').fee).toEqual(found);
  });

  test.each([
    [{ round: 7 }, 'demo has no setting "round"; it has rounds, rate, fused, cell, fee'],
    [{ rounds: 7.5 }, 'demo setting rounds is 7.5; allowed is a whole number from 1 to 1000'],
    [{ rounds: '7' }, 'demo setting rounds is "7"'],
    [{ rounds: 0 }, 'from 1 to 1000'],
    [{ rate: Number.NaN }, 'demo setting rate is NaN; allowed is a number from 0 to 1'],
    [{ rate: null }, 'demo setting rate is null'],
    [{ fused: 1 }, 'allowed is true or false'],
    [{ cell: 'rnn' }, 'demo setting cell is "rnn"; allowed is one of lstm, gru'],
    [{ fee: -1 }, 'demo setting fee is -1; allowed is a number from 0 to 100, or such numbers by symbol'],
    [{ fee: { GOOG: -1 } }, 'demo setting fee of GOOG is -1; allowed is a number from 0 to 100'],
    [{ fee: { '*': 101 } }, 'demo setting fee of * is 101; allowed is a number from 0 to 100'],
    [{ fee: { '*': 1, GOOG: '2' } }, 'demo setting fee of GOOG is "2"'],
    [{ fee: { '*': 1, GOOG: null } }, 'demo setting fee of GOOG is null'],
    [{ fee: { '': 1 } }, 'demo setting fee has a symbol without a name'],
    [{ fee: {} }, 'demo setting fee is {}; allowed is'],
    [{ fee: [1, 2] }, 'demo setting fee is [1,2]; allowed is'],
    [{ fee: '5' }, 'demo setting fee is "5"; allowed is'],
    [{ rate: { GOOG: 0.1 } }, 'demo setting rate is {"GOOG":0.1}; allowed is a number from 0 to 1'],
    [{ constructor: 1 }, 'no setting "constructor"'],
    [JSON.parse('{"__proto__": 1}') as { [name: string]: number }, 'no setting "__proto__"'],
  ])('refuses %j', (given, message) => {
    const read = (): unknown => readParams(specs, given, 'demo');
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: 'INVALID_PARAMS' }));
  });
});
