import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Bars } from '@ml-training/sdk';
import { sessionOf } from '../../calendar/calendar.ts';
import {
  checkBars,
  findingKinds,
  type CheckOptions,
  type DataCheck,
  type Finding,
  type FindingKind,
} from './index.ts';
import { inShort, shortFindings } from './newest.ts';

type Row = [time: number, open: number, high: number, low: number, close: number, volume: number];

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const start = Date.UTC(2024, 0, 1);

function barsOf(rows: readonly Row[], symbol = 'TEST'): Bars {
  const column = (place: number): Float64Array => Float64Array.from(rows, (row) => row[place]!);
  const [time, open, high, low, close, volume] = [0, 1, 2, 3, 4, 5].map(column) as [
    Float64Array,
    ...Float64Array[],
  ];
  return { symbol, time, open: open!, high: high!, low: low!, close: close!, volume: volume! };
}

/** Without a random state: noise of sines that never repeat. */
const noise = (t: number): number => Math.sin(t * 1.7) + Math.sin(t * 2.3 + 1) + Math.sin(t * 0.91 + 2);

function walk(count: number, step: number, from = start): Row[] {
  let close = 100;
  return Array.from({ length: count }, (_, t) => {
    const open = close;
    close *= Math.exp(0.004 * noise(t));
    const [high, low] = [Math.max(open, close) * 1.001, Math.min(open, close) * 0.999];
    return [from + t * step, open, high, low, close, Math.round(1000 + 200 * noise(t + 50))];
  });
}

const hours = walk(500, hour);
const now = hours.at(-1)![0] + hour;

const check = (rows: readonly Row[], options: Partial<CheckOptions> = {}): DataCheck =>
  checkBars(barsOf(rows), { now, ...options });
const kinds = (of: DataCheck): FindingKind[] => of.findings.map(({ kind }) => kind);
const changed = (row: number, change: (of: Row) => Row, rows = hours): Row[] =>
  rows.map((of, t) => (t === row ? change(of) : of));
const at = (time: number, [, ...others]: Row): Row => [time, ...others];
const sorted = (rows: readonly Row[]): Row[] => rows.toSorted((a, b) => a[0] - b[0]);
const iso = (time: number): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ');

test('nothing is found in hourly bars, whose interval is told', () => {
  expect(check(hours)).toEqual({ symbol: 'TEST', interval: hour, findings: [], unusable: [] });
});

describe('bars that can be none of the symbol are found, and not used', () => {
  test.each([1, 3, 20])('%d stored while they were still running', (count) => {
    const running = Array.from({ length: count }, (_, i) => {
      const row = 30 + i * 20;
      return at(hours[row]![0] + 43 * minute + 7000 + i * 1234, hours[row]!);
    });
    const found = check(sorted([...hours, ...running]));
    expect(kinds(found)).toEqual(['off_grid']);
    expect(found.findings[0]).toMatchObject({ kind: 'off_grid', time: running.at(-1)![0], count });
    expect(found.unusable).toHaveLength(count);
    expect(found.findings[0]!.words).toMatch(
      new RegExp(`^TEST: ${count} bars? between the times of all others, which come every 1 hour, the last `),
    );
  });

  test('the newest one, at 12:43:07', () => {
    const running = at(now + 43 * minute + 7000, hours.at(-1)!);
    const found = check([...hours, running], { now: running[0] });
    expect(kinds(found)).toEqual(['off_grid']);
    expect(found.findings[0]).toMatchObject({ row: 501, words: expect.stringContaining(':43:07 UTC') });
    expect(found.unusable).toEqual([500]);
  });

  test('a daily one of 14:37 among those of midnight', () => {
    const days = walk(300, day);
    const running = at(days.at(-1)![0] + day + 14 * hour + 37 * minute, days.at(-1)!);
    expect(kinds(check([...days, running], { now: running[0] }))).toEqual(['off_grid']);
  });

  test('those after now', () => {
    const found = check(hours, { now: hours[480]![0] + 30 * minute });
    // And the one that still runs.
    expect(kinds(found)).toEqual(['future', 'unclosed']);
    expect(found.findings).toMatchObject([
      { count: 19, row: 500 },
      { count: 1, row: 481 },
    ]);
    expect(found.unusable).toEqual(Array.from({ length: 20 }, (_, i) => 480 + i));
  });

  test("PostgreSQL's infinity, in words", () => {
    const found = check([at(-Infinity, hours[7]!), ...hours, at(Infinity, hours[9]!)]);
    expect(kinds(found)).toEqual(['future']);
    expect(found.findings[0]!.words).toContain('the time Infinity');
    expect(found.unusable).toEqual([]);
  });

  test.each([
    ['5 minutes', 5 * minute, 24],
    ['1 day', day, 30],
    ['30 minutes', 30 * minute, 10],
  ])('those of %s', (words, step, count) => {
    const others = walk(count, step, hours.at(-1)![0] + step);
    const found = check([...hours, ...others], { now: others.at(-1)![0] + step });
    expect(kinds(found)).toEqual(['mixed_intervals']);
    expect(found.interval).toBe(hour);
    expect(found.findings[0]!.words).toContain(`bars of ${words} among those of 1 hour`);
    expect(found.unusable).toHaveLength(found.findings[0]!.count);
    expect(Math.abs(found.findings[0]!.count - count)).toBeLessThanOrEqual(1);
  });
});

describe('two rules of stamping', () => {
  test.each([
    ['a millisecond before the next', hour - 1],
    ['half an hour later', hour / 2],
  ])('one after the other: %s', (_, shift) => {
    const found = check(
      hours.map((row, t) => (t < 300 ? row : at(row[0] + shift, row))),
      { now: now + hour },
    );
    expect(kinds(found)).toContain('two_stampings');
    expect(found.findings.find(({ kind }) => kind === 'two_stampings')!.count).toBe(200);
  });

  test('one between the other', () => {
    const doubled = hours.slice(100, 200).map((row) => at(row[0] + hour - 1, row));
    const found = check(sorted([...hours, ...doubled]));
    expect(kinds(found)).toContain('two_stampings');
  });

  test('of days: midnight, and the close', () => {
    const days = walk(300, day);
    const found = check(
      days.map((row, t) => (t < 200 ? row : at(row[0] + 21 * hour, row))),
      { now: days.at(-1)![0] + day },
    );
    expect(kinds(found)).toContain('two_stampings');
  });
});

describe('prices that can be none', () => {
  const split = (factor: number, from = 300, volume = factor): Row[] =>
    hours.map(([time, open, high, low, close, traded], t) =>
      t < from
        ? [time, open, high, low, close, traded]
        : [time, open / factor, high / factor, low / factor, close / factor, traded * volume],
    );

  test.each([
    [2, '2:1'],
    [3, '3:1'],
    [1.5, '3:2'],
    [10, '10:1'],
    [0.1, '1:10'],
    [0.5, '1:2'],
  ])('a split of %d, volume the other way', (factor, words) => {
    const found = check(split(factor));
    expect(kinds(found)).toEqual(['split']);
    expect(found.findings[0]).toMatchObject({ time: hours[300]![0], row: 301, count: 1 });
    expect(found.findings[0]!.words).toContain(`(${words})`);
    expect(found.unusable).toEqual([]);
  });

  test('a fall to a half whose volume stays is no split, and no market makes it either', () => {
    expect(kinds(check(split(2, 300, 1)))).toEqual(['outlier']);
    // Bad news: a third less, in a bar as wild as the day.
    const fall = split(1.5, 300, 1).map((row, t): Row =>
      t === 300 ? ([row[0], row[1] * 1.4, row[2] * 1.45, ...row.slice(3)] as Row) : row,
    );
    expect(kinds(check(fall))).toEqual([]);
  });

  test('a wrong price, and the way back', () => {
    const found = check(
      changed(250, ([time, ...of]) => [time, ...of.slice(0, 4).map((price) => price * 10), of[4]] as Row),
    );
    expect(kinds(found)).toEqual(['outlier']);
    expect(found.findings[0]).toMatchObject({ count: 2, row: 252 });
  });

  test('a price of 0 or below, where the symbol is not said to have such', () => {
    const below = changed(400, ([time, open, high, , , volume]) => [time, open, high, -37.6, -37.6, volume]);
    expect(kinds(check(below))).toContain('negative');
    expect(check(below).findings.find(({ kind }) => kind === 'negative')).toMatchObject({
      count: 1,
      row: 401,
    });
    expect(kinds(check(below, { negative: ['TEST'] }))).not.toContain('negative');
  });

  test.each([10, 30])('%d bars in a row that repeat the price', (count) => {
    const price = hours[200]![4];
    const found = check(
      hours.map((row, t) => (t >= 200 && t <= 200 + count ? [row[0], price, price, price, price, 0] : row)),
    );
    expect(kinds(found)).toEqual(['stuck']);
    expect(found.findings[0]).toMatchObject({ count, time: hours[200 + count]![0] });
  });

  test('a bar that is the one before once more', () => {
    expect(kinds(check(changed(123, (row) => at(row[0], hours[122]!))))).toEqual(['doubled']);
  });

  test('a price that moves without volume, and volume that is 0 throughout', () => {
    const some = check(
      hours.map((row, t) => (t === 60 || t === 80 ? ([...row.slice(0, 5), 0] as Row) : row)),
    );
    expect(kinds(some)).toEqual(['zero_volume']);
    expect(some.findings[0]).toMatchObject({ count: 2, row: 81 });
    const all = check(hours.map((row) => [...row.slice(0, 5), 0] as Row));
    expect(kinds(all)).toEqual(['zero_volume']);
    expect(all.findings[0]!.words).toMatch(/0 in all bars/);
    expect(kinds(check(hours.map((row) => [...row.slice(0, 5), NaN] as Row)))).toEqual([]);
  });
});

describe('what is missing', () => {
  test('in between', () => {
    const found = check(hours.filter((_, t) => t < 200 || t >= 206));
    expect(kinds(found)).toEqual(['gap']);
    expect(found.findings[0]).toMatchObject({ count: 1, row: 201, time: hours[206]![0] });
    expect(found.findings[0]!.words).toMatch(
      /^TEST: 6 bars are missing in one gap .* 2024-01-09 07:00 UTC to /,
    );
  });

  test.each([
    ['of an hour', hours, 7 * hour, true],
    ['of an hour that is just due', hours, 2 * hour, false],
    ['of a day', walk(300, day), 7 * day, true],
    [
      'of a weekday, after a weekend',
      walk(300, day).filter(([time]) => new Date(time).getUTCDay() % 6 !== 0),
      4 * day,
      false,
    ],
    [
      'of a weekday, after two weeks',
      walk(300, day).filter(([time]) => new Date(time).getUTCDay() % 6 !== 0),
      14 * day,
      true,
    ],
  ] as const)('since the newest bar, %s: %#', (_, rows, since, late) => {
    const at = rows.at(-1)![0] + since;
    expect(kinds(check(rows, { now: at }))).toEqual(late ? ['too_old'] : []);
    expect(kinds(check(rows, { now: at, upToNow: false }))).toEqual([]);
  });
});

describe('no false alarm', () => {
  const noneIn = (rows: readonly Row[]): void => {
    expect(check(rows, { now: rows.at(-1)![0] + day, upToNow: false }).findings).toEqual([]);
  };
  /** Hours of a session in New York, whose times change with the clocks in March. */
  const session = (opens: readonly number[]): Row[] => {
    const times = Array.from({ length: 180 }, (_, d) => start + d * day)
      .filter((date) => new Date(date).getUTCDay() % 6 !== 0)
      .flatMap((date) => {
        const offset = date < Date.UTC(2024, 2, 10) ? 5 : 4;
        return opens.map((clock) => date + (clock + offset) * hour);
      });
    return walk(times.length, hour).map((row, t) => at(times[t]!, row));
  };

  test.each([
    ['a session from half past nine', [9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 15.5]],
    ['one whose first bar is half as long', [9.5, 10, 11, 12, 13, 14, 15]],
    ['four hours twice a day', [9.5, 13.5]],
    ['days, stamped at the local midnight', [0]],
    ['days, stamped at the close', [16]],
    ['quarters of an hour', Array.from({ length: 26 }, (_, i) => 9.5 + i / 4)],
  ])('in %s', (_, opens) => {
    noneIn(session(opens));
  });

  test('in days that three times a year close early', () => {
    const early = [60, 100, 140];
    noneIn(session([16]).map((row, t) => (early.includes(t) ? at(row[0] - 3 * hour, row) : row)));
  });

  test('in weeks and months', () => {
    noneIn(walk(200, 7 * day));
    noneIn(walk(60, day).map((row, t) => at(Date.UTC(2019, t, 1), row)));
  });

  test('in minutes of which those without a trade are left out, or have the price before', () => {
    const minutes = walk(3000, minute);
    const draw = (t: number): number => (Math.sin(t * 12.9898) * 43758.5453) % 1;
    noneIn(minutes.filter((_, t) => Math.abs(draw(t)) < 0.45));
    let before = 100;
    noneIn(
      minutes.map((row, t): Row => {
        const [time, , , , close, volume] = row;
        if (Math.abs(draw(t)) < 0.6) return [time, before, before, before, before, 0];
        const open = before;
        before = close;
        return [time, open, Math.max(open, close), Math.min(open, close), close, volume];
      }),
    );
  });

  test('in bars of no interval', () => {
    const ticks = walk(400, hour).map((row, t) =>
      at(start + t * hour + Math.round(1e6 * Math.abs(noise(t))), row),
    );
    const found = check(sorted(ticks), { now: Infinity, upToNow: false });
    expect(found).toMatchObject({ interval: null, unusable: [] });
    expect(kinds(found)).not.toContain('off_grid');
  });

  test.each([1, 2, 5, 19])('in %d bars, which say nothing', (count) => {
    expect(check(hours.slice(0, count), { upToNow: false }).findings).toEqual([]);
  });

  test.each([
    ['EURUSD', hour],
    ['GOOG', day],
    // The exchange was closed from the 11th to the 14th of September 2001, too.
    ['SP500', day],
  ] as const)('in %s', (symbol, interval) => {
    const file = path.join(import.meta.dirname, `../../../../../infra/sample-data/${symbol}.csv`);
    const rows = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line): Row => {
        const [time = '', , ...values] = line.split(',');
        return [Date.parse(time), ...values.map(Number)] as Row;
      });
    const checked = checkBars(barsOf(rows, symbol), { now: Date.now(), upToNow: false });
    expect(checked.interval).toBe(interval);
    expect(checked.findings).toEqual([]);
  });
});

describe('a share of New York and a coin beside it', () => {
  const sessions = Array.from({ length: 400 }, (_, d) => Date.UTC(2025, 10, 1) + d * day).flatMap(
    (at) => sessionOf('NYSE', new Date(at).toISOString().slice(0, 10)) ?? [],
  );
  const shareTimes = sessions.flatMap(({ open, close }) =>
    Array.from({ length: Math.ceil((+close - +open) / hour) }, (_, i) => +open + i * hour),
  );
  const coinTimes = Array.from({ length: 400 * 24 }, (_, i) => Date.UTC(2025, 10, 1) + i * hour);
  // From Thanksgiving 2025 over Good Friday to the short day after Thanksgiving 2026.
  const [from, to] = [Date.UTC(2025, 10, 24), Date.UTC(2026, 10, 27, 23)];
  const within = (times: readonly number[], ...missing: readonly string[]): Row[] => {
    const kept = times.filter(
      (time) => time >= from && time < to && !missing.includes(iso(time).slice(0, 10)),
    );
    return walk(kept.length, hour).map((row, t) => at(kept[t]!, row));
  };
  const found = (rows: readonly Row[], when = to) =>
    check(rows, { now: when }).findings.map(({ kind, words }) => `${kind} ${words}`);

  test('holidays and early closes are no gap; a trading day that is missing is one, and so told', () => {
    expect(found(within(shareTimes))).toEqual([]);
    expect(found(within(shareTimes, '2026-04-02'))).toEqual([
      expect.stringMatching(
        /^gap TEST: 7 bars are missing .* on trading days of NYSE, .* from 2026-04-01 19:30/,
      ),
    ]);
    expect(found(within(coinTimes))).toEqual([]);
    for (const holiday of ['2026-04-03', '2026-11-26'])
      expect(found(within(coinTimes, holiday))).toEqual([expect.stringMatching(/^gap TEST: 24 bars/)]);
  });

  test('the newest bar is too old once bars were due on trading days', () => {
    const afterHoliday = within(shareTimes, '2026-11-27');
    expect(found(afterHoliday, Date.UTC(2026, 10, 27, 14))).toEqual([]);
    const monday = Date.UTC(2026, 10, 30, 16);
    expect(found(afterHoliday, monday)).toEqual([
      expect.stringMatching(/^too_old TEST: its newest bar is of 2026-11-25 20:30 UTC, and about 6 /),
    ]);
    expect(found(within(shareTimes), monday)).toEqual([]);
    expect(found(within(coinTimes, '2026-11-27'), Date.UTC(2026, 10, 27, 14))).toEqual([
      expect.stringMatching(/^too_old /),
    ]);
  });
});

test('of one kind there is one finding, of the newest, with how many', () => {
  const cut = hours.filter((_, t) => ![50, 51, 52, 400, 401, 402].includes(t));
  const [gap, ...others] = check(cut).findings;
  expect(others).toEqual([]);
  expect(gap).toMatchObject({ kind: 'gap', count: 2, time: hours[403]![0] });
  expect(gap!.words).toContain(iso(hours[399]![0]));
});

test('each kind has an entry in docs/data.md that says what it means, in the order in which they are told', () => {
  const file = path.join(import.meta.dirname, '../../../../../docs/data.md');
  const [, section = ''] = readFileSync(file, 'utf8').split('## What went wrong and what it means\n');
  const told = [...section.split('\n## ')[0]!.matchAll(/^- \*\*`(\w+)`: \S/gm)].map(([, kind]) => kind);
  expect(told).toEqual([...findingKinds]);
});

test('in a list of symbols the worst stands first; that a quiet one is old goes without saying', () => {
  const finding = (kind: FindingKind): Finding => ({ kind, time: 0, row: 1, count: 1, words: `of ${kind}` });
  const all = findingKinds.map(finding);
  const short = shortFindings(all, false);
  expect(short.map(({ kind }) => kind).sort()).toEqual([...findingKinds].sort());
  expect(short.map(({ severity }) => severity)).toEqual(
    short.map(({ severity }) => severity).toSorted((a, b) => b - a),
  );
  expect(inShort(shortFindings([finding('gap'), finding('stuck'), finding('off_grid')], false))).toBe(
    'off grid +2',
  );
  expect(inShort(shortFindings([finding('gap'), finding('too_old')], true))).toBe('gap');
  expect(inShort([])).toBe('');
});
