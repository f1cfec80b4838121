// Numbers as files write them: a wrong sign of decimals would make a price a thousand times too large.
import { describe, expect, test } from '@jest/globals';
import { billionths, decimalOf, noVolume, numberReader, withMagnitude } from './numbers.ts';

describe('with a decimal point', () => {
  const read = numberReader('.');
  test.each<[unknown, number]>([
    ['1.5', 1.5],
    ['-1.5', -1.5],
    ['+1.5', 1.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e-5', 1e-5],
    ['1E5', 1e5],
    ['1,234.50', 1234.5],
    ['1,234,567', 1_234_567],
    ['-1,234.5', -1234.5],
    [' 1.5\t', 1.5],
    ['$1.5', 1.5],
    ['€1,234.5', 1234.5],
    ['£2', 2],
    [1.5, 1.5],
    [15n, 15],
    // −0 is 0.
    ['-0', 0],
    [-0, 0],
  ])('%j is %d', (cell, value) => {
    expect(read(cell)).toBe(value);
  });
  test.each([
    ...['', ' ', 'x', '0x10', '1_000', 'Infinity', 'NaN', '--1', '1.2.3', '1 000', '1$', '$$1', 'x1', '1x'],
    ...['1,5', '1,23', '12,34.5', '1,234.5x', 'x1,234', '1234,567', '1,234,56', '1,234.5,6', ',123'],
    ...[NaN, Infinity, true, null, undefined, {}],
  ])('%p is no number', (cell) => {
    expect(read(cell)).toBeUndefined();
  });
});

describe('with a decimal comma', () => {
  const read = numberReader(',');
  test.each([
    ['1,5', 1.5],
    ['145,123', 145.123],
    ['1.234', 1234],
    ['1.234,5', 1234.5],
    ['-1.234,56', -1234.56],
    ['1.234.567', 1_234_567],
    ['100', 100],
    [' €1,5', 1.5],
  ])('%j is %d', (text, value) => {
    expect(read(text)).toBe(value);
  });
  test.each([
    '1.5',
    '12.34',
    '1.23,4',
    '1,2,3',
    '1,234.5',
    '1.234,5x',
    'x1.234',
    '1.234,5,6',
    '.123',
    '',
    ',',
  ])('%j is no number', (text) => {
    expect(read(text)).toBeUndefined();
  });
});

test.each<[unknown, number | undefined]>([
  ['1234500000', 1.2345],
  ['1', 1e-9],
  ['-37630000000', -37.63],
  // What Databento writes where there is no price.
  ['9223372036854775807', undefined],
  ['12.5', undefined],
  ['1e9', undefined],
  ['12345678901234567890', undefined],
  ['x1', undefined],
  ['1x', undefined],
  ['', undefined],
  [1_234_500_000, undefined],
])('%j billionths are %p', (cell, value) => {
  expect(billionths(cell)).toBe(value);
});

test.each([null, undefined, NaN, '', ' ', 'nan', 'NaN', 'NULL', 'None', 'n/a', '-', ' - '])(
  '%p says that there is no volume',
  (cell) => {
    expect(noVolume(cell)).toBe(true);
  },
);
test.each([0, '0', 5, -1, '-1', 'x', 'nano', 'x-', Infinity, 5n, false])(
  '%p is meant as a volume',
  (cell) => {
    expect(noVolume(cell)).toBe(false);
  },
);

test.each<['.' | ',', unknown, number | undefined]>([
  ['.', '94.21M', 94_210_000],
  ['.', '5.4K', 5400],
  ['.', '1.2B', 1.2e9],
  ['.', ' 5K ', 5000],
  ['.', '1.23456789K', 1234.56789],
  ['.', '1,234.5K', 1_234_500],
  [',', '94,21M', 94_210_000],
  ['.', '94.21', 94.21],
  ['.', 94.21, 94.21],
  ['.', 'M', undefined],
  ['.', 'xM', undefined],
  ['.', 'x5M', undefined],
  ['.', '5Mx', undefined],
  ['.', '5T', undefined],
])('with %j for decimals the volume %j is %p', (decimal, cell, value) => {
  expect(withMagnitude(numberReader(decimal))(cell)).toBe(value);
});

describe('the sign of decimals is told by prices', () => {
  test.each<[string, string[], boolean, '.' | ',' | null]>([
    [',', ['1.5'], false, '.'],
    [',', ['100', '101'], false, '.'],
    [',', [], false, '.'],
    [',', ['1.234'], false, '.'],
    [',', ['1,234.5'], false, '.'],
    [',', ['1,5'], false, ','],
    [',', ['1,2345'], false, ','],
    [',', ['$1,50'], false, ','],
    [',', ['1.234,5'], false, ','],
    [',', ['1,234'], false, null],
    [',', ['100', '1,234'], false, null],
    // One price that is clear tells of all.
    [',', ['1,234', '1,5'], false, ','],
    [',', ['1,234', '1,234.5'], false, '.'],
    // Semicolons stand between fields because commas are in them.
    [';', ['1,234'], false, ','],
    [';', ['1.234'], false, '.'],
    // German: of 1.234 either may be meant.
    [';', ['1.234'], true, null],
    [';', ['1.234', '12.345'], true, null],
    [';', ['1.234', '12.5'], true, '.'],
    [';', ['1234.567'], true, '.'],
    [';', ['1.2345'], true, '.'],
    [';', ['100'], true, '.'],
    [';', ['1.234,5'], true, ','],
    [';', [' 1.234 '], true, null],
  ])('between %j, of %j, written by Germans: %p: %j', (delimiter, prices, german, decimal) => {
    expect(decimalOf(delimiter, prices, german)).toBe(decimal);
  });
});
