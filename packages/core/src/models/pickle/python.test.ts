import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { opcodeName } from './opcodes.ts';
import { parsePickle } from './parse.ts';
import type { PickleValue } from './value.ts';
import { writePickle } from './write.ts';

const hasPython = spawnSync('python3', ['-c', '']).status === 0;
const describeWithPython = hasPython ? describe : describe.skip;

function python(script: string, input: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', script], { input, maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(stderr.toString());
  return stdout;
}

const withoutBytes = {
  none: null,
  flags: [true, false],
  integers: [
    0,
    1,
    255,
    256,
    65535,
    65536,
    -1,
    -128,
    -129,
    2 ** 31 - 1,
    2 ** 31,
    -(2 ** 31),
    -(2 ** 31) - 1,
    2 ** 53 - 1,
  ],
  large: [2n ** 63n, -(2n ** 63n), 2n ** 64n, 2n ** 2039n - 1n, -(2n ** 2039n)],
  floats: [0.1, -0, 1e300, 5e-324, Infinity, -Infinity, NaN],
  strings: ['', 'a', 'ä€😀\u0000\ufeff', 'x'.repeat(255), 'x'.repeat(256), 'ß'.repeat(40_000)],
  empty: [[], {}],
  '': { 'a key with spaces': 1 },
  numbers: Array.from({ length: 2500 }, (_, i) => i * 1.5),
  wide: Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`key ${i}`, i])),
};
const sample = {
  ...withoutBytes,
  bytes: [
    new Uint8Array(0),
    Uint8Array.of(0, 255),
    new Uint8Array(256).fill(7),
    new Uint8Array(300_000).fill(9),
  ],
};

/** Prints a value so that equal text means equal type and value, in Python's words. */
const canonical = `
import pickle, sys
value = pickle.load(sys.stdin.buffer)
def show(v):
    if isinstance(v, dict): return '{' + ','.join(show(k) + ':' + show(x) for k, x in v.items()) + '}'
    if isinstance(v, list): return '[' + ','.join(map(show, v)) + ']'
    if isinstance(v, (str, bytes)): return type(v).__name__ + (v.encode() if isinstance(v, str) else v).hex()
    if isinstance(v, float): return 'float' + __import__('struct').pack('>d', v).hex()
    return type(v).__name__ + (hex(v) if type(v) is int else str(v))
sys.stdout.write(show(value))`;

/** The same text, made here. */
function show(value: PickleValue): string {
  if (value === null) return 'NoneTypeNone';
  if (typeof value === 'boolean') return value ? 'boolTrue' : 'boolFalse';
  if (typeof value === 'string') return `str${Buffer.from(value).toString('hex')}`;
  if (value instanceof Uint8Array) return `bytes${Buffer.from(value).toString('hex')}`;
  if (typeof value === 'bigint' || (Number.isSafeInteger(value) && !Object.is(value, -0))) {
    const integer = BigInt(value as number | bigint); // A number here: the line above.
    return `int${integer < 0n ? `-0x${(-integer).toString(16)}` : `0x${integer.toString(16)}`}`;
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return `float${bytes.toString('hex')}`;
  }
  if (Array.isArray(value)) return `[${value.map(show).join(',')}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${show(key)}:${show(item)}`)
    .join(',')}}`;
}

describeWithPython(`Python's pickle${hasPython ? '' : ' [there is no python3]'}`, () => {
  test('reads what is written here, with the same types and values', () => {
    expect(python(canonical, writePickle(sample)).toString()).toBe(show(sample));
  });

  test.each([
    ['2', 'pickle.dumps', withoutBytes],
    ['3', 'pickle.dumps', sample],
    ['4', 'pickle.dumps', sample],
    ['5', 'pickle.dumps', sample],
    ['4', 'pickle._dumps', sample],
    ['5', 'pickle._dumps', sample],
  ])('writes protocol %s by %s so that it is read here', (protocol, dumps, value) => {
    const script =
      `import pickle, sys; sys.stdout.buffer.write(${dumps}(pickle.load(sys.stdin.buffer), ` +
      `${protocol}))`;
    expect(show(parsePickle(python(script, writePickle(value)), 'file'))).toBe(show(value));
  });

  test('may name a part many times', () => {
    const script = `
import pickle, sys
shared = {'dtype': 'float64', 'data': b'12345678'}
sys.stdout.buffer.write(pickle.dumps({'a': shared, 'b': [shared, shared], 'c': [shared['data']] * 3}))`;
    const shared = { dtype: 'float64', data: new Uint8Array(Buffer.from('12345678')) };
    expect(parsePickle(python(script, Buffer.alloc(0)), 'file')).toEqual({
      a: shared,
      b: [shared, shared],
      c: [shared.data, shared.data, shared.data],
    });
  });

  test.each([
    ['a call', "__import__('os').getcwd", /opcode STACK_GLOBAL \(0x93\)/],
    ['an object', "__import__('fractions').Fraction(1, 2)", /opcode STACK_GLOBAL/],
    ['a tuple', '(1, 2)', /opcode TUPLE2 \(0x86\)/],
    ['a set', '{1}', /opcode EMPTY_SET/],
    ['a bytearray', "bytearray(b'x')", /opcode BYTEARRAY8/],
    ['an int as key', '{1: 2}', /dict key that is not a str/],
    ['a list in itself', '(lambda l: l.append(l) or l)([])', /would contain itself/],
    ['a dict in itself', '(lambda d: d.update(d=[d]) or d)({})', /would contain itself/],
  ])('is refused when it holds %s', (_, expression, message) => {
    const script = `import pickle, sys; sys.stdout.buffer.write(pickle.dumps([${expression}], 5))`;
    const file = python(script, Buffer.alloc(0));
    expect(() => parsePickle(file, 'model.pkl')).toThrow(message);
  });

  test('knows every opcode by the name used here', () => {
    const script =
      "import pickletools; print('\\n'.join(f'{ord(o.code)} {o.name}' for o in pickletools.opcodes))";
    const lines = python(script, Buffer.alloc(0)).toString().trim().split('\n');
    expect(lines.length).toBeGreaterThan(60);
    for (const line of lines) {
      const [code, name] = line.split(' ');
      expect(opcodeName(Number(code))).toContain(`opcode ${name} (`);
    }
  });
});
