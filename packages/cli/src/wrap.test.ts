import { expect, test } from '@jest/globals';
import { wrap } from './wrap.ts';

test('lines are filled with whole words, and never longer than asked for', () => {
  expect(wrap('one two three four', 9, '  ')).toBe('  one two\n  three\n  four');
  expect(wrap('one two three four', 11, '  ')).toBe('  one two\n  three\n  four');
  expect(wrap('one two three four', 12, '  ')).toBe('  one two\n  three four');
});

test('line breaks and spaces of the text are made anew', () => {
  expect(wrap(' one\n  two ', 80)).toBe('one two');
});

test('a word that is longer than a line stays whole', () => {
  expect(wrap('a models/lstm/GOOG b', 6)).toBe('a\nmodels/lstm/GOOG\nb');
});
