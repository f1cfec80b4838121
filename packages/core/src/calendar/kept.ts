// Which exchange's trading days a symbol keeps. Nobody says so: its own bars show it, by the holidays on which there
// are none and the trading days on which there are.
import { wallTime } from '../schedule/wall.ts';
import { calendarNames, calendarRules, type CalendarName } from './calendar.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

interface Day {
  /** As `closedDay`. */
  readonly closed: string | null;
  /** ms of the day at which trading ends early; Infinity where it doesn't. */
  readonly ends: number;
}

/** An exchange's trading days, as the bars of a symbol are looked at. Times are ms since the epoch. */
export interface KeptCalendar {
  readonly name: CalendarName;
  /** How far its clocks are ahead of UTC, ms: the same within an hour. 0 of daily bars, whose date in UTC is theirs. */
  readonly offset: (at: number) => number;
  /** Whether it is closed: on a weekend or holiday, or as it has closed early. Usual hours aren't looked at. */
  readonly isClosed: (at: number) => boolean;
  /** Before that its trading days aren't known, and nothing counts as closed. */
  readonly since: number;
  /** Of a day of its clocks, counted since 1970. */
  readonly dayOf: (date: number) => Day;
}

/** So many holidays without a bar are enough; one is where all bars are of the exchange's regular hours. */
const holidaysThatTell = 3;
/** The share of trading days that have bars: a symbol may have gaps. */
const mostDays = 0.8;
/** Days that speak against it, to those that speak for it: a feed may have filled a holiday. */
const strayDays = 0.1;
/** Of a year. */
const mostHolidays = 12;
/** The share of bars in the regular hours of an exchange. */
const regular = 0.95;

/**
 * The exchange whose trading days the bars of a symbol keep; null where they show none: they go on over its
 * holidays, or there are too few days.
 * @param times of consecutive bars, ascending, ms since the epoch
 * @param step the usual time from one to the next, ms
 */
export function keptCalendar(times: ArrayLike<number>, step: number): KeptCalendar | null {
  // Weeks and months have bars whatever the holidays.
  if (step > 1.5 * day) return null;
  const kind = step > day / 2 ? 'daily' : 'within';
  return calendars.map((one) => one[kind]).find((one) => isKept(times, step, one)) ?? null;
}

function isKept(times: ArrayLike<number>, step: number, calendar: KeptCalendar): boolean {
  const { tradesAlone, open, close } = calendarRules(calendar.name);
  const years = (times[times.length - 1]! - times[0]!) / (365 * day) + 1;
  const withBars = new Set<number>();
  let [first, date, looked, inHours, weekends] = [NaN, NaN, 0, 0, 0];
  let [utcHour, offset] = [NaN, 0];
  for (let i = 0; i < times.length; i++) {
    const at = times[i]!;
    if (at < calendar.since) continue;
    looked++;
    // Neither the date nor the offset changes within an hour: a million bars are looked at faster so.
    if (Math.floor(at / hour) !== utcHour) {
      utcHour = Math.floor(at / hour);
      offset = calendar.offset(at);
      const today = Math.floor((at + offset) / day);
      if (today !== date) {
        withBars.add((date = today));
        if (Number.isNaN(first)) first = date;
        if (calendar.dayOf(date).closed === 'weekend') weekends++;
        // As one that never closes: no market has so many holidays that these were strays.
        if (weekends > strayDays * mostHolidays * years) return false;
      }
    }
    // A bar may be stamped when it begins or when it ends, and the first one begin before the opening.
    const clock = at + offset - date * day;
    if (clock > open * minute - step && clock <= close * minute) inHours++;
  }
  let [holidays, against, trading, traded] = [0, weekends, 0, 0];
  for (let one = first; one <= date; one++) {
    const { closed } = calendar.dayOf(one);
    const has = withBars.has(one);
    if (closed === null) {
      trading++;
      if (has) traded++;
      else if (tradesAlone(dateOf(one))) against++;
    } else if (closed !== 'weekend') {
      if (has) against++;
      else holidays++;
    }
  }
  const isRegular = step < day / 2 && inHours >= regular * looked;
  return (
    holidays >= (isRegular ? 1 : holidaysThatTell) &&
    against <= strayDays * holidays &&
    traded >= mostDays * trading
  );
}

const dateOf = (date: number): string => new Date(date * day).toISOString().slice(0, 10);

/** Every symbol asks for the same days, some 250 a year, and a million bars ask for each many times. */
function remembered<T>(reckon: (date: number) => T): (date: number) => T {
  const known = new Map<number, T>();
  return (date) => {
    const found = known.get(date);
    if (found !== undefined) return found;
    const value = reckon(date);
    known.set(date, value);
    return value;
  };
}

function createCalendar(name: CalendarName) {
  const { timezone, knownSince, closed, closesEarly, earlyClose } = calendarRules(name);
  const since = Date.parse(`${knownSince}T00:00Z`);
  const dayOf = remembered((date): Day => {
    const text = dateOf(date);
    return { closed: closed(text), ends: closesEarly(text) ? earlyClose * minute : Infinity };
  });
  // At noon of the day: clocks change on Sundays, when exchanges are closed.
  const offsetOf = remembered((date) => {
    const noon = date * day + day / 2;
    return Date.parse(`${wallTime(new Date(noon), timezone).iso.slice(0, 19)}Z`) - noon;
  });
  const offset = (at: number): number => offsetOf(Math.floor(at / day));
  const whole = { name, since, dayOf };
  return {
    within: {
      ...whole,
      offset,
      isClosed: (at: number) => {
        if (at < since) return false;
        const clock = at + offset(at);
        const date = Math.floor(clock / day);
        const { closed: why, ends } = dayOf(date);
        return why !== null || clock - date * day >= ends;
      },
    },
    daily: {
      ...whole,
      offset: () => 0,
      isClosed: (at: number) => at >= since && dayOf(Math.floor(at / day)).closed !== null,
    },
  };
}

const calendars = calendarNames.map(createCalendar);
