// How the bars that a model was trained on follow each other: what the bars that it is asked with must do as well.
import { typicalStep } from '../bars.ts';
import { gridOf } from './grid.ts';

/** Of one symbol. (An alias, since an interface is no PlainRecord.) */
export type BarRhythm = {
  /** From one bar to the next, in milliseconds. */
  readonly interval_ms: number;
  /** The least that a bar lasts: a day in spring has 23 hours where days are a zone's. */
  readonly lasts_ms: number;
  /**
   * Hours of the day, UTC, whose bars may be over before they have lasted that long, as the market closes: all of
   * daily bars of a market that does, and of longer ones; none of one that never closes.
   */
  readonly session_ends: readonly number[];
  /** What the time of a bar is. */
  readonly stamped: BarStamp;
};

export type BarStamp = 'open' | 'close';

const hour = 3_600_000;
const day = 24 * hour;
const allHours = Array.from({ length: 24 }, (_, at) => at);

/** @returns null for bars that keep to no interval */
export function rhythmOf(time: Float64Array, stamped: BarStamp = 'open'): BarRhythm | null {
  const { interval } = gridOf(time);
  if (interval === null) return null;
  return {
    interval_ms: interval,
    lasts_ms: shortest(time, interval),
    session_ends: sessionEnds(time, interval),
    stamped,
  };
}

/** Bars that all begin at whole multiples of their interval in UTC know no summer time. */
function shortest(time: Float64Array, interval: number): number {
  const inUtc = time.every((at) => at % Math.min(interval, day) === 0);
  return interval < 2 * hour || inUtc ? interval : interval - hour;
}

function sessionEnds(time: Float64Array, interval: number): readonly number[] {
  // A week and a month end when their last session does, and months differ.
  if (interval > day) return allHours;
  const [first, last] = [time[0]!, time.at(-1)!];
  // Fewer days than a week don't show whether it ever closes.
  const closes = last - first < 8 * day || leavesOut(time, day, 7) || leavesOut(time, hour, 24, interval);
  if (!closes) return [];
  if (interval >= day) return allHours;
  const ends = new Set<number>();
  for (let t = 1; t < time.length; t++)
    if (time[t]! - time[t - 1]! > 1.5 * interval) ends.add(hourOf(time[t - 1]!));
  return [...ends].sort((a, b) => a - b);
}

const hourOf = (at: number): number => Math.floor((((at % day) + day) % day) / hour);

/** Whether some of the days of the week, or hours of the day, have next to no bar, which `interval` would bring. */
function leavesOut(time: Float64Array, width: number, slots: number, interval = width): boolean {
  if (interval > width) return false;
  const counts = new Float64Array(slots);
  for (const at of time) counts[((Math.floor(at / width) % slots) + slots) % slots]! += 1;
  return counts.some((count) => count < 0.2 * (time.length / slots));
}

/** A clock may be off by so much: a share of the interval, from 5 s to a minute, and never half of it. */
const tolerance = (interval: number): number =>
  Math.min(interval / 2, Math.max(5000, Math.min(60_000, 0.02 * interval)));

/**
 * Whether a bar can't have closed yet. Where its market may have closed meanwhile, or closes an hour earlier than
 * it did in the training, as clocks change, nobody can tell, and it counts as closed.
 * @param at its time; ms since the epoch, as `now`
 */
export function isUnclosed(
  at: number,
  { interval_ms, lasts_ms, session_ends, stamped }: BarRhythm,
  now: number,
): boolean {
  if (stamped === 'close') return at > now + tolerance(interval_ms);
  if (at + lasts_ms <= now + tolerance(interval_ms)) return false;
  if (at > now + tolerance(interval_ms)) return true;
  const own = hourOf(at);
  return !session_ends.some((end) => [23, 0, 1].includes((((own - end) % 24) + 24) % 24));
}

/**
 * The interval of some bars, where it is certainly another than a model's; else null. Months and days of summer
 * time differ by less than 15 %; of fewer than five distances only shorter ones say something.
 */
export function otherIntervalOf(time: Float64Array, interval: number): number | null {
  if (time.length < 3) return null;
  const usual = typicalStep(time);
  const count = time.length - 1;
  let same = 0;
  for (let t = 1; t < time.length; t++) if (time[t]! - time[t - 1]! === usual) same++;
  if (same < 0.5 * count || Math.abs(usual / interval - 1) < 0.15) return null;
  return usual < interval || count >= 5 ? usual : null;
}

const units = [
  ['day', day],
  ['hour', hour],
  ['minute', 60_000],
  ['second', 1000],
  ['millisecond', 1],
] as const;

/** In the largest unit of which it is a whole number: 1 day, 90 minutes. */
export function intervalInWords(ms: number): string {
  const [name, size] = units.find(([, one]) => ms >= one && ms % one === 0) ?? ['millisecond', 1];
  return `${ms / size} ${name}${ms === size ? '' : 's'}`;
}
