// Where bars are missing. Markets close: nights, weekends and holidays are no gaps, and nobody has told us
// when. So the hours at which a symbol usually has bars are learned from its own bars, and only bars that are
// missing in those count. Where its bars keep the trading days of an exchange that is known, holidays and early
// closes are known as well.
import type { CalendarName } from '../calendar/calendar.ts';
import { keptCalendar, type KeptCalendar } from '../calendar/kept.ts';

const second = 1000;
const hour = 3600 * second;
const halfHour = hour / 2;
const day = 24 * hour;

export interface Gap {
  /** The bars before and after it; milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Bars that would usually be there. */
  readonly missing: number;
}

export interface Gaps {
  /** The usual time from one bar to the next, in milliseconds; null with fewer than two bars. */
  readonly step: number | null;
  /** Where bars are missing in hours that usually have some, oldest first. */
  readonly gaps: readonly Gap[];
  /**
   * One or two days' worth of bars missing at once in a market that closes, whose trading days aren't known: most
   * likely holidays, and no gaps.
   */
  readonly closedDays: readonly Gap[];
  /** The exchange whose trading days the bars keep; null where they show none. */
  readonly calendar: CalendarName | null;
}

/** A slot of the week is open when it has bars in at least so many of the weeks. */
const usually = 0.5;
/** Fewer weeks tell nothing of an hour of the week: then all weekdays are taken together. */
const minWeeks = 3;
/** Beside a closed time so much may be missing: clocks change, markets open late and close early. */
const moving = 2 * hour;
/** Longer ones are not looked through hour by hour. */
const longPause = 400 * day;
/** The distance that at least so many have is the usual one; else the middle one is. */
const commonEnough = 0.2;

/**
 * Finds what is missing between the bars of a symbol.
 * @param times of consecutive bars, strictly ascending, milliseconds since the epoch
 */
export function findGaps(times: ArrayLike<number>): Gaps {
  const step = usualStep(times);
  if (step === null) return { step, gaps: [], closedDays: [], calendar: null };
  const calendar = keptCalendar(times, step);
  const open = openTimes(times, step, calendar);
  const most = longestUsual(times, step, open);
  const gaps: Gap[] = [];
  const closedDays: Gap[] = [];
  for (let i = 1; i < times.length; i++) {
    const from = times[i - 1]!;
    const to = times[i]!;
    if (to - from <= most) continue;
    const { missing, closed } = missingBetween(from, to, step, open);
    // Of a market that is closed in between, what is left out beside the closed time may be its hours having
    // moved.
    if (missing === 0 || (closed && missing * step <= moving && step < moving)) continue;
    const aDay = open.barsADay;
    const isKnown = calendar !== null && from >= calendar.since;
    const isHoliday = !isKnown && open.closes && missing >= 0.9 * aDay && missing <= 2.1 * aDay;
    (isHoliday ? closedDays : gaps).push({ from, to, missing });
  }
  return { step, gaps, closedDays, calendar: calendar?.name ?? null };
}

/** So many bars may be late before a feed counts as one that stands still. */
const lateBars = 5;

/**
 * How many bars would usually have come since the newest one, where they are more than a few, or than the days of a
 * holiday have in a market that closes and whose trading days aren't known; else 0.
 * @param times as those of `findGaps`
 * @param now ms since the epoch
 */
export function overdueBars(times: Float64Array, now: number): number {
  // What matters are the hours of late, and each year of minutes has half a million bars.
  const newest = times.subarray(-20_000);
  const step = usualStep(newest);
  const last = newest.at(-1);
  if (step === null || last === undefined || now - last < lateBars * step) return 0;
  const calendar = keptCalendar(newest, step);
  const open = openTimes(newest, step, calendar);
  // The bar that has begun by now has not closed.
  const { missing } = missingBetween(last, now, step, open);
  const closed = calendar === null ? 2.1 * open.barsADay : moving / step;
  const allowed = Math.max(lateBars, open.closes ? closed : 0);
  return missing > allowed && now - last > longestUsual(newest, step, open) ? missing : 0;
}

/** The most frequent distance of neighbours, the smaller where two are as frequent. */
function usualStep(times: ArrayLike<number>): number | null {
  if (times.length < 2) return null;
  const distances = distancesOf(times);
  const counts = new Map<number, number>();
  for (const distance of distances) counts.set(distance, (counts.get(distance) ?? 0) + 1);
  const [step, count] = [...counts].reduce((best, one) =>
    one[1] > best[1] || (one[1] === best[1] && one[0] < best[0]) ? one : best,
  );
  if (count >= commonEnough * distances.length) return step;
  return distances.sort()[Math.floor(distances.length / 2)]!;
}

function distancesOf(times: ArrayLike<number>): Float64Array {
  const distances = new Float64Array(times.length - 1);
  for (let i = 0; i < distances.length; i++) distances[i] = times[i + 1]! - times[i]!;
  return distances;
}

interface OpenTimes {
  /** Whether a symbol usually has bars at that time of the week. */
  isOpen(at: number): boolean;
  /** Whether there are times at which it usually has none. */
  readonly closes: boolean;
  /** Bars of a usual day that has some. */
  readonly barsADay: number;
}

/**
 * Learns from the bars at which hours of the week, or with daily bars on which days, there usually are some: hours
 * of the exchange's clocks where its calendar is known.
 */
function openTimes(times: ArrayLike<number>, step: number, calendar: KeptCalendar | null): OpenTimes {
  const local = (at: number): number => (calendar === null ? at : at + calendar.offset(at));
  const first = times[0]!;
  const last = times[times.length - 1]!;
  if (step > 1.5 * day) return { isOpen: () => true, closes: false, barsADay: 1 };
  const width = step > day / 2 ? day : hour;
  const slotOf = (at: number): number => Math.floor(local(at) / width);
  const slotsADay = day / width;
  const slotsAWeek = 7 * slotsADay;
  const filled = new Set<number>();
  const days = new Map<number, number>();
  // Bars come in order: what is noted once a slot and a day isn't looked up for every bar.
  let lastSlot = NaN;
  let date = NaN;
  let barsOfDay = 0;
  let [utcHour, offset] = [NaN, 0];
  for (let i = 0; i < times.length; i++) {
    const at = times[i]!;
    if (calendar !== null && Math.floor(at / hour) !== utcHour) {
      utcHour = Math.floor(at / hour);
      offset = calendar.offset(at);
    }
    const slot = Math.floor((at + offset) / width);
    if (slot !== lastSlot) filled.add((lastSlot = slot));
    const today = Math.floor((at + offset) / day);
    if (today !== date) [date, barsOfDay] = [today, 0];
    days.set(date, ++barsOfDay);
  }
  const weeks = new Set([...filled].map((slot) => Math.floor(slot / slotsAWeek)));
  // Weeks without a bar tell nothing of the hours; nor do, of the first and last one, the hours before and
  // after all bars.
  const enough = weeks.size >= minWeeks;
  const had = new Float64Array(slotsAWeek);
  const seen = new Float64Array(slotsAWeek);
  const [firstSlot, finalSlot] = [slotOf(first), slotOf(last)];
  for (const week of weeks)
    for (let i = 0; i < slotsAWeek; i++) {
      const slot = week * slotsAWeek + i;
      if (slot < firstSlot || slot > finalSlot) continue;
      // A weekday without any bar is a holiday or a gap; at weekends that is what is to be learned.
      const date = Math.floor((slot * width) / day);
      if (!enough && !days.has(date) && !isWeekend(date)) continue;
      const place = enough ? i : kindOf(date) * slotsADay + (i % slotsADay);
      seen[place] = seen[place]! + 1;
      if (filled.has(slot)) had[place] = had[place]! + 1;
    }
  const placeOf = (at: number): number => {
    const slot = slotOf(at);
    const i = ((slot % slotsAWeek) + slotsAWeek) % slotsAWeek;
    return enough ? i : kindOf(Math.floor(local(at) / day)) * slotsADay + (i % slotsADay);
  };
  const isOpenAt = (place: number): boolean => seen[place]! > 0 && had[place]! >= usually * seen[place]!;
  const closes = [...seen.keys()].some((place) => seen[place]! > 0 && !isOpenAt(place));
  const counts = Float64Array.from(days.values()).sort();
  // Neither learned hours nor a calendar change within half an hour of UTC, and neighbours ask one after the other.
  let [lastHalf, lastOpen] = [NaN, false];
  return {
    isOpen: (at) => {
      const half = Math.floor(at / halfHour);
      if (half !== lastHalf) {
        lastHalf = half;
        lastOpen = isOpenAt(placeOf(at)) && calendar?.isClosed(at) !== true;
      }
      return lastOpen;
    },
    // Bars hours apart leave hours without one that are no closed time.
    closes:
      closes && (width === day || step <= hour || leavesOut(times, step, (at) => isOpenAt(placeOf(at)))),
    barsADay: counts[Math.floor(counts.length / 2)]!,
  };
}

/** The epoch began on a Thursday. */
const weekdayOf = (date: number): number => (((date + 4) % 7) + 7) % 7;
const isWeekend = (date: number): boolean => weekdayOf(date) === 0 || weekdayOf(date) === 6;
/** 0 Sunday, 1 Saturday, 2 any other day. */
const kindOf = (date: number): number => (weekdayOf(date) === 0 ? 0 : weekdayOf(date) === 6 ? 1 : 2);

/** Whether there are pauses at whose expected bars there usually is none. */
function leavesOut(times: ArrayLike<number>, step: number, isOpen: (at: number) => boolean): boolean {
  for (let i = 1; i < times.length; i++)
    if (times[i]! - times[i - 1]! > 1.5 * step && !isOpen(times[i - 1]! + step)) return true;
  return false;
}

/**
 * The longest distance that is nothing remarkable: one and a half steps. Of a symbol that has a bar only
 * where there was a trade (one distance in ten is longer, closed times apart), five times what nine in ten
 * keep to.
 */
function longestUsual(times: ArrayLike<number>, step: number, open: OpenTimes): number {
  const distances = distancesOf(times);
  let count = 0;
  for (let i = 0; i < distances.length; i++) {
    const distance = distances[i]!;
    if (distance < longPause && open.isOpen(times[i]! + Math.min(distance, step)))
      distances[count++] = distance;
  }
  const within = distances.subarray(0, count).sort();
  const ninth = within[Math.floor(0.9 * count)] ?? step;
  return ninth <= 1.5 * step ? 1.5 * step : 5 * ninth;
}

/**
 * How many bars would usually be there between two, and whether it is usually closed for some of the time.
 */
function missingBetween(
  from: number,
  to: number,
  step: number,
  open: OpenTimes,
): { missing: number; closed: boolean } {
  const expected = Math.max(0, Math.round((to - from) / step) - 1);
  if (to - from > longPause) return { missing: expected, closed: false };
  // By the hour where there are many bars an hour: a pause of weeks has thousands of minutes.
  const stride = Math.max(1, Math.floor(hour / step));
  let missing = 0;
  let closed = false;
  for (let k = 1; k <= expected; k += stride) {
    const bars = Math.min(stride, expected + 1 - k);
    if (open.isOpen(from + k * step)) missing += bars;
    else closed = true;
  }
  return { missing, closed };
}
