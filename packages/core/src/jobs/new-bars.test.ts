import { expect, test } from '@jest/globals';
import { nothingNew } from './new-bars.ts';

const at = (text: string): Date => new Date(text);
const [monday, tuesday] = ['2024-01-01T21:00:00.000Z', '2024-01-02T21:00:00.000Z'];

test.each([
  [
    'the very bars',
    ['A', 'B'],
    { A: monday, B: tuesday },
    { A: monday, B: tuesday },
    /up to 2024-01-02T21:00:00.000Z$/,
  ],
  ['a newer bar of one', ['A', 'B'], { A: monday, B: monday }, { A: monday, B: tuesday }, null],
  ['a symbol that is new', ['A', 'B'], { A: monday }, { A: monday, B: monday }, null],
  ['an older newest bar: another history', ['A'], { A: tuesday }, { A: monday }, null],
  [
    'a symbol whose bars are gone',
    ['A', 'B'],
    { A: monday, B: tuesday },
    { A: monday },
    /up to 2024-01-01T21:00:00.000Z$/,
  ],
  [
    'a symbol that was taken out of the settings',
    ['A'],
    { A: monday, B: monday },
    { A: monday, B: tuesday },
    /no new bar/,
  ],
  [
    'what is no symbol, and never given',
    ['A', '', 'a\tb'],
    { A: monday },
    { A: monday, '': tuesday, 'a\tb': monday },
    /no new bar/,
  ],
  [
    'names that every object has',
    ['A', 'constructor'],
    { A: monday },
    { A: monday, constructor: monday },
    /no new bar/,
  ],
  ['no bar at all', ['A'], { A: monday }, {}, null],
  ['a time nobody can read', ['A'], { A: 'yesterday' }, { A: monday }, null],
  [
    'microseconds, which are not kept',
    ['A'],
    { A: '2024-01-01T21:00:00.000123Z' },
    { A: monday },
    /no new bar/,
  ],
] as const)('%s', (_, symbols, seen, newest, reason) => {
  const times = new Map(Object.entries(newest).map(([symbol, time]) => [symbol, at(time)]));
  const found = nothingNew(symbols, seen, times);
  if (reason === null) expect(found).toBeNull();
  else expect(found).toMatch(reason);
});
