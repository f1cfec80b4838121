import { describe, expect, test } from '@jest/globals';
import { sessionOf } from '../calendar/calendar.ts';
import { findGaps, overdueBars } from './gaps.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A Monday. */
const start = Date.parse('2026-01-05T00:00Z');

/** Times every `step` of `days` days from the Monday on, where `open` says so. */
function times(days: number, step: number, open: (at: Date) => boolean): number[] {
  return Array.from({ length: (days * day) / step }, (_, i) => start + i * step).filter((at) =>
    open(new Date(at)),
  );
}
const weekday = (at: Date): boolean => at.getUTCDay() >= 1 && at.getUTCDay() <= 5;
const always = (): boolean => true;
/** 14:30 to 21:00 on weekdays. */
const stocks = (at: Date): boolean => {
  const minutes = at.getUTCHours() * 60 + at.getUTCMinutes();
  return weekday(at) && minutes >= 14 * 60 + 30 && minutes < 21 * 60;
};
/** Sunday 22:00 to Friday 22:00. */
const currencies = (at: Date): boolean => {
  const h = at.getUTCHours();
  const d = at.getUTCDay();
  return (d >= 1 && d <= 4) || (d === 5 && h < 22) || (d === 0 && h >= 22);
};
/** In winter as `stocks`, an hour earlier from the eighth week on, when the clocks have changed. */
const withClockChange = (at: Date): boolean =>
  stocks(at.getTime() < start + 56 * day ? at : new Date(at.getTime() + hour));
const without = (from: string, to: string) => (at: number) =>
  !(at >= Date.parse(from) && at < Date.parse(to));

const found = (at: readonly number[]) => {
  const { gaps, closedDays } = findGaps(at);
  const shown = (list: typeof gaps) =>
    list.map(({ from, missing }) => `${new Date(from).toISOString().slice(0, 13)} ${missing}`);
  return { gaps: shown(gaps), closedDays: shown(closedDays) };
};
const none = { gaps: [], closedDays: [] };

describe.each<[string, number, (at: Date) => boolean, number]>([
  ['every day', day, always, 200],
  ['daily on weekdays', day, weekday, 200],
  ['weekly', 7 * day, always, 400],
  ['hourly round the clock', hour, always, 40],
  ['every minute round the clock', minute, always, 1],
  ['every minute round the clock, for weeks', minute, always, 15],
  ['hourly stocks', hour, (at) => stocks(new Date(at.getTime() + 30 * minute)), 60],
  ['stocks every 5 minutes, some days of them', 5 * minute, stocks, 11],
  ['stocks every minute, two days of them', minute, stocks, 2],
  ['stocks every 15 minutes, over a change of clocks', 15 * minute, withClockChange, 100],
  ['hourly currencies', hour, currencies, 60],
  ['currencies every 5 minutes, a week of them', 5 * minute, currencies, 9],
  ['every 4 hours of currencies', 4 * hour, currencies, 60],
])('%s', (_, step, open, days) => {
  test('has no gap where nothing is missing', () => {
    const at = times(days, step, open);
    expect(found(at)).toEqual(none);
    expect(findGaps(at).step).toBe(step);
  });
});

test.each<[string, number[], { gaps: string[]; closedDays: string[] }]>([
  [
    'three days of daily bars on weekdays',
    times(200, day, weekday).filter(without('2026-03-03', '2026-03-06')),
    { gaps: ['2026-03-02T00 3'], closedDays: [] },
  ],
  [
    'a week and its two weekends',
    times(200, day, weekday).filter(without('2026-03-02', '2026-03-07')),
    { gaps: ['2026-02-27T00 5'], closedDays: [] },
  ],
  [
    'a holiday, and Good Friday with Easter Monday',
    times(200, day, weekday)
      .filter(without('2026-02-16', '2026-02-17'))
      .filter(without('2026-04-03', '2026-04-07')),
    { gaps: [], closedDays: ['2026-02-13T00 1', '2026-04-02T00 2'] },
  ],
  [
    'one day of a market that never closes',
    times(200, day, always).filter(without('2026-03-03', '2026-03-04')),
    { gaps: ['2026-03-02T00 1'], closedDays: [] },
  ],
  [
    'one hour of a market that never closes',
    times(40, hour, always).filter(without('2026-01-20T05:00Z', '2026-01-20T06:00Z')),
    { gaps: ['2026-01-20T04 1'], closedDays: [] },
  ],
  [
    'an hour in the middle of a day of stocks',
    times(60, 15 * minute, stocks).filter(without('2026-01-20T16:00Z', '2026-01-20T17:00Z')),
    { gaps: ['2026-01-20T15 4'], closedDays: [] },
  ],
  [
    'a day of stocks',
    times(60, 15 * minute, stocks).filter(without('2026-01-19T00:00Z', '2026-01-20T00:00Z')),
    { gaps: [], closedDays: ['2026-01-16T20 30'] },
  ],
  [
    'three hours from the start of a day of currencies',
    times(60, hour, currencies).filter(without('2026-01-20T00:00Z', '2026-01-20T03:00Z')),
    { gaps: ['2026-01-19T23 3'], closedDays: [] },
  ],
  [
    'one week of weekly bars',
    times(400, 7 * day, always).filter(without('2026-03-09', '2026-03-16')),
    { gaps: ['2026-03-02T00 1'], closedDays: [] },
  ],
  [
    'years of minutes',
    [...times(1, minute, always), ...times(1, minute, always).map((at) => at + 3650 * day)],
    { gaps: [`2026-01-05T23 ${3649 * 24 * 60}`], closedDays: [] },
  ],
  // Only a whole day is a holiday.
  [
    'a week of currencies',
    times(100, hour, currencies).filter(without('2026-02-01T00:00Z', '2026-02-08T00:00Z')),
    { gaps: ['2026-01-30T21 120'], closedDays: [] },
  ],
])('without %s', (_, at, expected) => {
  const { gaps, closedDays } = found(at);
  // Parts of hours and weekends at the edges of a long one may count or not.
  expect({ gaps, closedDays }).toEqual(expected);
});

test('a symbol that has a bar only where there was a trade has gaps only where it is quiet for long', () => {
  let at = start;
  const thin = Array.from({ length: 1000 }, (_, i) => (at += minute * (1 + ((i * i) % 7))));
  expect(found(thin)).toEqual(none);
  const { gaps } = findGaps(thin.map((one, i) => (i < 500 ? one : one + 5 * hour)));
  expect(gaps).toHaveLength(1);
});

test('months differ in length', () => {
  const months = Array.from({ length: 60 }, (_, i) => Date.UTC(2020, i, 1));
  expect(found(months)).toEqual(none);
  expect(found(months.filter((_, i) => i !== 30)).gaps).toHaveLength(1);
});

test.each([[[]], [[start]], [[start, start + day]]])('%j has none', (at) => {
  expect(found(at)).toEqual(none);
});

describe('the usual step', () => {
  const stepOf = (...hours: number[]): number | null => {
    let at = start;
    const { step } = findGaps([at, ...hours.map((one) => (at += one * hour))]);
    return step === null ? null : step / hour;
  };
  test.each([
    ['the only one', [3], 3],
    ['the most frequent', [1, 2, 2], 2],
    ['the smaller of two that are as frequent', [2, 1, 2, 1], 1],
    ['the one that a fifth have', [9, 8, 7, 5, 6, 4, 5, 3, 2, 1], 5],
    ['the middle one where fewer have the same', [9, 8, 7, 5, 6, 4, 5, 3, 2, 1, 10], 5],
    ['the middle one where all differ', [11, 1, 9, 3, 7, 5], 7],
  ])('is %s', (_, hours, step) => {
    expect(stepOf(...hours)).toBe(step);
  });
});

describe('bars are overdue', () => {
  const due = (at: readonly number[], now: number): number => overdueBars(Float64Array.from(at), now);
  test('of a market that never closes by more than five', () => {
    const at = times(40, hour, always);
    expect(due(at, at.at(-1)! + 6 * hour)).toBe(0);
    expect(due(at, at.at(-1)! + 7 * hour)).toBe(6);
    expect(due([start], start + 100 * day)).toBe(0);
    expect(due([], start)).toBe(0);
  });
  test('of one that closes by more than two days, as there are holidays', () => {
    const office = times(102, hour, (at) => weekday(at) && at.getUTCHours() >= 8 && at.getUTCHours() < 16);
    const monday = office.filter((at) => at < Date.parse('2026-04-14'));
    expect(due(monday, Date.parse('2026-04-16T08:00Z'))).toBe(0);
    expect(due(monday, Date.parse('2026-04-16T09:00Z'))).toBe(17);
  });
});

describe('where the bars keep the trading days of New York', () => {
  const newYork = (from: string, to: string, step: number, hours: (name: Session) => [number, number]) => {
    const found: number[] = [];
    for (let at = Date.parse(from); at < Date.parse(to); at += day) {
      const session = sessionOf('NYSE', new Date(at).toISOString().slice(0, 10));
      if (session === null) continue;
      const [first, end] = hours(session);
      for (let bar = first; bar < end; bar += step) found.push(bar);
    }
    return found;
  };
  type Session = NonNullable<ReturnType<typeof sessionOf>>;
  const regular = ({ open, close }: Session): [number, number] => [open.getTime(), close.getTime()];
  /** From 4 to 20 o'clock, and to 17 when trading ends at 13. */
  const extended = ({ open, close }: Session): [number, number] => [
    open.getTime() - 5.5 * hour,
    close.getTime() + 4 * hour,
  ];
  const days = newYork('2025-01-02', '2026-11-28', day, ({ open }) => {
    const date = open.getTime() - (open.getTime() % day);
    return [date, date + 1];
  });
  const hours = newYork('2026-03-02', '2026-12-24', hour, regular);
  const quarters = newYork('2026-10-12', '2026-12-05', 15 * minute, regular);
  const longDays = newYork('2026-03-02', '2026-12-05', hour, extended);

  test.each([
    ['days', days],
    ['hours, over changes of the clocks', hours],
    ['quarters of an hour', quarters],
    ['hours before the opening and after the close', longDays],
  ])('%s have no gap over holidays and early closes, nor a probable holiday', (_, at) => {
    expect(findGaps(at)).toMatchObject({ calendar: 'NYSE', gaps: [], closedDays: [] });
  });

  // Thanksgiving is on 26 November 2026, Good Friday on 3 April.
  test.each([
    ['the Monday before Thanksgiving, of days', days, '2026-11-23', '2026-11-24', ['2026-11-20T00 1']],
    ['the short day after it, of days', days, '2026-11-27', '2026-11-28', []],
    ['that day, of hours', hours, '2026-11-27', '2026-11-28', ['2026-11-25T20 4']],
    ['the Monday before, of hours', hours, '2026-11-23', '2026-11-24', ['2026-11-20T20 7']],
    ['the Monday after Good Friday, of hours', hours, '2026-04-06', '2026-04-07', ['2026-04-02T19 7']],
    ['two days in a row, of days', days, '2026-04-01', '2026-04-03', ['2026-03-31T00 2']],
  ])('without %s', (_, at, from, to, gaps) => {
    expect(found(at.filter(without(from, to)))).toEqual({ gaps, closedDays: [] });
  });

  test('a symbol that never closes has none of its holidays, nor one that keeps other days', () => {
    const always = Array.from({ length: 5500 }, (_, i) => Date.parse('2026-05-01') + i * hour);
    expect(findGaps(always).calendar).toBeNull();
    expect(found(always.filter(without('2026-11-26', '2026-11-27'))).gaps).toEqual(['2026-11-25T23 24']);
    const frankfurt = Array.from({ length: 700 }, (_, i) => Date.parse('2025-01-01') + i * day).filter(
      (at) => weekday(new Date(at)) && !/-12-2[56]|-01-01|-05-01/.test(new Date(at).toISOString()),
    );
    expect(findGaps(frankfurt).calendar).toBeNull();
    const bonds = days.filter((at) => !/-11-11|2025-10-13|2026-10-12/.test(new Date(at).toISOString()));
    expect(findGaps(bonds)).toMatchObject({ calendar: null, gaps: [] });
  });

  // Closed in Toronto and not in New York; all other days of these stretches are the same in both.
  test.each([
    ['Victoria Day', '2026-01-20', '2026-05-23', '2026-05-18'],
    ['Victoria Day on the 24th', '2027-01-19', '2027-05-29', '2027-05-24'],
    ['the Civic Holiday', '2026-07-06', '2026-09-12', '2026-08-03'],
  ])('hours of Toronto over %s have no gap', (_, from, to, closed) => {
    const both = newYork(from, to, hour, regular);
    expect(findGaps(both).calendar).toBe('NYSE');
    const toronto = both.filter((at) => !new Date(at).toISOString().startsWith(closed));
    expect(findGaps(toronto)).toMatchObject({ calendar: null, gaps: [] });
  });

  test('too few days show none: a day that is missing is a probable holiday as before', () => {
    const few = newYork('2026-10-12', '2026-11-20', 15 * minute, regular).filter(
      without('2026-10-28', '2026-10-29'),
    );
    expect(findGaps(few)).toMatchObject({
      calendar: null,
      gaps: [],
      closedDays: [{ missing: expect.any(Number) }],
    });
  });

  test('bars are due on its trading days alone', () => {
    const upTo = (end: string) => Float64Array.from(hours.filter((at) => at < Date.parse(end)));
    const due = (end: string, now: string): number => overdueBars(upTo(end), Date.parse(now));
    expect(due('2026-11-26', '2026-11-27T14:00Z')).toBe(0);
    // 13:00 in New York; then 7 bars on the Monday.
    expect(due('2026-11-28', '2026-11-30T14:00Z')).toBe(0);
    expect(due('2026-11-26', '2026-11-30T22:00Z')).toBe(11);
    expect(due('2026-11-28', '2026-11-30T22:00Z')).toBe(7);
    // Two hours' worth may be the market that opened late.
    const monday = Float64Array.from(quarters.filter((at) => at < Date.parse('2026-12-01')));
    expect(overdueBars(monday, Date.parse('2026-12-01T16:00Z'))).toBe(0);
    expect(overdueBars(monday, Date.parse('2026-12-01T16:15Z'))).toBe(9);
  });
});
