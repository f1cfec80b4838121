// Times and prices of files that have types. Written by pyarrow; the times are 2024-07-02 09:30:15.25 UTC and a minute
// later, as days 2 and 3 January 1962.
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { inFolder, readFile, refusalOf, type ReadFile } from './read.ts';

const { refusal } = inFolder();
const read = (file: string, time: string): Promise<ReadFile> =>
  readFile(path.join(import.meta.dirname, 'pyarrow', file), {
    symbol: 'X',
    timezone: 'America/New_York',
    columns: { time },
  });

const stamped = Date.UTC(2024, 6, 2, 9, 30, 15, 250);
const naive = Date.UTC(2024, 6, 2, 13, 30, 15, 250);
const both = [
  ['ms', stamped, 'as the times say'],
  ['us', stamped, 'as the times say'],
  // Its zone is New York, which is for people: the values are of UTC.
  ['ns', stamped, 'as the times say'],
  ['text', stamped, 'as the times say'],
  ['number', stamped, 'UTC (ms since 1970)'],
  ['naive', naive, 'America/New_York'],
  ['day', Date.UTC(1962, 0, 2), 'none needed: days, stamped with midnight UTC'],
] as const;

test.each<[string, string, number, string]>([
  ...both.flatMap(([column, time, zone]): [string, string, number, string][] => [
    ['times.parquet', column, time, zone],
    ['times.feather', column, time, zone],
  ]),
  ['int96.parquet', 'time', naive, 'America/New_York'],
  ['times.feather', 's', stamped - 250, 'as the times say'],
  ['times.feather', 'date64', Date.UTC(1962, 0, 2), 'none needed: days, stamped with midnight UTC'],
])('%s, times of %s', async (file, column, time, zone) => {
  const { bars, told } = await read(file, column);
  // Prices are decimals, floats of 32 bits, integers and floats of 64.
  expect(bars[0]).toEqual({ time, symbol: 'X', open: 10.25, high: 12.5, low: 9, close: 11.25, volume: 5 });
  expect(bars[1]).toMatchObject({ open: 11.25, volume: null });
  expect(told).toMatchObject({ zone, bars: 2 });
});

test.each(['times.parquet', 'times.feather'])(
  '%s: what no bar can have as its time is named',
  async (file) => {
    expect(await refusalOf(read(file, 'finer'))).toMatch(
      /1 bad row:\n {2}row 1: .* is finer than a millisecond$/,
    );
    expect(await refusalOf(read(file, 'far'))).toMatch(
      /1 bad row:\n {2}row 1: time "4611686018427388000 ms since 1970" is of no year that a calendar has$/,
    );
  },
);

test('the index that pandas writes without a name is the time, where no other column is', async () => {
  const file = path.join(import.meta.dirname, 'pyarrow/unnamed-index.parquet');
  const { bars, told } = await readFile(file, { symbol: 'X' });
  expect(bars[0]).toMatchObject({ time: stamped, close: 1 });
  expect(told.columns).toMatch(/^time=__index_level_0__, /);
});

test('a time that is missing is named', async () => {
  expect(await refusalOf(read('times.feather', 'none'))).toMatch(/1 bad row:\n {2}row 1: has no time$/);
});

describe('JSON whose values are none of a bar is refused by its row', () => {
  const time = '2024-05-01T00:00:00Z';
  const ok = { time: '2024-05-01T01:00:00Z', open: 1, high: 1, low: 1, close: 1, volume: 1 };
  test.each<[string, object, RegExp]>([
    [
      'a time as MongoDB exports it',
      { time: { $date: time } },
      /row 2: time "\{.*\$date.*" is no time that is/,
    ],
    ['a price that is an object', { open: { x: 1 } }, /row 2: open "\{.*\}" is not a finite number/],
    ['a price that is a list', { close: [1] }, /row 2: close "\[1\]" is not a finite number/],
    ['a price that is true', { high: true }, /row 2: high true is not a finite number/],
    ['no price', { low: null }, /row 2: low that is missing is not a finite number/],
    ['a volume that is a list', { volume: [] }, /row 2: volume "\[\]" is not a finite number/],
    ['no time', { time: null }, /row 2: has no time/],
    ['a time that is true', { time: true }, /row 2: has no time/],
  ])('%s', async (_, values, message) => {
    const rows = [ok, { ...ok, time: '2024-05-01T02:00:00Z', ...values }];
    expect(await refusal('X.json', JSON.stringify(rows))).toMatch(message);
  });
});
