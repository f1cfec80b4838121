import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FleetError } from '../errors.ts';
import { isSymbol } from '../symbol.ts';
import { locateModel } from './files.ts';
import { modelFolder, symbolFolder } from './path.ts';

test.each([
  ['AAPL', 'AAPL'],
  ['BRK.B', 'BRK.B'],
  ['btc_usd-PERP.1', 'btc_usd-PERP.1'],
  ['BTC/USD', 'BTC%2FUSD'],
  ['BTC%2FUSD', 'BTC%252FUSD'],
  ['../x', '..%2Fx'],
  ['..\\x', '..%5Cx'],
  ['...', '...'],
  ['^GSPC', '%5EGSPC'],
  ['EUR USD', 'EUR%20USD'],
  ['ÄÖ', '%C3%84%C3%96'],
  ['😀', '%F0%9F%98%80'],
  ['~', '%7E'],
  ['C:', 'C%3A'],
])('%s lies in %s', (symbol, folder) => {
  expect(symbolFolder(symbol)).toBe(folder);
});

describe('no folder for', () => {
  test.each([
    ['nothing', ''],
    ['the folder itself', '.'],
    ['the folder above', '..'],
    ['a NUL', 'AA\0PL'],
    ['a line break', 'AAPL\n'],
    ['a control character of Latin-1', 'A\u0085B'],
    ['white space at the start', ' AAPL'],
    ['white space at the end', 'AAPL\u00a0'],
    ['half a surrogate pair', 'A\ud800'],
    ['300 characters', 'A'.repeat(300)],
    ['a name of 256 bytes', 'A'.repeat(256)],
    ['86 characters that become 258', '/'.repeat(86)],
    ['a million characters', 'A'.repeat(1_000_000)],
  ])('%s', (_, symbol) => {
    expect(() => symbolFolder(symbol)).toThrow(FleetError);
    expect(() => symbolFolder(symbol)).toThrow(expect.objectContaining({ code: 'SYMBOL_INVALID' }));
  });

  test('a message stays short whatever the symbol', () => {
    expect(() => symbolFolder('A'.repeat(1_000_000))).toThrow(/^.{1,200}$/);
  });
});

test('names of 255 bytes fit', () => {
  expect(symbolFolder('A'.repeat(255))).toHaveLength(255);
  expect(symbolFolder('/'.repeat(85))).toHaveLength(255);
});

test('a symbol whose name would be too long has the beginning of it and a hash, like no other', () => {
  const symbols = [
    '币'.repeat(64),
    `${'币'.repeat(63)}人`,
    '🚀'.repeat(64),
    '/A'.repeat(31) + '/币人生',
    'é/'.repeat(31) + '币'.repeat(2),
  ];
  const folders = symbols.filter(isSymbol).map(symbolFolder);
  expect(folders.length).toBeGreaterThan(3);
  expect(new Set(folders.map((folder) => folder.toLowerCase())).size).toBe(folders.length);
  for (const folder of folders.filter((one) => one.includes('~'))) {
    expect(folder).toMatch(/^(?:[A-Za-z0-9._-]|%[0-9A-F]{2})+~[0-9a-f]{32}$/);
    expect(folder.length).toBeLessThanOrEqual(255);
    const { absolute } = locateModel('/srv/models', `models/lstm/${folder}/model_20240101_120000.pkl`);
    expect(path.dirname(absolute)).toBe(`/srv/models/lstm/${folder}`);
  }
  expect(folders.filter((one) => one.includes('~')).length).toBeGreaterThanOrEqual(3);
});

describe('over 100,000 random symbols (seed 7)', () => {
  const alphabet = [
    '.',
    '..',
    '/',
    '\\',
    '%',
    '2',
    'F',
    'a',
    'A',
    '_',
    '-',
    ' ',
    ':',
    '%2F',
    'é',
    'e\u0301',
    '€',
    '😀',
    '\ufffd',
    '\0',
  ];
  let seed = 7;
  const next = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const folders = new Map<string, string>();
  for (let round = 0; round < 100_000; round++) {
    const symbol = Array.from({ length: 1 + next(6) }, () => alphabet[next(alphabet.length)]!).join('');
    try {
      folders.set(symbol, symbolFolder(symbol));
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
    }
  }

  test('no two share a folder, and each name leads back to its symbol', () => {
    expect(folders.size).toBeGreaterThan(10_000);
    expect(new Set(folders.values()).size).toBe(folders.size);
    // One expectation for all: 80,000 of them take half a minute.
    expect([...folders].filter(([symbol, folder]) => decodeURIComponent(folder) !== symbol)).toEqual([]);
  });

  test('every name is one path part of the allowed characters, right below the strategy', () => {
    const below = path.resolve('/srv/models/lstm');
    const wrong = [...folders].filter(
      ([symbol, folder]) =>
        !/^[A-Za-z0-9._%-]{1,255}$/.test(folder) ||
        path.relative(below, path.resolve(modelFolder('/srv/models', 'lstm', symbol))) !== folder,
    );
    expect(wrong).toEqual([]);
  });
});
