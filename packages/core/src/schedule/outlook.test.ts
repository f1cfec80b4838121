import { expect, test } from '@jest/globals';
import { scheduleInWords, weekOfTicks } from './outlook.ts';
import { nextTicks } from './ticks.ts';
import { wallTime } from './wall.ts';

test.each([
  ['0 2,14,22 * * *', 'At 02:00, 14:00 and 22:00, every day'],
  ['30 6 * * 1-5', 'At 06:30, Monday through Friday'],
  ['0 2 * * 7', 'At 02:00, only on Sunday'],
  ['*/15 * * * *', 'Every 15 minutes, every hour, every day'],
])('%s in words', async (cron, words) => {
  expect(await scheduleInWords({ cron })).toBe(words);
});

test.each([
  ['2026-07-01T12:00:00Z', 'Europe/Berlin', '2026-07-01T14:00:00+02:00'],
  ['2026-12-31T23:30:15Z', 'Asia/Kolkata', '2027-01-01T05:00:15+05:30'],
  ['2026-01-01T00:00:00Z', 'UTC', '2026-01-01T00:00:00+00:00'],
  ['2026-01-01T05:00:00Z', 'America/New_York', '2026-01-01T00:00:00-05:00'],
])('%s on the wall of %s', (at, zone, iso) => {
  expect(wallTime(new Date(at), zone).iso).toBe(iso);
});

/** What the picture must say, tick by tick. */
function counted(cron: string, timezone: string, days: readonly string[], from: Date): number[][] {
  const hours = new Map(days.map((date) => [date, new Array<number>(24).fill(0)]));
  for (const tick of nextTicks({ cron, timezone }, new Date(from.getTime() - 3 * 86_400_000), 800)) {
    const { date, hour } = wallTime(tick, timezone);
    const row = hours.get(date);
    if (row !== undefined) row[hour] = row[hour]! + 1;
  }
  return [...hours.values()];
}

test.each([
  ['0 2,14,22 * * *', 'UTC', '2026-11-26T12:14:16Z'],
  // The clocks change on the fourth day, and on the very day that is looked from.
  ['0 2,14,22 * * *', 'Europe/Berlin', '2026-10-22T10:00:00Z'],
  ['*/20 * * * *', 'Europe/Berlin', '2026-10-25T10:00:00Z'],
  ['30 * * * *', 'Europe/Berlin', '2026-03-29T00:10:00Z'],
  ['5,35 1-3 * * *', 'Australia/Lord_Howe', '2026-04-02T00:00:00Z'],
  ['15 */6 * * *', 'Asia/Kolkata', '2026-11-26T19:00:00Z'],
  ['0 0 29 2 *', 'UTC', '2026-11-26T12:00:00Z'],
  ['0 0 * * *', 'Africa/Cairo', '2026-04-24T12:00:00Z'],
])('the week of %s in %s from %s', (cron, timezone, now) => {
  const week = weekOfTicks({ cron, timezone }, new Date(now));
  expect(week).toHaveLength(7);
  expect(week[0]!.date).toBe(wallTime(new Date(now), timezone).date);
  const dates = week.map(({ date }) => date);
  expect(week.map(({ hours }) => hours)).toEqual(counted(cron, timezone, dates, new Date(now)));
});
