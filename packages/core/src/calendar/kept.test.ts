// Which symbols keep an exchange's trading days: how many holidays tell it, and what speaks against it.
import { describe, expect, test } from '@jest/globals';
import { sessionOf } from './calendar.ts';
import { keptCalendar } from './kept.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const datesOf = (from: string, to: string): string[] =>
  Array.from({ length: (Date.parse(to) - Date.parse(from)) / day + 1 }, (_, i) =>
    new Date(Date.parse(from) + i * day).toISOString().slice(0, 10),
  );
const sessions = (from: string, to: string): string[] =>
  datesOf(from, to).filter((date) => sessionOf('NYSE', date) !== null);
const daily = (dates: readonly string[]): number[] => dates.map((date) => Date.parse(date));
/** Bars of the regular hours, of which `early` begin before it opens and `late` after it closes. */
const hourly = (dates: readonly string[], early = 0, late = 0): number[] =>
  dates.flatMap((date) => {
    const { open, close } = sessionOf('NYSE', date)!;
    const [first, last] = [open.getTime() - early * hour, close.getTime() + late * hour];
    return Array.from({ length: Math.ceil((last - first) / hour) }, (_, i) => first + i * hour);
  });
const keeps = (times: readonly number[], step: number): boolean => keptCalendar(times, step)?.name === 'NYSE';

describe('holidays that tell', () => {
  // Labor Day, Thanksgiving, Christmas.
  test('of days three are enough, two are not', () => {
    expect(keeps(daily(sessions('2026-08-10', '2026-12-31')), day)).toBe(true);
    expect(keeps(daily(sessions('2026-08-10', '2026-12-24')), day)).toBe(false);
    expect(keeps(daily(sessions('2026-09-08', '2026-12-31')), day)).toBe(false);
  });
  test('of the regular hours one is enough, none is not', () => {
    expect(keeps(hourly(sessions('2026-11-12', '2026-11-30')), hour)).toBe(true);
    expect(keeps(hourly(sessions('2026-09-08', '2026-11-10')), hour)).toBe(false);
  });
  test('of longer hours three are enough, two are not', () => {
    expect(keeps(hourly(sessions('2026-08-10', '2026-12-31'), 4, 4), hour)).toBe(true);
    expect(keeps(hourly(sessions('2026-09-08', '2026-12-31'), 4, 4), hour)).toBe(false);
    expect(keeps(hourly(sessions('2026-09-08', '2026-12-31')), hour)).toBe(true);
    // One bar a day before the opening is more than one in twenty.
    expect(keeps(hourly(sessions('2026-09-08', '2026-12-31'), 2), hour)).toBe(false);
    expect(keeps(hourly(sessions('2026-09-08', '2026-12-31'), 0, 1), hour)).toBe(false);
  });
  test('of bars of half an hour, stamped when they begin or when they end', () => {
    const halves = (shift: number): number[] =>
      hourly(sessions('2026-11-12', '2026-11-30')).flatMap((at) => [at + shift, at + shift + hour / 2]);
    expect(
      keeps(
        halves(0).filter((at) => new Date(at).getUTCHours() < 21),
        hour / 2,
      ),
    ).toBe(true);
    expect(
      keeps(
        halves(hour / 2).filter((at) => at % day <= 21 * hour),
        hour / 2,
      ),
    ).toBe(true);
  });
  test('weeks and months tell none', () => {
    expect(
      keptCalendar(
        daily(sessions('2020-01-01', '2026-01-01')).filter((_, i) => i % 5 === 0),
        7 * day,
      ),
    ).toBeNull();
  });
});

describe('what speaks against it', () => {
  const years = sessions('2025-01-02', '2026-12-31'); // 21 holidays.
  const with_ = (...more: string[]): number[] => daily([...years, ...more].sort());
  test('is a bar on a holiday, more often than once in ten', () => {
    expect(keeps(with_('2025-07-04'), day)).toBe(true);
    expect(keeps(with_('2025-07-04', '2026-07-03', '2026-11-26'), day)).toBe(false);
  });
  test('is a bar at a weekend, more often than once in ten holidays', () => {
    expect(keeps(with_('2026-07-04'), day)).toBe(true);
    expect(keeps(with_('2025-07-05', '2026-07-04', '2026-07-05'), day)).toBe(false);
    expect(keeps(daily(datesOf('2025-01-01', '2026-12-31')), day)).toBe(false);
  });
  test('is a day of another market, on which this one trades', () => {
    const without = (...dates: string[]): number[] => daily(years.filter((date) => !dates.includes(date)));
    expect(keeps(without('2025-10-13', '2025-11-11'), day)).toBe(true);
    expect(keeps(without('2025-10-13', '2025-11-11', '2026-10-12'), day)).toBe(false);
    expect(keeps(without('2025-05-19', '2025-08-04', '2026-05-18'), day)).toBe(false);
    expect(keeps(without('2025-05-20', '2025-08-05', '2026-05-19'), day)).toBe(true);
  });
  test('are trading days without a bar, more than one in five', () => {
    // In months without a day of rest of another market.
    const some = (ofTen: number): number[] =>
      daily(years.filter((date, i) => i % 10 < ofTen || /-(05|08|10|11)-/.test(date)));
    expect(some(8).length / years.length).toBeGreaterThan(0.8);
    expect(keeps(some(8), day)).toBe(true);
    expect(some(6).length / years.length).toBeLessThan(0.8);
    expect(keeps(some(6), day)).toBe(false);
  });
});

describe('times before its trading days are known', () => {
  const old = datesOf('1996-01-01', '1999-12-31').filter((date) => new Date(date).getUTCDay() % 6 !== 0);
  test('tell nothing', () => {
    expect(keeps(daily(old), day)).toBe(false);
    expect(keeps(daily([...old, ...sessions('2000-01-01', '2002-12-31')]), day)).toBe(true);
  });
  test('are closed at no time', () => {
    const days = keptCalendar(daily([...old, ...sessions('2000-01-01', '2002-12-31')]), day)!;
    const at = (date: string): boolean => days.isClosed(Date.parse(date));
    expect(['1999-12-25', '1999-12-31', '2000-01-01', '2000-01-03', '2001-09-11'].map(at)).toEqual([
      false,
      false,
      true,
      false,
      true,
    ]);
  });
});

test('hours are closed on holidays and after an early close, by the clocks of New York', () => {
  const { isClosed, offset } = keptCalendar(hourly(sessions('2026-03-02', '2026-12-24')), hour)!;
  const at = (time: string): boolean => isClosed(Date.parse(time));
  expect([at('2026-11-27T17:59Z'), at('2026-11-27T18:00Z'), at('2026-11-28T04:59Z')]).toEqual([
    false,
    true,
    true,
  ]);
  // Thanksgiving, from midnight to midnight.
  expect([
    at('2026-11-26T04:59Z'),
    at('2026-11-26T05:00Z'),
    at('2026-11-27T04:59Z'),
    at('2026-11-27T05:00Z'),
  ]).toEqual([false, true, true, false]);
  expect([offset(Date.parse('2026-07-01T12:00Z')), offset(Date.parse('2026-12-01T12:00Z'))]).toEqual([
    -4 * hour,
    -5 * hour,
  ]);
});
