import { describe, expect, test } from '@jest/globals';
import { FleetError } from '../../errors.ts';
import { op } from './opcodes.ts';
import { parsePickle } from './parse.ts';
import { writePickle } from './write.ts';

type Piece = number | string | Uint8Array;

/** A pickle of protocol 4 by hand: numbers are opcodes and bytes, text is Latin-1. */
function assemble(...pieces: readonly Piece[]): Buffer {
  const body = pieces.map((piece) =>
    typeof piece === 'number'
      ? Buffer.from([piece])
      : typeof piece === 'string'
        ? Buffer.from(piece, 'latin1')
        : piece,
  );
  return Buffer.concat([Buffer.from([op.PROTO, 4]), ...body]);
}

function refusal(file: Uint8Array): FleetError {
  try {
    parsePickle(file, 'models/lstm/AAPL/model.pkl');
  } catch (error) {
    if (error instanceof FleetError && error.code === 'MODEL_FILE_INVALID') return error;
    throw error;
  }
  throw new Error('it was accepted');
}

function random(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

const state = {
  strategy_type: 'lstm',
  model_state: {
    lstm: { weights: [{ dtype: 'float32', shape: [2, 3], data: new Uint8Array(24).fill(1) }] },
    scaler: null,
  },
  metrics: { accuracy: 0.53, trades: 1200, long: -70_000, big: 2 ** 40, ünïcode: 'ä' },
};

test('gives back what was written, in bytes of their own', () => {
  const file = writePickle(state);
  const parsed = parsePickle(file, 'file') as typeof state;
  expect(parsed).toEqual(state);
  const [weights] = parsed.model_state.lstm.weights;
  expect(weights?.data.byteOffset).toBe(0);
  expect(weights?.data.buffer).not.toBe(file.buffer);
});

test('a missing key is undefined, also where an object of JavaScript has a property of that name', () => {
  const parsed = parsePickle(writePickle({}), 'file') as Record<string, unknown>;
  expect(parsed.constructor).toBeUndefined();
  expect('toString' in parsed).toBe(false);
});

describe('a pickle that asks for something callable is refused by opcode and offset', () => {
  test.each([
    ['GLOBAL', 3, assemble(']', 'cos\nsystem\n', '.')],
    ['STACK_GLOBAL', 14, assemble('\x8c\x02os', '\x8c\x06system', '\x93', '.')],
    ['REDUCE', 4, assemble('N', 'N', 'R', '.')],
    ['BUILD', 4, assemble('}', '}', 'b.')],
    ['NEWOBJ', 4, assemble('NN\x81.')],
    ['NEWOBJ_EX', 2, assemble('\x92.')],
    ['OBJ', 3, assemble('(o.')],
    ['INST', 3, assemble('(ios\nsystem\n.')],
    ['PERSID', 2, assemble('Pid\n.')],
    ['BINPERSID', 3, assemble('NQ.')],
    ['EXT1', 2, assemble('\x82\x01.')],
    ['EXT2', 2, assemble('\x83\x01\x00.')],
    ['EXT4', 2, assemble('\x84\x01\x00\x00\x00.')],
    ['NEXT_BUFFER', 2, assemble('\x97.')],
  ])('%s', (name, offset, file) => {
    const { message } = refusal(file);
    expect(message).toContain(`opcode ${name} (0x`);
    expect(message).toContain(`at offset ${offset} `);
    expect(message).toContain('models/lstm/AAPL/model.pkl');
  });

  test('a byte that is no opcode at all', () => {
    expect(refusal(assemble('\xff.')).message).toContain('unknown opcode 0xff');
  });
});

describe('a damaged file is refused', () => {
  test('when it is cut short, wherever', () => {
    const file = writePickle(state);
    for (let length = 0; length < file.length; length++) refusal(file.subarray(0, length));
  });

  test('when anything follows it', () => {
    expect(refusal(Buffer.concat([writePickle(state), Buffer.from('x')])).message).toContain(
      'goes on with 1 bytes',
    );
  });

  test('or read as some other plain value, whichever byte is changed to whatever', () => {
    const file = writePickle(state);
    let refused = 0;
    for (let at = 0; at < file.length; at++) {
      for (let flip = 1; flip < 256; flip++) {
        const damaged = Buffer.from(file);
        damaged[at]! ^= flip;
        try {
          parsePickle(damaged, 'file');
        } catch (error) {
          if (!(error instanceof FleetError)) throw error;
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(file.length);
  });

  test('when it is noise (seed 42)', () => {
    const next = random(42);
    const opcodes = Object.values(op);
    let refused = 0;
    for (let round = 0; round < 20_000; round++) {
      const noise = Array.from({ length: 40 }, () =>
        next() < 0.7 ? opcodes[Math.floor(next() * opcodes.length)]! : Math.floor(next() * 256),
      );
      try {
        parsePickle(assemble(...noise), 'file');
      } catch (error) {
        if (!(error instanceof FleetError)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(19_000);
  });

  test.each([
    ['empty', Buffer.alloc(0), 'is empty'],
    ['text', Buffer.from('{"strategy_type": "lstm"}'), 'does not begin like a pickle'],
    ['protocol 0', Buffer.from('(dp0\n.'), 'does not begin like a pickle'],
    ['protocol 9', Buffer.from([op.PROTO, 9, op.NONE, op.STOP]), 'protocol 9'],
    ['8 EB of bytes', assemble(op.BINBYTES8, '\xff\xff\xff\xff\xff\xff\xff\x7f', '.'), 'is cut short'],
    ['4 GB of bytes', assemble(op.BINBYTES, '\xff\xff\xff\xff', '.'), 'is cut short'],
    ['4 GB of text', assemble(op.BINUNICODE, '\xff\xff\xff\xff', '.'), 'is cut short'],
    ['16 EB of text', assemble(op.BINUNICODE8, '\xff'.repeat(8), '.'), 'is cut short'],
    ['a frame beyond the end', assemble(op.FRAME, '\xff'.repeat(8), 'N.'), 'is cut short'],
    ['an int of 4 GB', assemble(op.LONG4, '\xff\xff\xff\xff', '.'), 'int of 4294967295 bytes'],
    ['text that is not UTF-8', assemble(op.SHORT_BINUNICODE, 2, '\xc3\x28', '.'), 'not UTF-8'],
    ['an append to nothing', assemble('Na.'), 'not on the stack'],
    ['an append to a number', assemble('NNa.'), 'neither a list nor a dict'],
    ['an append to a dict', assemble('}Na.'), 'appends to a dict'],
    ['an item of a list', assemble(']\x8c\x01aNs.'), 'sets an item of a list'],
    ['half a pair', assemble('}(\x8c\x01au.'), 'without a value'],
    ['a number as key', assemble('}K\x01Ns.'), 'not a str'],
    ['no mark', assemble(']e.'), 'mark that is not set'],
    ['values under a mark', assemble(']N(a.'), 'not on the stack'],
    ['an open mark', assemble('(N.'), 'left on the stack'],
    ['two values', assemble('NN.'), 'left on the stack'],
    ['no value', assemble('.'), 'not on the stack'],
    ['an unknown memo entry', assemble('h\x05.'), 'memo entry 5'],
    ['a memo of nothing', assemble(op.MEMOIZE, '.'), 'not on the stack'],
    ['the key __proto__', assemble('}\x8c\x09__proto__}s.'), '__proto__'],
    ['a list that contains itself', assemble(']', op.MEMOIZE, 'h\x00a.'), 'would contain itself'],
    ['a list that contains itself, deeper', assemble(']', op.MEMOIZE, '(](h\x00ee.'), 'would contain itself'],
    ['a list changed through the memo', assemble(']', op.MEMOIZE, ']h\x00ah\x00Na.'), 'would contain itself'],
  ])('%s', (_, file, reason) => {
    expect(refusal(file).message).toContain(reason);
  });
});

describe('a file made to exhaust the reader is refused', () => {
  test('10,000 levels of lists, closed or not', () => {
    expect(refusal(assemble(']'.repeat(10_000), 'a'.repeat(9_999), '.')).message).toContain(
      'more than 100 levels',
    );
    expect(refusal(assemble(']('.repeat(10_000), 'e'.repeat(10_000), '.')).message).toContain(
      'more than 100 levels',
    );
    expect(refusal(assemble('('.repeat(1_000_000), '.')).message).toContain('not on the stack');
  });

  test('100 levels are read', () => {
    expect(() => parsePickle(assemble(']'.repeat(100), 'a'.repeat(99), '.'), 'file')).not.toThrow();
  });

  test('a list of two lists of two lists…, 60 deep by naming each twice', () => {
    const levels = Array.from({ length: 60 }, (_, i) =>
      assemble(']', op.MEMOIZE, '(h', i, 'h', i, 'e').subarray(2),
    );
    const reason = refusal(assemble(']', op.MEMOIZE, ...levels, '(e.')).message;
    expect(reason).toContain('naming its parts repeatedly');
  });

  test('a long text named 100,000 times', () => {
    const text = [op.BINUNICODE, '\x00\x00\x01\x00', 'x'.repeat(65536), op.MEMOIZE];
    const reason = refusal(assemble('](', ...text, 'h\x00'.repeat(100_000), 'e.')).message;
    expect(reason).toContain('naming its parts repeatedly');
  });
});
