import { expect, test } from '@jest/globals';
import { parsePickle } from './parse.ts';
import type { PickleValue } from './value.ts';
import { writePickle } from './write.ts';

class Model {
  readonly weights = [1];
}

/** As TypeScript would not let it through. */
const untyped = (value: unknown) => value as PickleValue;

test('equal values give equal bytes', () => {
  const make = () => ({ a: [1, 2.5, 'x'], b: { data: new Uint8Array(5000).fill(3) }, c: -0 });
  const value = make();
  expect(writePickle(make()).equals(writePickle(make()))).toBe(true);
  // Whether parts are one object or equal ones makes no difference either.
  expect(writePickle([value, value]).equals(writePickle([make(), make()]))).toBe(true);
});

test('an array of any numbers survives, −0 and NaN included', () => {
  const numbers = [
    0,
    -0,
    1.5,
    NaN,
    Infinity,
    -Infinity,
    5e-324,
    1e300,
    2 ** 53,
    -(2 ** 53) + 1,
    2 ** 31,
    -(2 ** 31),
  ];
  expect(parsePickle(writePickle(numbers), 'file')).toEqual(numbers);
});

test('pieces larger than the scratch buffer and many small ones keep their order', () => {
  const value = Array.from({ length: 3000 }, (_, i) => [
    'y'.repeat(i % 300),
    new Uint8Array(i % 7 === 0 ? 5000 : 50).fill(i),
    i === 1500 ? 'z'.repeat(200_000) : null,
  ]);
  // As text: comparing two million bytes one by one takes Jest half a minute.
  const plain = (rows: PickleValue) =>
    (rows as (typeof value)[number][]).map(([text, bytes, tail]) => [
      text,
      bytes instanceof Uint8Array && Buffer.from(bytes).toString('latin1'),
      tail,
    ]);
  expect(plain(parsePickle(writePickle(value), 'file'))).toEqual(plain(value));
});

test.each([
  ['undefined', { a: { b: [1, undefined] } }, 'a.b.1: undefined'],
  ['a function', { train: () => 1 }, 'train: function'],
  ['a symbol', [Symbol('x')], '0: symbol'],
  ['a Date', { at: new Date(0) }, 'at: a Date'],
  ['a Map', { m: new Map() }, 'm: a Map'],
  ['a Float64Array', { w: new Float64Array(2) }, 'w: a Float64Array'],
  ["a class's instance", { m: new Model() }, 'm: a Model'],
  ['a hole', [1, , 2], '1: undefined'],
  ['half a surrogate pair', { s: 'a\ud800' }, 's: a string with half a surrogate pair'],
  ['a key with half a surrogate pair', { '\udc00': 1 }, 'half a surrogate pair'],
  ['the key __proto__', JSON.parse('{"a": {"__proto__": 1}}'), 'a.__proto__: a key must not be __proto__'],
  ['an enormous integer', [2n ** 2039n], '0: an integer of more than 255 bytes'],
])('%s is refused by its place', (_, value, message) => {
  expect(() => writePickle(untyped(value))).toThrow(TypeError);
  expect(() => writePickle(untyped(value))).toThrow(message);
});

test('a value that contains itself is refused', () => {
  const list: unknown[] = [];
  list.push(list);
  expect(() => writePickle(untyped(list))).toThrow('nested more than 100 levels, or refers to itself');
});
