import { newestDueTick, nextTick, type Schedule } from './ticks.ts';

/** More than a month: of a schedule by weekday or by day of the month every gap comes. */
const days = 32;
const hourMs = 3_600_000;

/**
 * The longest time between two ticks that follow each other in the weeks from `now` on, in seconds: within so
 * long a schedule always fires. Null when it never does twice.
 *
 * Looked at from each hour, as a schedule may have 46,000 ticks in that time: gaps of more than an hour are
 * all found, of shorter ones the longest that reaches over a full hour. Takes some 0.2 s.
 */
export function longestPeriodSeconds(schedule: Schedule, now: Date): number | null {
  let longest = 0;
  for (let at = now.getTime(); at < now.getTime() + days * 24 * hourMs;) {
    const last = newestDueTick(schedule, new Date(at));
    const next = nextTick(schedule, new Date(at));
    if (next === null) break;
    if (last !== null) longest = Math.max(longest, next.getTime() - last.getTime());
    at = Math.max(at + hourMs, next.getTime());
  }
  return longest === 0 ? null : longest / 1000;
}
