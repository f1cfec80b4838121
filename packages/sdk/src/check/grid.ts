// How far apart a symbol's bars are, and which of them can't belong there: a bar that was stored while it was
// still running, bars of another interval, bars that are stamped when they end among those stamped when they begin.
import { intervalOfTimes } from '../bars.ts';

/** What the times of bars say; rows are places in them. */
export interface Grid {
  /** The usual time from one bar to the next, in milliseconds; null where bars keep to none. */
  readonly interval: number | null;
  /** Bars at times that no other bars of the symbol keep to, as 12:43:07 among hourly ones; ascending. */
  readonly offGrid: readonly number[];
  /** Bars of another interval than the symbol's, eight or more in a row; ascending. */
  readonly otherInterval: readonly number[];
  /** The other interval that most of them have; null where there are none. */
  readonly other: number | null;
  /**
   * Bars that keep to a second grid beside the first, in runs of their own or between the others: one of the two
   * is most likely stamped when bars end; ascending.
   */
  readonly otherStamp: readonly number[];
}

const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;

/** Fewer bars say nothing of a grid. */
const least = 20;
/** Fewer distances of one length in a row are a holiday week's. */
const inARow = 8;
/** Where more bars than these keep to no time, there is no grid to be off. */
const mostOff = 0.2;
/** A place in the interval that at least so many bars have is part of the grid. */
const supported = (bars: number): number => Math.max(3, 0.01 * bars);

/**
 * Looks at the times of bars alone. A grid is a set of places in the interval (in the day, of daily and longer
 * bars) that at least three bars and one in a hundred keep to: sessions that begin at half past, and summer time,
 * make several.
 * @param time strictly ascending, milliseconds since the epoch
 */
export function gridOf(time: Float64Array): Grid {
  const nothing = { offGrid: [], otherInterval: [], other: null, otherStamp: [] };
  const interval = intervalOfTimes(time);
  if (interval === null || time.length < least) return { interval, ...nothing };
  const { rows: otherInterval, other } = ofOtherInterval(time, interval);
  const isOther = new Set(otherInterval);
  const period = Math.min(interval, day);
  const places = new Map<number, number>();
  for (let t = 0; t < time.length; t++) {
    if (isOther.has(t)) continue;
    const place = placeOf(time[t]!, period);
    places.set(place, (places.get(place) ?? 0) + 1);
  }
  const counted = time.length - isOther.size;
  const isOn = (place: number): boolean => {
    // PostgreSQL's infinity is at no place.
    if (Number.isNaN(place)) return true;
    const count = places.get(place)!;
    if (count >= supported(counted)) return true;
    // Days on which a market closes early, of daily bars that are stamped at the close.
    return interval >= day && count >= 2 && place % (hour / 2) === 0;
  };
  const offGrid: number[] = [];
  for (let t = 0; t < time.length; t++)
    if (!isOther.has(t) && !isOn(placeOf(time[t]!, period))) offGrid.push(t);
  if (offGrid.length > mostOff * counted) return { interval, ...nothing, otherInterval, other };
  const otherStamp = ofOtherStamp(time, { interval, period, places, isOther });
  return { interval, offGrid, otherInterval, other, otherStamp };
}

const placeOf = (at: number, period: number): number => ((at % period) + period) % period;

/** Bars in runs of one distance that is another than the usual one. */
function ofOtherInterval(
  time: Float64Array,
  interval: number,
): { readonly rows: readonly number[]; readonly other: number | null } {
  const rows: number[] = [];
  const counts = new Map<number, number>();
  const shares = new Map<number, number>();
  for (let t = 1; t < time.length; t++) {
    const distance = time[t]! - time[t - 1]!;
    shares.set(distance, (shares.get(distance) ?? 0) + 1 / (time.length - 1));
  }
  // Where bars are missing at random, as of a symbol with few trades, longer runs come by chance.
  const long = (distance: number): number =>
    Math.max(inARow, Math.log(100 * time.length) / -Math.log(shares.get(distance)!));
  let from = 1;
  for (let t = 1; t <= time.length; t++) {
    const distance = time[from]! - time[from - 1]!;
    if (t < time.length && time[t]! - time[t - 1]! === distance) continue;
    const count = t - from;
    // A coarser bar is stored under its beginning or its end: the bar before the first distance is the usual ones'.
    if (distance !== interval && count >= long(distance)) {
      for (let row = from; row < t; row++) rows.push(row);
      counts.set(distance, (counts.get(distance) ?? 0) + count);
    }
    from = t;
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return { rows, other: most?.[0] ?? null };
}

interface Places {
  readonly interval: number;
  readonly period: number;
  /** How many bars have each place in the period. */
  readonly places: ReadonlyMap<number, number>;
  readonly isOther: ReadonlySet<number>;
}

/**
 * Bars of a second grid. One bar alone beside a pause is none: sessions begin and end within an interval. An hour
 * apart are summer and winter.
 */
function ofOtherStamp(time: Float64Array, { interval, period, places, isOther }: Places): readonly number[] {
  const [first] = [...places].sort((a, b) => b[1] - a[1]);
  if (first === undefined) return [];
  const least = supported(time.length);
  const apart = (place: number): number => {
    const distance = Math.abs(place - first[0]);
    return Math.min(distance, period - distance);
  };
  const isSecond = (place: number): boolean =>
    place !== first[0] && places.get(place)! >= least && !(period > hour && apart(place) === hour);
  const rows: number[] = [];
  for (let t = 0; t < time.length; t++) {
    const place = placeOf(time[t]!, period);
    if (isOther.has(t) || !isSecond(place)) continue;
    const before = time[t]! - (time[t - 1] ?? -Infinity);
    const after = (time[t + 1] ?? Infinity) - time[t]!;
    const inRun = before === interval || after === interval;
    const between = before < interval && after < interval && before + after === interval;
    if (inRun || between) rows.push(t);
  }
  return rows.length >= 3 ? rows : [];
}
