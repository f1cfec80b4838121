import { expect, test } from '@jest/globals';
import { table } from './output.ts';
import { cutTo, widthOf } from './width.ts';

test.each([
  ['AAPL', 4],
  ['币安人生/USDT:USDT', 18],
  ['日経225', 7],
  ['한국', 4],
  ['🚀', 2],
  ['ｱｲｳ', 3],
  ['Ünï', 3],
  ['x\u0323\u0301', 1],
  ['─█…', 3],
])('%s takes %d columns', (text, width) => {
  expect(widthOf(text)).toBe(width);
});

test('a cut never leaves half of a character, nor one that would not fit', () => {
  expect([0, 1, 2, 3, 4, 9].map((columns) => cutTo('A币🚀', columns))).toEqual([
    '',
    'A',
    'A',
    'A币',
    'A币',
    'A币🚀',
  ]);
});

test('columns of a table stand below each other, whatever the symbols', () => {
  const lines = table(
    ['symbol', 'bars'],
    [
      ['币安人生/USDT', 5],
      ['AAPL', 12],
    ],
  ).split('\n');
  expect(lines).toEqual(['symbol         bars', '币安人生/USDT     5', 'AAPL             12']);
});
