import { spawn, spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { parseColumns } from '../src/index.ts';
import { inFolder, iso, lines, readFile } from './read.ts';
import { zipOf } from './zip.ts';

const { folder, read, refusal } = inFolder();

/** With its checksum changed. */
const damaged = (packed: Buffer): Buffer => packed.fill(0, packed.length - 8, packed.length - 4);
const header = 'Date,Open,High,Low,Close,Volume';
const row = (time: string, rest = '10,12,9,11,5'): string => `${time},${rest}`;
const dated = (...times: string[]): string => lines(header, ...times.map((time) => row(time)));

describe('what can not be told is asked for, by the option to give', () => {
  test.each<[string, string, string | Buffer, RegExp]>([
    ['a symbol', 'data.csv', dated('2024-05-01', '2024-05-02'), /data\.csv: neither its columns.*--symbol/],
    ['a symbol: DATA is a word', 'DATA.csv', dated('2024-05-01', '2024-05-02'), /--symbol/],
    [
      'a zone',
      'AAPL.csv',
      dated('2024-05-01 09:30', '2024-05-01 09:35'),
      /2024-05-01 09:30, don't say.*--timezone/,
    ],
    ['the zone of one bar at midnight', 'AAPL.csv', dated('2024-05-01 00:00'), /--timezone/],
    [
      "a broker's zone",
      'EURUSD60.csv',
      lines('2024.01.02,01:00,1,1,1,1,3', '2024.01.02,02:00,1,1,1,1,3'),
      /--timezone.*broker's server time.*America\/New_York\+7/,
    ],
    [
      'day or month',
      'AAPL.csv',
      dated('03/04/2024', '04/04/2024', '05/04/2024'),
      /in 03\/04\/2024, and.*--dates day-first/,
    ],
    ['the unit of a number', 'AAPL.csv', dated('12345', '12346'), /12345 is of no year from 2000 to 2100/],
    [
      'which of two columns',
      'AAPL.csv',
      lines('timestamp,datetime,open,high,low,close', '1714521600,2024-05-01T00:00Z,1,1,1,1'),
      /"timestamp" and "datetime" could be its time.*--columns/,
    ],
    [
      'columns without names',
      'AAPL.csv',
      lines('2024-05-01,1,1,1,1', '2024-05-02,1,1,1,1'),
      /no header.*--columns time=1/,
    ],
    ['columns of other names', 'AAPL.csv', lines('When,A,B,C,D', '2024-05-01,1,1,1,1'), /--columns/],
    [
      'decimals in German',
      'DAX.csv',
      lines('Datum;Eröffnung;Hoch;Tief;Schluss', '02.01.2024;16.828;16.900;16.700;16.769'),
      /16\.828 the sign could be.*--format csv.*--format excel-german/,
    ],
    [
      'a year of two digits',
      'AAPL.csv',
      dated('31/01/24', '30/01/24'),
      /line 2: time "31\/01\/24" has a year of two digits/,
    ],
    [
      'JSON arrays of another length',
      'AAPL.json',
      '[[1714521600,1,1,1,1,1,1,1]]',
      /arrays of 8 values.*--columns/,
    ],
  ])('%s', async (_, name, content, message) => {
    expect(await refusal(name, content)).toMatch(message);
  });

  test('and the answer is taken', async () => {
    const slashes = dated('03/04/2024', '04/05/2024');
    expect(iso(await read('A.csv', slashes, { dates: 'day-first' }))[0]).toBe('2024-04-03T00:00:00.000Z');
    expect(iso(await read('A.csv', slashes, { dates: 'month-first' }))[0]).toBe('2024-03-04T00:00:00.000Z');
    const german = lines('Datum;Eröffnung;Hoch;Tief;Schluss', '02.01.2024;1.500;1.600;1.400;1.500');
    expect((await read('DAX.csv', german, { format: 'excel-german' })).bars[0]).toMatchObject({ open: 1500 });
    expect((await read('DAX.csv', german, { format: 'csv' })).bars[0]).toMatchObject({ open: 1.5 });
    const two = lines('timestamp,datetime,open,high,low,close', '1714521600,2024-05-01T03:00Z,1,1,1,1');
    expect(iso(await read('A.csv', two, { columns: parseColumns('time=datetime') }))).toEqual([
      '2024-05-01T03:00:00.000Z',
    ]);
  });
});

describe('is found out by reading as far as needed:', () => {
  /** Days of January to December 2023 up to the 12th of each month, and far behind them a 13th. */
  const many = Array.from({ length: 20_000 }, (_, i) => {
    const [year, rest] = [1900 + Math.floor(i / 144), i % 144];
    return { year, month: Math.floor(rest / 12) + 1, day: (rest % 12) + 1 };
  });
  const two = (value: number): string => String(value).padStart(2, '0');

  test('which of two numbers is the day', async () => {
    const american = many.map(({ year, month, day }) => `${two(month)}/${two(day)}/${year}`);
    const { bars, told } = await read('A.csv', dated(...american, '01/13/2050'));
    expect(new Date(bars[1]!.time)).toEqual(new Date('1900-01-02'));
    expect(told).toMatchObject({ bars: 20_001, zone: expect.stringContaining('month-first') });
    const european = many.map(({ year, month, day }) => `${two(day)}/${two(month)}/${year}`);
    expect((await read('A.csv', dated(...european, '13/01/2050'))).bars[1]).toMatchObject({
      time: Date.parse('1900-01-02'),
    });
  });

  test('the unit of times before 2000', async () => {
    const seconds = Array.from({ length: 12_000 }, (_, i) => String(315_532_800 + i * 86_400));
    expect(iso(await read('A.csv', dated(...seconds)))[0]).toBe('1980-01-01T00:00:00.000Z');
  });
});

describe('a bad row is named', () => {
  test.each<[string, string, RegExp]>([
    [
      'a date that both orders refuse',
      dated('13/01/2024', '01/13/2024'),
      /line 3: time "01\/13\/2024" has a date that does not exist/,
    ],
    [
      'a bar twice',
      dated('2024-05-01', '2024-05-02', '2024-05-02'),
      /line 4: A has the time 2024-05-02 twice: see line 3/,
    ],
    [
      'out of order',
      dated('2024-05-01', '2024-05-03', '2024-05-02'),
      /line 4: A is out of order: 2024-05-02 is before the time of line 3/,
    ],
    [
      'out of order in a file that begins with the newest',
      dated('2024-05-03', '2024-05-01', '2024-05-02'),
      /line 4: A is out of order: 2024-05-02 is after the time of line 3, and the file begins with its newest/,
    ],
    [
      'high below low',
      lines(header, row('2024-05-01', '10,8,9,11,5'), row('2024-05-02')),
      /line 2: high 8 is below low 9/,
    ],
    [
      'no number',
      lines(header, row('2024-05-01', '10,12,9,#N/A,5'), row('2024-05-02')),
      /line 2: close "#N\/A" is not a finite number/,
    ],
    [
      'a field too few',
      lines(header, row('2024-05-01'), row('2024-05-02', '1,1,1')),
      /line 3: has 4 columns instead of 6/,
    ],
    [
      'finer than ms',
      dated('1714521600000001', '1714521660000000'),
      /line 2: time "1714521600000001" is finer than a millisecond/,
    ],
  ])('%s', async (_, content, message) => {
    expect(await refusal('A.csv', content)).toMatch(message);
  });

  test('a time within days that were read before', async () => {
    const days = Array.from({ length: 12_000 }, (_, i) =>
      new Date(i * 86_400_000).toISOString().slice(0, 10),
    );
    expect(await refusal('A.csv', dated(...days, '2024-05-03 10:00'))).toMatch(
      /line 12002: time "2024-05-03 10:00" has a time of day, while the rows before are of days/,
    );
  });

  test('in JSON by row', async () => {
    expect(await refusal('A.json', '[[1714521600000,1,1,1,1,1],[1714521660000,1,0.5,1,1,1]]')).toMatch(
      /row 2: high 0.5 is below low 1/,
    );
    expect(await refusal('A.json', '[[1714521600000,1,1,1,1,1],[17145')).toMatch(/cut short/);
    expect(await refusal('A.json', '{"a": [[1,2]]}')).toMatch(
      /is a JSON object: bars are read from an array/,
    );
  });
});

describe('zones', () => {
  const hours = (...times: string[]): string => dated(...times);
  const berlin = { timezone: 'Europe/Berlin' };
  test('the hour that clocks repeat is told by what stands before', async () => {
    const october = ['2023-10-29 01:00', '2023-10-29 02:00', '2023-10-29 02:00', '2023-10-29 03:00'];
    const expected = ['2023-10-28T23:00', '2023-10-29T00:00', '2023-10-29T01:00', '2023-10-29T02:00'];
    const whole = expected.map((time) => `${time}:00.000Z`);
    expect(iso(await read('A.csv', hours(...october), berlin))).toEqual(whole);
    expect(iso(await read('A.csv', hours(...october.toReversed()), berlin))).toEqual(whole.toReversed());
  });
  test('the hour that clocks repeat, and that is there once, is refused; none at all is well', async () => {
    const once = ['2023-10-29 01:00', '2023-10-29 02:00', '2023-10-29 03:00'];
    const refused =
      /line 4: .* is next to an hour that the clocks of Europe\/Berlin repeat, and that is there once/;
    expect(await refusal('A.csv', hours(...once), berlin)).toMatch(refused);
    expect(await refusal('A.csv', hours(...once.toReversed()), berlin)).toMatch(refused);
    const closed = await read('A.csv', hours('2023-10-29 01:59', '2023-10-29 03:00'), berlin);
    expect(iso(closed)).toEqual(['2023-10-28T23:59:00.000Z', '2023-10-29T02:00:00.000Z']);
  });
  test('the hour that they leave out is refused', async () => {
    expect(await refusal('A.csv', hours('2024-03-31 01:30', '2024-03-31 02:30'), berlin)).toMatch(
      /line 3: time "2024-03-31 02:30" does not exist in Europe\/Berlin.*right --timezone/,
    );
  });
  test.each([
    ['America/New_York+7', '2024-01-15 09:00', '2024-01-15T07:00'],
    ['America/New_York+7', '2024-03-20 09:00', '2024-03-20T06:00'],
    ['Europe/Athens', '2024-03-20 09:00', '2024-03-20T07:00'],
    ['+05:30', '2024-03-20 09:00', '2024-03-20T03:30'],
    ['UTC-3', '2024-03-20 09:00', '2024-03-20T12:00'],
    ['Etc/GMT+5', '2024-03-20 09:00', '2024-03-20T14:00'],
    ['utc', '2024-03-20 09:00', '2024-03-20T09:00'],
  ])('%s: %s is %s', async (timezone, text, expected) => {
    const next = text.replace('09:00', '10:00');
    expect(iso(await read('A.csv', hours(text, next), { timezone }))[0]).toBe(`${expected}:00.000Z`);
  });
  test('one that is none is refused', async () => {
    expect(
      await refusal('A.csv', hours('2024-03-20 09:00', '2024-03-20 10:00'), { timezone: 'Mars' }),
    ).toMatch(/--timezone "Mars" is no time zone: give a name such as UTC/);
  });
});

describe('--symbol', () => {
  const several = lines('date,ticker,open,high,low,close', '2024-05-01,A,1,1,1,1', '2024-05-01,B,1,1,1,1');
  test('is refused for a file of several', async () => {
    expect(await refusal('x.csv', several, { symbol: 'C' })).toMatch(
      /line 3: is of "B", and rows before are of "A": --symbol can't be the name of both/,
    );
  });
  test('is taken for a file of one, whatever column and name say', async () => {
    const one = several.replace('01,B', '02,A');
    const { bars, told } = await read('BTC_USDT-1h.csv', one, { symbol: 'BRK.B' });
    expect(bars.map(({ symbol }) => symbol)).toEqual(['BRK.B', 'BRK.B']);
    expect(told.symbolFrom).toBe('--symbol');
  });
});

describe('a file that holds no bars says what it is', () => {
  const csv = dated('2024-05-01', '2024-05-02');
  test.each<[string, string, string | Buffer, RegExp]>([
    [
      'HTML',
      'A.csv',
      '\n<!DOCTYPE html><html><body>log in</body></html>',
      /A\.csv is a page of HTML, not bars/,
    ],
    ['an .xls', 'A.csv', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /is an Excel workbook.*save it as CSV/],
    [
      'an .xlsx',
      'A.csv',
      zipOf({ '[Content_Types].xml': '<x/>', 'xl/workbook.xml': '<x/>' }),
      /Excel workbook.*save it as CSV/,
    ],
    ['an empty file', 'A.csv', '', /A\.csv is empty/],
    ['empty lines', 'A.csv', '\n\n', /is empty/],
    ['an empty archive', 'A.csv.gz', gzipSync(''), /A\.csv\.gz is empty/],
    ['a header alone', 'A.csv', `${header}\n`, /A\.csv has no bars/],
    ['HDF5', 'A.h5', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), /is HDF5: write it as Feather/],
    [
      'noise',
      'A.csv',
      Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 7 + 13) % 256)),
      /is not text/,
    ],
    ['a gzip cut short', 'A.csv.gz', gzipSync(csv).subarray(0, 40), /A\.csv\.gz is cut short/],
    [
      'a zstd cut short',
      'A.csv.zst',
      zstdCompressSync(csv.repeat(50)).subarray(0, 40),
      /A\.csv\.zst is cut short/,
    ],
    [
      'a damaged gzip',
      'A.csv.gz',
      damaged(gzipSync(csv)),
      /can't be unpacked, as its packed bytes are damaged/,
    ],
    ['a zip cut short', 'A.zip', zipOf({ 'A.csv': csv }).subarray(0, 60), /zip that is cut short or damaged/],
    [
      'a zip of several',
      'A.zip',
      zipOf({ 'A.csv': csv, 'B.csv': csv }),
      /several files in it \(A\.csv, B\.csv\)/,
    ],
    ['a format that is not it', 'A.csv', csv, /A\.csv is not of the format kraken/],
  ])('%s', async (what, name, content, message) => {
    expect(await refusal(name, content, what.startsWith('a format') ? { format: 'kraken' } : {})).toMatch(
      message,
    );
  });

  test('a name that is no format is refused with those there are', async () => {
    expect(await refusal('A.csv', csv, { format: 'krakn' })).toMatch(
      /"krakn" is none: it is auto, fleet, binance/,
    );
  });

  test.each([
    ['time', /"time" must be ROLE=NAME/],
    ['when=Date', /ROLE is one of time, date, symbol/],
    ['time=a,time=b', /says time twice/],
  ])('--columns %s', (text, message) => {
    expect(() => parseColumns(text)).toThrow(message);
  });

  test('--columns of a column that is not there names those that are', async () => {
    expect(await refusal('A.csv', csv, { columns: { close: 'Last' } })).toMatch(
      /has no column "Last" that --columns names for close: it has "Date", "Open"/,
    );
  });
});

test("a vendor's rounding is put right, counted, and nothing more of it than that", async () => {
  const adjusted = (close: string): string =>
    lines('Date,Open,High,Low,Close,Volume,Dividends,Stock Splits', `2024-05-01,10,12,9,${close},5,0,0`);
  const { bars, told } = await read('A.csv', adjusted('12.000000000000002'));
  expect(bars[0]).toMatchObject({ high: 12.000000000000002, close: 12.000000000000002, low: 9 });
  expect(told.rounded).toBe(1);
  // No tick of any market is so small.
  expect(await refusal('A.csv', adjusted('12.0000001'))).toMatch(
    /line 2: high 12 is below open 10 or close 12.0000001/,
  );
  const others = adjusted('12.000000000000002').replace(',Dividends', '').replace(',0,0', ',0');
  expect(await refusal('A.csv', others)).toMatch(/line 2: high 12 is below/);
});

test('prices below 0 are read of a symbol that may have them, with a dot or a comma, and of no other', async () => {
  const spread = (...prices: string[]): string =>
    lines(
      'Datum;Eröffnung;Hoch;Tief;Schluss',
      `20.04.2020;${prices.join(';')}`,
      '21.04.2020;1,5;2,5;1,5;2,5',
    );
  const content = spread('17,73', '17,85', '-40,32', '-37,63');
  expect(await refusal('CL.csv', content)).toMatch(
    /line 2: low "-40,32" is not above 0, and NEGATIVE_PRICES doesn't name CL$/,
  );
  const { bars } = await read('CL.csv', content, {}, { negative: ['CL'] });
  expect(bars[0]).toMatchObject({ open: 17.73, high: 17.85, low: -40.32, close: -37.63 });
  const json = JSON.stringify([{ time: '2020-04-20', symbol: 'CL', open: -1, high: 0, low: -3, close: -2 }]);
  expect((await read('cl.json', json, {}, { negative: ['CL'] })).bars[0]).toMatchObject({ high: 0, low: -3 });
  expect(await refusal('cl.json', json, { symbol: 'HO' })).toMatch(/open -1 is not above 0.*doesn't name HO/);
});

test('the header of the fleet with numbers of time is read, as no other CSV of the fleet', async () => {
  const content = lines('time,symbol,open,high,low,close,volume', '1714521600000,A,1,1,1,1,1');
  expect(iso(await read('x.csv', content))).toEqual(['2024-05-01T00:00:00.000Z']);
});

describe('decimals', () => {
  const prices = (delimiter: string, price: string): string =>
    ['Date', 'Open', 'High', 'Low', 'Close'].join(delimiter) +
    `\n${['2024-05-01', price, price, price, price].join(delimiter)}\n`;
  test.each([
    [';', '1,5', 1.5],
    [';', '145,123', 145.123],
    [';', '1.234,5', 1234.5],
    [';', '1.5', 1.5],
    [';', '1.234', 1.234],
    ['\t', '1,5', 1.5],
    [',', '"1,5"', 1.5],
    [',', '"1,234.50"', 1234.5],
    [',', '"1.234,50"', 1234.5],
    [',', '$1.5', 1.5],
    [',', '1e-5', 1e-5],
  ])('between %j, %s is %s', async (delimiter, text, value) => {
    expect((await read('A.csv', prices(delimiter, text))).bars[0]).toMatchObject({
      open: value,
      close: value,
    });
  });
  test('between commas, "1,234" is asked about', async () => {
    expect(await refusal('A.csv', prices(',', '"1,234"'))).toMatch(/the price 1,234 the sign could be/);
    const answered = await read('A.csv', prices(',', '"1,234"'), { format: 'csv' });
    expect(answered.bars[0]).toMatchObject({ open: 1234 });
  });
});

describe('packed files', () => {
  const kline = '1714521600000,10,12,9,11,5,1714525199999,1,1,1,1,0';
  test('a zip gives the name of what is in it, and notes beside it do not matter', async () => {
    const content = zipOf({
      'BTCUSDT-1h-2024-05.csv': `${kline}\n`,
      'README.txt': 'hello',
      '__MACOSX/x': 'x',
    });
    const { told } = await read('download.zip', content);
    expect(told).toMatchObject({ format: 'binance', symbols: ['BTCUSDT'], bars: 1 });
  });
  test('are told by their bytes, not by their name', async () => {
    const { told } = await read('BTCUSDT-1h-2024-05.csv', gzipSync(`${kline}\n`));
    expect(told).toMatchObject({ format: 'binance', symbols: ['BTCUSDT'] });
  });
});

test('a pipe is read as well as a file', async () => {
  const pipe = path.join(folder(), 'EURUSD60.csv');
  await rm(pipe, { force: true });
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
  const content = gzipSync(lines('2024.01.02,00:00,1,1,1,1,3', '2024.01.02,01:00,1,1,1,1,3'));
  await writeFile(`${pipe}.gz`, content);
  const writer = spawn('sh', ['-c', 'cat "$1" > "$2"', 'sh', `${pipe}.gz`, pipe]);
  const { bars } = await readFile(pipe, { timezone: 'UTC' });
  expect(bars).toHaveLength(2);
  expect(writer.pid).toBeGreaterThan(0);
});
