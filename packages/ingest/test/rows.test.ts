// What decides which bar a row is: its time by zone, unit and order of day and month, its columns, its place in the file.
import { describe, expect, test } from '@jest/globals';
import { inFolder, iso, lines } from './read.ts';

const { read, refusal } = inFolder();
const header = 'Date,Open,High,Low,Close,Volume';
const row = (time: string): string => `${time},10,12,9,11,5`;
const dated = (...times: string[]): string => lines(header, ...times.map(row));

describe('what a file says of its times is shown', () => {
  test.each([
    ['2024-05-01', '2024-05-02', 'none needed: days, stamped with midnight UTC', '2024-05-01T00:00'],
    [
      '2024-05-01 00:00',
      '2024-05-02 00:00',
      'none needed: days, stamped with midnight UTC',
      '2024-05-01T00:00',
    ],
    ['2024-05-01T00:00Z', '2024-05-01T01:00Z', 'as the times say', '2024-05-01T00:00'],
    ['2024-05-01T00:00+02:00', '2024-05-01T01:00+02:00', 'as the times say', '2024-04-30T22:00'],
    ['1714521600', '1714525200', 'UTC (s since 1970)', '2024-05-01T00:00'],
    ['1714521600000', '1714525200000000', 'UTC (ms and µs since 1970)', '2024-05-01T00:00'],
    [
      '13/05/2024',
      '14/05/2024',
      'none needed: days, stamped with midnight UTC; dates day-first',
      '2024-05-13T00:00',
    ],
    [
      '05/13/2024',
      '05/14/2024',
      'none needed: days, stamped with midnight UTC; dates month-first',
      '2024-05-13T00:00',
    ],
    ['13/05/2024 09:30', '14/05/2024 09:30', 'Europe/Berlin; dates day-first', '2024-05-13T07:30'],
    ['2024-05-01 09:30', '2024-05-01 09:31', 'Europe/Berlin', '2024-05-01T07:30'],
    // One bar at midnight is no day yet: it may be an hour's.
    ['2024-05-01 00:00', '2024-05-01 01:00', 'Europe/Berlin', '2024-04-30T22:00'],
  ])('%s, %s: %s', async (one, two, zone, first) => {
    const found = await read('A.csv', dated(one, two), { timezone: 'Europe/Berlin' });
    expect(found.told.zone).toBe(zone);
    expect(iso(found)[0]).toBe(`${first}:00.000Z`);
  });

  test('the order of day and month is that which any row shows', async () => {
    expect(iso(await read('A.csv', dated('02/01/2024', '12/01/2024', '13/01/2024')))).toEqual(
      ['2024-01-02', '2024-01-12', '2024-01-13'].map((date) => `${date}T00:00:00.000Z`),
    );
    expect(iso(await read('A.csv', dated('01/02/2024', '01/12/2024', '01/13/2024')))).toEqual(
      ['2024-01-02', '2024-01-12', '2024-01-13'].map((date) => `${date}T00:00:00.000Z`),
    );
  });

  test('times before 2000 are of the unit that others of the file show', async () => {
    expect(iso(await read('A.csv', dated('315532800', '1714521600')))[0]).toBe('1980-01-01T00:00:00.000Z');
    expect(await refusal('A.csv', dated('315532800', '1714521600000', '1714521660000000'))).toMatch(
      /1 bad row:\n {2}line 2: time "315532800" is of no year from 2000 to 2100 in s, ms, µs or ns since 1970$/,
    );
  });

  test('where some have a zone and others none, it is asked for, by one that has none', async () => {
    const mixed = dated('2024-05-01T00:00Z', '2024-05-01 02:00', '2024-05-01 03:00');
    expect(await refusal('A.csv', mixed)).toMatch(/its times, such as 2024-05-01 02:00, don't say/);
    const days = dated('2024-05-01T00:00Z', '2024-05-02', '2024-05-03T01:00Z');
    expect(await refusal('A.csv', days)).toMatch(/its times, such as 2024-05-02, don't say/);
    expect(iso(await read('A.csv', mixed, { timezone: '-01:00' }))).toEqual(
      ['00', '03', '04'].map((hour) => `2024-05-01T${hour}:00:00.000Z`),
    );
  });
});

describe('a day and a time of day in columns of their own', () => {
  const apart = (...rows: string[]): string => lines('Date,Time,Open,High,Low,Close', ...rows);
  test.each([
    ['2024-05-01,09:30,1,1,1,1', '2024-05-01T09:30:00.000Z'],
    ['20240501,0930,1,1,1,1', '2024-05-01T09:30:00.000Z'],
    ['20240501,093015,1,1,1,1', '2024-05-01T09:30:15.000Z'],
    ['2024-05-01,093015,1,1,1,1', '2024-05-01T09:30:15.000Z'],
    ['01.05.2024, 9:30 ,1,1,1,1', '2024-05-01T09:30:00.000Z'],
  ])('%s', async (text, time) => {
    expect(iso(await read('A.csv', apart(text), { timezone: 'UTC' }))).toEqual([time]);
  });
  test('of which one is missing are no time', async () => {
    const json = (value: object): string =>
      JSON.stringify([
        { date: '2024-05-01', time: '09:30', open: 1, high: 1, low: 1, close: 1 },
        { date: '2024-05-01', time: '09:31', open: 1, high: 1, low: 1, close: 1, ...value },
      ]);
    const utc = { timezone: 'UTC' };
    expect(await refusal('A.json', json({ date: null }), utc)).toMatch(/row 2: has no time$/);
    expect(await refusal('A.json', json({ time: null }), utc)).toMatch(/row 2: has no time$/);
    expect(await refusal('A.csv', apart('2024-05-01,09:30,1,1,1,1', '2024-05-01,,1,1,1,1'), utc)).toMatch(
      /line 3: time "2024-05-01 " is no time that is known/,
    );
  });
  test('of which the other has the day as well add nothing', async () => {
    const twice = apart('2020-01-01,2024-05-01 09:30,1,1,1,1');
    expect(iso(await read('A.csv', twice, { timezone: 'UTC' }))).toEqual(['2024-05-01T09:30:00.000Z']);
  });
});

describe('order', () => {
  const symbols = (...rows: string[]): string =>
    lines('time,symbol,open,high,low,close', ...rows.map((one) => `${one},1,1,1,1`));
  test('is that of one symbol, where several stand side by side', async () => {
    const newest = ['02,A', '02,B', '01,A', '01,B'].map((one) => `2024-05-${one}`);
    expect((await read('x.csv', symbols(...newest))).told).toMatchObject({ order: 'descending', bars: 4 });
    const oldest = newest.toReversed();
    expect((await read('x.csv', symbols(...oldest))).told).toMatchObject({ order: 'ascending', bars: 4 });
    // One symbol after the other.
    const after = ['2024-05-01,A', '2024-05-02,A', '2024-05-01,B', '2024-05-02,B'];
    expect((await read('x.csv', symbols(...after))).told).toMatchObject({ order: 'ascending', bars: 4 });
  });
  test('is not told by a bar that is there twice, which is named', async () => {
    const twice = dated('2024-05-02', '2024-05-02', '2024-05-01');
    expect(await refusal('A.csv', twice)).toMatch(/1 bad row:\n {2}line 3: A has the time 2024-05-02 twice/);
  });
  test('is not told by one that is there twice in a file that begins with its oldest', async () => {
    const twice = dated('2024-05-01', '2024-05-01', '2024-05-02');
    expect(await refusal('A.csv', twice)).toMatch(/1 bad row:\n {2}line 3: A has the time 2024-05-01 twice/);
  });
  test('is told by bars of one symbol, not by those of two', async () => {
    const both = ['2024-05-02,A', '2024-05-01,B', '2024-05-02,B', '2024-05-03,A'];
    expect((await read('x.csv', symbols(...both))).told).toMatchObject({ order: 'ascending', bars: 4 });
    expect((await read('A.csv', dated('2024-05-01'))).told.order).toBe('ascending');
  });
  test('is not told by a time that is none, which is named', async () => {
    const none = dated('soon', '2024-05-02', '2024-05-01');
    expect(await refusal('A.csv', none)).toMatch(
      /1 bad row:\n {2}line 2: time "soon" is no time that is known/,
    );
  });
});

describe('symbols', () => {
  const wide = (...rows: string[]): string =>
    lines(
      'Price,Open,High,Low,Close,Open,High,Low,Close',
      'Ticker,AAPL,AAPL,AAPL,AAPL,MSFT,MSFT,MSFT,MSFT',
      'Date,,,,,,,,',
      ...rows,
    );
  test('side by side: one that lacks a price is named, one that lacks all was not traded', async () => {
    const { bars } = await read('x.csv', wide('2024-05-01,1,1,1,1,,,,', '2024-05-02,1,1,1,1,2,2,2,2'));
    expect(bars.map(({ symbol }) => symbol)).toEqual(['AAPL', 'AAPL', 'MSFT']);
    expect(await refusal('x.csv', wide('2024-05-01,1,1,1,1,2,2,2,'))).toMatch(
      /line 4: MSFT: close "" is not a finite number/,
    );
    expect(await refusal('x.csv', wide('2024-05-01,1,1,1,1,2,2,2,2'), { symbol: 'X' })).toMatch(
      /x\.csv has 2 symbols, so that --symbol X can't be the name of all/,
    );
  });
  test('that are none are named by their rows', async () => {
    const blank = lines('time,symbol,open,high,low,close', '2024-05-01,A,1,1,1,1', '2024-05-01,,1,1,1,1');
    expect(await refusal('x.csv', blank)).toMatch(/1 bad row:\n {2}line 3: symbol "" is empty/);
    expect(await refusal('x.csv', dated('2024-05-01'), { symbol: ' A' })).toMatch(
      /^--symbol: symbol " A" has a blank at an end/,
    );
  });
});

test("a vendor's rounding of a low is put right as that of a high is, and of no more than a share of the price", async () => {
  const adjusted = (...bars: string[]): string =>
    lines(
      'Date,Open,High,Low,Close,Adj Close,Volume',
      ...bars.map((bar, i) => `2024-05-0${i + 1},${bar},1,5`),
    );
  const { bars, told } = await read('A.csv', adjusted('9,12,9.000000000000002,11', '10,12,9,11'));
  expect(bars[0]).toMatchObject({ low: 9, open: 9 });
  expect(told.rounded).toBe(1);
  expect(await refusal('A.csv', adjusted('9,12,9.0000001,11'))).toMatch(
    /line 2: low 9.0000001 is above open 9/,
  );
  // A thousandth of a cent of a share that is worth a hundredth of one.
  expect(await refusal('A.csv', adjusted('0.0001,0.0001,0.0001,0.000100001'))).toMatch(
    /line 2: high 0.0001 is/,
  );
});

test('what Excel says of its delimiter is no header', async () => {
  const german = lines('sep=;', 'Datum;Eröffnung;Hoch;Tief;Schluss', '02.01.2024;1,5;1,5;1,5;1,5');
  expect((await read('DAX.csv', german)).bars).toMatchObject([{ open: 1.5 }]);
});

test('--columns names columns by name, whatever its case, or by place; the first of the file is one', async () => {
  const content = lines('When,A,B,C,D', '2024-05-01,1,4,0.5,3');
  const columns = { time: '1', open: 'a', high: 'B', low: '4', close: 'D' };
  expect((await read('X.csv', content, { columns })).bars).toMatchObject([
    { open: 1, high: 4, low: 0.5, close: 3 },
  ]);
  expect((await read('X.csv', content, { columns: { ...columns, time: 'when' } })).bars).toHaveLength(1);
  expect((await read('X.csv', content, { columns: { ...columns, time: 'When' } })).bars).toHaveLength(1);
  for (const close of ['6', '0', '05', 'E'])
    expect(await refusal('X.csv', content, { columns: { ...columns, close } })).toMatch(
      /has no column ".*" that --columns names for close/,
    );
});
