import { describe, expect, test } from '@jest/globals';
import type { ParamSpecs } from '@ml-training/sdk';
import { readParams } from './params.ts';

const specs = {
  rounds: { kind: 'integer', default: 100, min: 1, max: 1000 },
  rate: { kind: 'number', default: 0.1, min: 0, max: 1 },
  fused: { kind: 'boolean', default: true },
  cell: { kind: 'choice', default: 'lstm', choices: ['lstm', 'gru'] },
} as const satisfies ParamSpecs;

describe('readParams', () => {
  test('lays the given settings over the defaults', () => {
    expect(readParams(specs, { rounds: 7, fused: false }, 'demo')).toEqual({
      rounds: 7,
      rate: 0.1,
      fused: false,
      cell: 'lstm',
    });
    expect(readParams(specs, undefined, 'demo').rounds).toBe(100);
  });

  test.each([
    [{ round: 7 }, 'demo has no setting "round"; it has rounds, rate, fused, cell'],
    [{ rounds: 7.5 }, 'demo setting rounds is 7.5; allowed is a whole number from 1 to 1000'],
    [{ rounds: '7' }, 'demo setting rounds is "7"'],
    [{ rounds: 0 }, 'from 1 to 1000'],
    [{ rate: Number.NaN }, 'demo setting rate is NaN; allowed is a number from 0 to 1'],
    [{ rate: null }, 'demo setting rate is null'],
    [{ fused: 1 }, 'allowed is true or false'],
    [{ cell: 'rnn' }, 'demo setting cell is "rnn"; allowed is one of lstm, gru'],
    [{ constructor: 1 }, 'no setting "constructor"'],
    [JSON.parse('{"__proto__": 1}') as { [name: string]: number }, 'no setting "__proto__"'],
  ])('refuses %j', (given, message) => {
    const read = (): unknown => readParams(specs, given, 'demo');
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: 'INVALID_PARAMS' }));
  });
});
