import { expect, test } from '@jest/globals';
import { isSymbol, symbolProblem } from './symbol.ts';

test.each([
  ...[
    'AAPL',
    'BTC/USD',
    '^GSPC',
    'BRK.B',
    'NIFTY 50',
    '$SPX',
    'ES1!',
    '币安人生/USDT:USDT',
    'Ünïcode',
    'M&M',
  ],
  ...['BRK,B', 'a"b', "L'ORÉAL", '50%', 'A\\B', '[X]', '₿', '🚀', '<b>', '-X', '*A', 'USD|JPY', 'A  B', '0'],
  ...[
    '日経225',
    'ΑΒ',
    '한국전력',
    'e\u0301'.normalize('NFC'),
    '字'.repeat(64),
    '🚀'.repeat(64),
    'A@B',
    'ALL',
    '#1',
  ],
])('%s is a symbol', (name) => {
  expect(symbolProblem(name)).toBeNull();
});

test.each([
  ['nothing', '', /is empty/],
  ['no text', 7, /is no text/],
  ['65 characters', 'A'.repeat(65), /longer than 64/],
  ['65 characters of two units', '🚀'.repeat(65), /longer than 64/],
  ['a million characters', 'A'.repeat(1_000_000), /longer than 64/],
  ['a tab', 'A\tB', /U\+0009/],
  ['a line break', 'A\nB', /U\+000A/],
  ['a NUL', 'A\0', /U\+0000/],
  ['a control character of Latin-1', 'A\u0085B', /U\+0085/],
  ['a space of no width', 'A\u200bB', /U\+200B/],
  ['a mark for right-to-left', 'A\u202eB', /U\+202E/],
  ['a byte order mark', '\ufeffA', /U\+FEFF/],
  ['a soft hyphen', 'A\u00adB', /U\+00AD/],
  ['an invisible letter', 'A\u3164', /U\+3164/],
  ['a variation selector', 'A\ufe0f', /U\+FE0F/],
  ['a blank that is none', 'A\u00a0B', /U\+00A0/],
  ['a wide blank', 'A\u3000B', /U\+3000/],
  ['a line separator', 'A\u2028B', /U\+2028/],
  ['half a surrogate pair', 'A\ud800', /can't be seen/],
  ['a code point of nobody', 'A\u0378', /U\+0378/],
  ['one of private use', 'A\ue000', /U\+E000/],
  ['a blank before it', ' A', /blank at an end/],
  ['a blank after it', 'A ', /blank at an end/],
  ['letters taken apart', 'e\u0301', /NFC/],
  ['the fleet’s own', '@ALL', /begins with @/],
  ['no letter', '--', /no letter or digit/],
  ['only dots', '...', /no letter or digit/],
  ['a folder above', '../x', /only dots/],
  ['a folder above in it', 'A/../B', /only dots/],
  ['a slash at an end', 'A/', /nothing, or only dots/],
  ['a name of every object', 'constructor', /something else/],
  ['another one', '__proto__', /something else/],
])('%s is none', (_, name, problem) => {
  expect(isSymbol(name)).toBe(false);
  expect(symbolProblem(name)).toMatch(problem);
});
