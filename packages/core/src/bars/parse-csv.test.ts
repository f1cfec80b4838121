import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FleetError } from '../errors.ts';
import type { Bar } from './bar.ts';
import { readBarsCsv } from './parse-csv.ts';
import { symbolRule } from '../symbol.ts';

const header = 'time,symbol,open,high,low,close,volume';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'bars-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function read(content: string | Buffer): Promise<Bar[]> {
  const file = path.join(folder, 'bars.csv');
  await writeFile(file, content);
  const bars: Bar[] = [];
  for await (const batch of readBarsCsv(file)) bars.push(...batch.bars);
  return bars;
}

/** The message's lines below the first. */
async function problems(content: string | Buffer): Promise<string[]> {
  const message = await refusal(content);
  return message
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

async function refusal(content: string | Buffer): Promise<string> {
  try {
    await read(content);
  } catch (error) {
    if (error instanceof FleetError && error.code === 'BARS_INVALID') return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

const good = '2024-01-02T00:00:00Z,AAPL,10,12,9,11,1000';
const bar = {
  time: Date.UTC(2024, 0, 2),
  symbol: 'AAPL',
  open: 10,
  high: 12,
  low: 9,
  close: 11,
  volume: 1000,
};

describe('is read alike', () => {
  test.each([
    ['with LF', `${header}\n${good}\n`],
    ['with CRLF', `${header}\r\n${good}\r\n`],
    ['with LF in the header and CRLF after it', `${header}\n${good}\r\n`],
    ['without an end to the last line', `${header}\n${good}`],
    ['with a byte order mark', `\ufeff${header}\n${good}\n`],
    ['in UTF-16 with a byte order mark', Buffer.from(`\ufeff${header}\n${good}\n`, 'utf16le')],
    ['with empty lines', `${header}\n\n${good}\n\n\n`],
    [
      'with quoted fields',
      `"time","symbol","open","high","low","close","volume"\n"2024-01-02","AAPL","10","12","9","11","1000"\n`,
    ],
    [
      'with its columns in another order',
      `close,volume,symbol,low,high,open,time\n11,1000,AAPL,9,12,10,2024-01-02\n`,
    ],
    ['with numbers written otherwise', `${header}\n2024-01-02,AAPL,1e1,+12.0,9.,11.000,1E3\n`],
  ])('%s', async (_, content) => {
    expect(await read(content)).toEqual([bar]);
  });
});

test('an empty volume is none, and −0 is 0', async () => {
  const [first, second] = await read(`${header}\n2024-01-01,A,1,1,1,1,\n2024-01-02,A,1,1,1,1,-0\n`);
  expect(first?.volume).toBeNull();
  expect(second?.volume).toBe(0);
});

test('symbols may take turns, each ascending by itself', async () => {
  const rows = ['2024-01-01,A', '2024-01-01,BTC/USD', '2024-01-02,A', '2024-01-02,BTC/USD'];
  const bars = await read(`${header}\n${rows.map((row) => `${row},1,1,1,1,1\n`).join('')}`);
  expect(bars.map(({ symbol }) => symbol)).toEqual(['A', 'BTC/USD', 'A', 'BTC/USD']);
});

test('a file longer than a batch comes whole and in order', async () => {
  const row = (i: number) => `${new Date(i * 60_000).toISOString()},A,1,1,1,1,${i}\n`;
  const bars = await read(`${header}\n${Array.from({ length: 10_001 }, (_, i) => row(i)).join('')}`);
  expect(bars).toHaveLength(10_001);
  expect(bars.every((one, i) => one.time === i * 60_000 && one.volume === i)).toBe(true);
});

describe('a bad row is named by line and reason:', () => {
  test.each([
    [
      '2024-01-03T00:00:00,AAPL,1,1,1,1,1',
      'time "2024-01-03T00:00:00" has no time zone: add Z for UTC, or an offset like +01:00',
    ],
    ['2024-01-03,,1,1,1,1,1', `symbol "" is empty: it must have ${symbolRule}`],
    [
      '2024-01-03,../x,1,1,1,1,1',
      `symbol "../x" has nothing, or only dots, before or after a /: it must have ${symbolRule}`,
    ],
    [
      '2024-01-03,__proto__,1,1,1,1,1',
      `symbol "__proto__" is a word that programs use for something else: it must have ${symbolRule}`,
    ],
    ['2024-01-03,AAPL,NaN,1,1,1,1', 'open "NaN" is not a finite number'],
    ['2024-01-03,AAPL,1,Infinity,1,1,1', 'high "Infinity" is not a finite number'],
    ['2024-01-03,AAPL,1,1,1e999,1,1', 'low "1e999" is not a finite number'],
    ['2024-01-03,AAPL,1,1,1,0x10,1', 'close "0x10" is not a finite number'],
    ['2024-01-03,AAPL,,1,1,1,1', 'open "" is not a finite number'],
    ['2024-01-03,AAPL,1,1, 1,1,1', 'low " 1" is not a finite number'],
    ['2024-01-03,AAPL,"1,5",1,1,1,1', 'open "1,5" is not a finite number'],
    ['2024-01-03,AAPL,0,1,1,1,1', 'open "0" is not above 0, and NEGATIVE_PRICES doesn\'t name AAPL'],
    ['2024-01-03,AAPL,1,1,-1,1,1', 'low "-1" is not above 0, and NEGATIVE_PRICES doesn\'t name AAPL'],
    ['2024-01-03,AAPL,1,1,1,1,-1', 'volume "-1" is below 0'],
    [
      '2024-01-03,AAPL,1,1,1,1,nan',
      'volume "nan" is not a finite number (leave it empty where there is none)',
    ],
    ['2024-01-03,AAPL,10,9,11,10,1', 'high 9 is below low 11'],
    ['2024-01-03,AAPL,13,12,9,11,1', 'high 12 is below open 13 or close 11'],
    ['2024-01-03,AAPL,10,12,9,13,1', 'high 12 is below open 10 or close 13'],
    ['2024-01-03,AAPL,8,12,9,11,1', 'low 9 is above open 8 or close 11'],
    ['2024-01-03,AAPL,10,12,9,8,1', 'low 9 is above open 10 or close 8'],
    ['2024-01-02,AAPL,10,12,9,11,1000', 'AAPL has the time 2024-01-02 twice: see line 2'],
    ['2024-01-01,AAPL,10,12,9,11,1000', 'AAPL is out of order: 2024-01-01 is before the time of line 2'],
    ['2024-01-03,AAPL,10,12,9,11', 'has 6 columns instead of 7'],
    ['2024-01-03,AAPL,10,12,9,11,1000,', 'has 8 columns instead of 7'],
    ['   ', 'has 1 columns instead of 7'],
    [`2024-01-03,AAPL,${'9'.repeat(400)}x,1,1,1,1`, `open "${'9'.repeat(40)}…" is not a finite number`],
  ])('%s', async (row, problem) => {
    expect(await problems(`${header}\n${good}\n${row}\n`)).toEqual([`line 3: ${problem}`]);
    expect(
      await problems(`${header}\r\n\r\n${good.replace('AAPL', 'MSFT')}\r\n${good}\r\n${row}\r\n`),
    ).toEqual([`line 5: ${problem.replace('line 2', 'line 4')}`]);
  });

  test('twenty are named, the others counted', async () => {
    const message = await refusal(`${header}\n${good}\n${'2024-01-03,AAPL,0,0,0,0,0\n'.repeat(25)}${good}\n`);
    expect(message).toContain('has 26 bad rows');
    expect(message.split('\n')).toHaveLength(22);
    expect(message).toContain('line 22: ');
    expect(message).toContain('and 6 more');
  });

  test('a time that was out of order does not become the newest', async () => {
    expect(
      await problems(`${header}\n2024-01-05,A,1,1,1,1,1\n2024-01-03,A,1,1,1,1,1\n2024-01-04,A,1,1,1,1,1\n`),
    ).toEqual([
      'line 3: A is out of order: 2024-01-03 is before the time of line 2',
      'line 4: A is out of order: 2024-01-04 is before the time of line 2',
    ]);
  });

  test('a line break inside quotes counts as a line', async () => {
    expect(await problems(`${header}\n"2024\n-01-01",A,1,1,1,1,1\n2024-01-02,A,0,1,1,1,1\n`)).toEqual([
      expect.stringMatching(/^line 3: time "2024\\n-01-01" is not ISO 8601/),
      'line 4: open "0" is not above 0, and NEGATIVE_PRICES doesn\'t name A',
    ]);
  });

  test.each([
    [
      'a quote never closed',
      `2024-01-03,"AAPL,1,1,1,1,1\n${good}\n`,
      /line \d: a quote was opened before and is never closed/,
    ],
    [
      'a quote never closed in a long file',
      `2024-01-03,"AAPL,1,1\n${`${good}\n`.repeat(1000)}`,
      /a row of more than 16384 bytes/,
    ],
    [
      'text after a closing quote',
      '2024-01-03,"AAPL"x,1,1,1,1,1\n',
      /line 3: a closing quote is followed by more text/,
    ],
    [
      'a quote inside a field',
      '2024-01-03,AA"PL,1,1,1,1,1\n',
      /line 3: a quote stands in the middle of a field/,
    ],
  ])('%s', async (_, rows, message) => {
    expect(await refusal(`${header}\n${good}\n${rows}`)).toMatch(message);
  });
});

describe('a file is refused as a whole', () => {
  test.each([
    ['that is empty', '', 'is empty'],
    ['of empty lines', '\n\n', 'is empty'],
    ['of a header only', `${header}\n`, 'has a header, but no bars'],
    [
      'without a header',
      `${good}\n`,
      'line 1 must be the header time,symbol,open,high,low,close,volume; it lacks time, symbol',
    ],
    ['without a column', `time,symbol,open,high,low,close\n`, 'it lacks volume'],
    ['with a name that no column can have', `${header},Adj Close\n`, 'it has "Adj Close", which no bar has'],
    ["with a name of PostgreSQL's own", `${header},xmin\n`, 'it has "xmin", which no bar has'],
    ['with a column twice', `${header},close\n`, 'it has "close" twice'],
    ['with other names', 'Date,Symbol,Open,High,Low,Close,Volume\n', 'it lacks time'],
    ['separated by semicolons', `${header.replaceAll(',', ';')}\n`, 'it lacks time'],
    ['of noise', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 7 + 13) % 256)), 'bars.csv'],
  ])('%s', async (_, content, message) => {
    expect(await refusal(content)).toContain(message);
  });

  test('that is not there, or a folder', async () => {
    const first = async (file: string) => readBarsCsv(file).next();
    await expect(first(path.join(folder, 'none.csv'))).rejects.toThrow(/none\.csv can't be read: ENOENT/);
    await expect(first(folder)).rejects.toThrow(/can't be read: EISDIR/);
  });
});
