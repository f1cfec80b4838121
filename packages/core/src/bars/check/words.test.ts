// Where a finding says that it is, and how it says so.
import { expect, test } from '@jest/globals';
import type { Bars } from '@ml-training/sdk';
import { checkBars, type CheckOptions, type Finding } from './index.ts';
import { timeText } from './words.ts';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2024, 0, 1);

interface Row {
  readonly time: number;
  readonly price: number;
  readonly volume: number;
}

const hours: readonly Row[] = Array.from({ length: 300 }, (_, t) => ({
  time: start + t * hour,
  price: 100 + Math.sin(t * 1.7) + Math.sin(t * 2.3),
  volume: 1000 + t,
}));
const last = hours.at(-1)!.time;

function found(rows: readonly Row[], options: Partial<CheckOptions> = {}): readonly Finding[] {
  const column = (value: (row: Row) => number): Float64Array => Float64Array.from(rows, value);
  const bars: Bars = {
    symbol: 'X',
    time: column(({ time }) => time),
    open: column(({ price }) => price),
    high: column(({ price }) => price * 1.01),
    low: column(({ price }) => price * 0.99),
    close: column(({ price }) => price * 1.001),
    volume: column(({ volume }) => volume),
  };
  return checkBars(bars, { now: last + hour, ...options }).findings;
}
const changed = (rows: readonly Row[], row: number, change: Partial<Row>): Row[] =>
  rows.map((one, t) => (t === row ? { ...one, ...change } : one));
const sorted = (...rows: readonly Row[]): Row[] => rows.toSorted((a, b) => a.time - b.time);

test('clocks may differ by a minute before a bar is one after now', () => {
  expect(found(hours, { now: last - minute }).map(({ kind }) => kind)).toEqual(['unclosed']);
  expect(found(hours, { now: last - minute - 1 })).toMatchObject([
    { kind: 'future', count: 1, row: 300, time: last, words: expect.stringMatching(/^X: 1 bar after now, /) },
    { kind: 'unclosed', row: 299 },
  ]);
});

test('a bar after now is told of as that alone, whatever its time is otherwise', () => {
  const odd = { time: last + 5 * hour + 43 * minute, price: 100, volume: 1 };
  expect(found([...hours, odd])).toMatchObject([{ kind: 'future', row: 301, count: 1 }]);
});

test('places are those among all bars, those that are not used too', () => {
  const running = { ...hours[20]!, time: hours[20]!.time + 43 * minute };
  const doubled = changed(hours, 100, { price: hours[99]!.price, volume: hours[99]!.volume });
  expect(found(sorted(running, ...doubled))).toMatchObject([
    { kind: 'off_grid', row: 22, time: running.time },
    { kind: 'doubled', row: 102, time: hours[100]!.time },
  ]);
});

test('a finding of several is that of the newest, and says how many', () => {
  const doubled = [50, 100].reduce(
    (rows, row) => changed(rows, row, { price: rows[row - 1]!.price, volume: rows[row - 1]!.volume }),
    hours,
  );
  expect(found(doubled)).toMatchObject([
    {
      row: 101,
      count: 2,
      words: expect.stringMatching(/^X: 2 bars the same as the one before .* at 2024-01-05 04:00 UTC/),
    },
  ]);
});

test('a move is told with its sign and in percent', () => {
  const up = hours.map((row, t) => (t < 200 ? row : { ...row, price: row.price * 2.27 }));
  expect(found(up)[0]!.words).toMatch(/^X: a move of the close that no market makes, .* of \+13\d\.\d % at /);
  const back = changed(hours, 200, { price: 1000 });
  expect(found(back)[0]!.words).toMatch(/^X: 2 moves of the close .* of −(89|90)\.\d % at /);
});

test('of two rules of stamping the nearest bar of the other rule is named', () => {
  const shifted = hours.map((row, t) => (t < 200 ? row : { ...row, time: row.time + hour - 1 }));
  const words = found(shifted, { now: last + 3 * hour }).find(({ kind }) => kind === 'two_stampings')!.words;
  expect(words).toContain(
    `X: 100 bars stamped by another rule than the rest, the last one at ${timeText(last + hour - 1)}`,
  );
  expect(words).toContain(`as the others of ${timeText(hours[199]!.time)}.`);
  // Those that are fewer come first: then it is the first of the rest.
  const before = hours.map((row, t) => (t < 100 ? { ...row, time: row.time + 1 } : row));
  const other = found(before).find(({ kind }) => kind === 'two_stampings')!;
  expect(other.count).toBe(100);
  expect(other.words).toContain(`as the others of ${timeText(hours[100]!.time)}.`);
});

test('of a feed that stopped the newest bar is named, the last of all', () => {
  expect(found(hours, { now: last + 20 * hour })).toEqual([
    {
      kind: 'too_old',
      time: last,
      row: 300,
      count: 1,
      words: expect.stringMatching(
        /^X: its newest bar is of 2024-01-13 11:00 UTC, and about \d\d have been due since/,
      ),
    },
  ]);
});

test('of one bar that is missing it is said so', () => {
  const [gap] = found(hours.filter((_, t) => t !== 200));
  expect(gap).toMatchObject({ kind: 'gap', count: 1, row: 201, time: hours[201]!.time });
  expect(gap!.words).toMatch(
    /^X: 1 bar is missing in one gap at times .* from 2024-01-09 07:00 UTC to 2024-01-09 09:00 UTC/,
  );
});

test.each([
  [start, '2024-01-01 00:00 UTC'],
  [start + 61_000, '2024-01-01 00:01:01 UTC'],
  [start + hour - 1, '2024-01-01 00:59:59.999 UTC'],
  [-Infinity, 'the time -Infinity'],
])('%d is %s', (time, text) => {
  expect(timeText(time)).toBe(text);
});
