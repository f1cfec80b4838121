// The days on which NYSE and Nasdaq are closed, or close at 13:00: their rules, and what was closed besides.
// https://www.nyse.com/markets/hours-calendars publishes three years; holidays and early closes here are right since
// 2000 (docs/decisions/0037-trading-days-in-the-data-check.md says what they were compared with).

/** Closed for what no rule knows. */
const closedBesides: Readonly<Record<string, string>> = {
  '2001-09-11': 'attacks of 11 September',
  '2001-09-12': 'attacks of 11 September',
  '2001-09-13': 'attacks of 11 September',
  '2001-09-14': 'attacks of 11 September',
  '2004-06-11': 'mourning of President Reagan',
  '2007-01-02': 'mourning of President Ford',
  '2012-10-29': 'hurricane Sandy',
  '2012-10-30': 'hurricane Sandy',
  '2018-12-05': 'mourning of President G. H. W. Bush',
  '2025-01-09': 'mourning of President Carter',
};

/** What the rules of today say of no early close, or say wrongly: exchanges decided it year by year. */
const earlyBesides: Readonly<Record<string, boolean>> = {
  '2002-07-03': false,
  '2002-07-05': true,
  '2003-12-26': true,
};

/** The rules are held to what was from this day on. */
export const usKnownSince = '2000-01-01';

/** @param date `2026-11-26` @returns why there is no trading on that day; null when there is */
export function usClosed(date: string): string | null {
  const weekday = weekdayOf(date);
  if (weekday === 0 || weekday === 6) return 'weekend';
  return closedBesides[date] ?? holidaysOf(Number(date.slice(0, 4))).get(date) ?? null;
}

/** Whether trading ends at 13:00: before Independence Day, after Thanksgiving and on Christmas Eve. */
export function usClosesEarly(date: string): boolean {
  if (usClosed(date) !== null) return false;
  const besides = earlyBesides[date];
  if (besides !== undefined) return besides;
  const year = Number(date.slice(0, 4));
  const thanksgiving = nthWeekday(year, 11, 4, 4);
  if (date === plusDays(thanksgiving, 1) || date.endsWith('-12-24')) return true;
  // A Friday before a Saturday is the holiday itself; before a Sunday nothing is shortened.
  return date.endsWith('-07-03') && weekdayOf(`${year}-07-04`) >= 1 && weekdayOf(`${year}-07-04`) <= 5;
}

/** Columbus Day and Veterans Day, on which US bonds rest and shares do not. */
export const usRestOfBonds = (date: string): boolean =>
  usClosed(date) === null &&
  (date.slice(5) === '11-11' || date === nthWeekday(Number(date.slice(0, 4)), 10, 1, 2));

/**
 * Victoria Day and the Civic Holiday, on which Toronto rests, which has the same hours. (Around its others, holidays on
 * which it trades tell the two apart.)
 */
export function usRestOfToronto(date: string): boolean {
  const year = Number(date.slice(0, 4));
  const last = `${year}-05-24`;
  return date === plusDays(last, -((weekdayOf(last) + 6) % 7)) || date === nthWeekday(year, 8, 1, 1);
}

const years = new Map<number, ReadonlyMap<string, string>>();

function holidaysOf(year: number): ReadonlyMap<string, string> {
  let holidays = years.get(year);
  if (holidays === undefined) years.set(year, (holidays = reckoned(year)));
  return holidays;
}

function reckoned(year: number): Map<string, string> {
  const fixed: [string, string][] = [
    [`${year}-07-04`, 'Independence Day'],
    [`${year}-12-25`, 'Christmas'],
    ...(year >= 2022 ? [[`${year}-06-19`, 'Juneteenth'] satisfies [string, string]] : []),
  ];
  const newYear = `${year}-01-01`;
  return new Map<string, string>([
    // On a Saturday it is not kept on the Friday, which is the last of a month of accounts.
    [weekdayOf(newYear) === 0 ? plusDays(newYear, 1) : newYear, "New Year's Day"],
    [nthWeekday(year, 1, 1, 3), 'Martin Luther King Day'],
    [nthWeekday(year, 2, 1, 3), "Washington's Birthday"],
    [plusDays(easterOf(year), -2), 'Good Friday'],
    [lastMonday(year, 5), 'Memorial Day'],
    [nthWeekday(year, 9, 1, 1), 'Labor Day'],
    [nthWeekday(year, 11, 4, 4), 'Thanksgiving'],
    ...fixed.map(([date, name]): [string, string] => [observed(date), name]),
  ]);
}

/** Kept on the Friday before a Saturday, on the Monday after a Sunday. */
function observed(date: string): string {
  const weekday = weekdayOf(date);
  if (weekday === 6) return plusDays(date, -1);
  return weekday === 0 ? plusDays(date, 1) : date;
}

/** 0 Sunday, 6 Saturday. */
const weekdayOf = (date: string): number => new Date(`${date}T00:00Z`).getUTCDay();

export const plusDays = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

const dateOf = (year: number, month: number, day: number): string =>
  `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;

/** The `n`th such weekday of a month. */
function nthWeekday(year: number, month: number, weekday: number, n: number): string {
  const first = dateOf(year, month, 1);
  return plusDays(first, ((weekday - weekdayOf(first) + 7) % 7) + 7 * (n - 1));
}

function lastMonday(year: number, month: number): string {
  const fifth = nthWeekday(year, month, 1, 5);
  return Number(fifth.slice(5, 7)) === month ? fifth : nthWeekday(year, month, 1, 4);
}

/** Sunday of Easter by Meeus, Jones and Butcher (Meeus, Astronomical Algorithms, chapter 8). */
function easterOf(year: number): string {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const g = Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return dateOf(year, Math.floor(n / 31), (n % 31) + 1);
}
