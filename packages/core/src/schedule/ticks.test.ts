import { describe, expect, test } from '@jest/globals';
import { newestDueTick, nextTick, type Schedule } from './ticks.ts';

const utc = (cron: string): Schedule => ({ cron, timezone: 'UTC' });
const guides = utc('0 2,14,22 * * *');
const berlin = (cron: string): Schedule => ({ cron, timezone: 'Europe/Berlin' });
const newYork = (cron: string): Schedule => ({ cron, timezone: 'America/New_York' });

/** `2024-01-01T02:00Z` as a Date, and back. */
const at = (text: string): Date => new Date(text);
const shown = (time: Date | null): string | null =>
  time
    ?.toISOString()
    .replace(/:00\.000Z$/, 'Z')
    .replace(/\.000Z$/, 'Z') ?? null;

/** Every tick after `from` and up to `to`, one after the other. */
function ticks(schedule: Schedule, from: string, to: string): (string | null)[] {
  const found: Date[] = [];
  for (
    let tick = nextTick(schedule, at(from));
    tick !== null && tick <= at(to);
    tick = nextTick(schedule, tick)
  )
    found.push(tick);
  return found.map(shown);
}

describe('the newest due tick, and the next', () => {
  test.each([
    ['between two', guides, '2024-01-01T03:00Z', '2024-01-01T02:00Z', '2024-01-01T14:00Z'],
    ['exactly at one', guides, '2024-01-01T14:00Z', '2024-01-01T14:00Z', '2024-01-01T22:00Z'],
    [
      'a millisecond before one',
      guides,
      '2024-01-01T13:59:59.999Z',
      '2024-01-01T02:00Z',
      '2024-01-01T14:00Z',
    ],
    ['a millisecond after one', guides, '2024-01-01T14:00:00.001Z', '2024-01-01T14:00Z', '2024-01-01T22:00Z'],
    ['a second after one', guides, '2024-01-01T14:00:01Z', '2024-01-01T14:00Z', '2024-01-01T22:00Z'],
    ['over midnight', guides, '2024-01-01T01:59Z', '2023-12-31T22:00Z', '2024-01-01T02:00Z'],
    ['every 6 hours', utc('0 */6 * * *'), '2024-01-01T17:30Z', '2024-01-01T12:00Z', '2024-01-01T18:00Z'],
    [
      'on a Friday evening',
      utc('0 9,13,17 * * 1-5'),
      '2024-01-05T18:00Z',
      '2024-01-05T17:00Z',
      '2024-01-08T09:00Z',
    ],
    ['daily', utc('0 2 * * *'), '2024-02-29T01:00Z', '2024-02-28T02:00Z', '2024-02-29T02:00Z'],
    ['market hours', utc('0 9-16/2 * * 1-5'), '2024-01-05T16:30Z', '2024-01-05T15:00Z', '2024-01-08T09:00Z'],
    ['every minute', utc('* * * * *'), '2024-01-01T00:00:30Z', '2024-01-01T00:00Z', '2024-01-01T00:01Z'],
    [
      'the 31st, in short months',
      utc('0 0 31 * *'),
      '2024-06-30T12:00Z',
      '2024-05-31T00:00Z',
      '2024-07-31T00:00Z',
    ],
    ['the last of a month', utc('0 0 L * *'), '2023-03-01T00:00Z', '2023-02-28T00:00Z', '2023-03-31T00:00Z'],
    ['a leap day', utc('0 0 29 2 *'), '2025-01-01T00:00Z', '2024-02-29T00:00Z', '2028-02-29T00:00Z'],
    [
      'the market opens in New York',
      newYork('30 9 * * 1-5'),
      '2024-07-01T13:30Z',
      '2024-07-01T13:30Z',
      '2024-07-02T13:30Z',
    ],
    ['a day that never comes', utc('0 0 30 2 *'), '2024-01-01T00:00Z', null, null],
  ])('%s', (_, schedule, now, due, next) => {
    expect(shown(newestDueTick(schedule, at(now)))).toBe(due);
    expect(shown(nextTick(schedule, at(now)))).toBe(next);
  });
});

describe('when the clocks change', () => {
  // Berlin: 2024-03-31 02:00 → 03:00 at 01:00Z; 2024-10-27 03:00 → 02:00 at 01:00Z.
  // New York: 2024-03-10 02:00 → 03:00 at 07:00Z; 2024-11-03 02:00 → 01:00 at 06:00Z.
  test.each([
    [
      'a named hour that is skipped fires at the end of the gap',
      berlin('0 2,14,22 * * *'),
      ['2024-03-30T12:00Z', '2024-03-31T12:00Z'],
      ['2024-03-30T13:00Z', '2024-03-30T21:00Z', '2024-03-31T01:00Z', '2024-03-31T12:00Z'],
    ],
    [
      'a named hour that is repeated fires once, the first time',
      berlin('0 2,14,22 * * *'),
      ['2024-10-26T19:00Z', '2024-10-27T21:00Z'],
      ['2024-10-26T20:00Z', '2024-10-27T00:00Z', '2024-10-27T13:00Z', '2024-10-27T21:00Z'],
    ],
    [
      'a skipped hour and the one after it are one tick',
      berlin('0 2,3 * * *'),
      ['2024-03-30T12:00Z', '2024-03-31T12:00Z'],
      ['2024-03-31T01:00Z'],
    ],
    [
      'New York skips 2:30',
      newYork('30 2 * * *'),
      ['2024-03-09T12:00Z', '2024-03-11T12:00Z'],
      ['2024-03-10T07:00Z', '2024-03-11T06:30Z'],
    ],
    [
      'New York repeats 1:30',
      newYork('30 1 * * *'),
      ['2024-11-02T12:00Z', '2024-11-04T12:00Z'],
      ['2024-11-03T05:30Z', '2024-11-04T06:30Z'],
    ],
    [
      'a step goes by the clock: what is skipped does not fire',
      berlin('0 */2 * * *'),
      ['2024-03-30T22:00Z', '2024-03-31T04:00Z'],
      ['2024-03-30T23:00Z', '2024-03-31T02:00Z', '2024-03-31T04:00Z'],
    ],
    [
      'a step goes by the clock: what comes twice fires twice',
      berlin('0 */2 * * *'),
      ['2024-10-26T21:00Z', '2024-10-27T03:00Z'],
      ['2024-10-26T22:00Z', '2024-10-27T00:00Z', '2024-10-27T01:00Z', '2024-10-27T03:00Z'],
    ],
    [
      'every half hour is every half hour, whatever the clock shows',
      newYork('*/30 * * * *'),
      ['2024-11-03T04:30Z', '2024-11-03T07:00Z'],
      [
        '2024-11-03T05:00Z',
        '2024-11-03T05:30Z',
        '2024-11-03T06:00Z',
        '2024-11-03T06:30Z',
        '2024-11-03T07:00Z',
      ],
    ],
  ] as const)('%s', (_, schedule, [from, to], expected) => {
    expect(ticks(schedule, from, to)).toEqual(expected);
  });

  // The one is used to sleep until a tick, the other to find it then: where they differ, a tick is lost or
  // doubled.
  test.each(
    ['0 2,14,22 * * *', '30 1,2,3 * * *', '0 */2 * * *', '*/15 * * * *', '30 2 * * 0'].flatMap((cron) =>
      [
        { schedule: berlin(cron), around: '2024-03-31T01:00Z' },
        { schedule: berlin(cron), around: '2024-10-27T01:00Z' },
        { schedule: newYork(cron), around: '2024-03-10T07:00Z' },
        { schedule: newYork(cron), around: '2024-11-03T06:00Z' },
      ].map(
        ({ schedule, around }) => [`${cron} in ${schedule.timezone} at ${around}`, schedule, around] as const,
      ),
    ),
  )('looking back and looking forward agree all around %s', (_, schedule, around) => {
    const disagreements: string[] = [];
    for (let minute = -180; minute <= 180; minute += 5) {
      const now = new Date(at(around).getTime() + 60_000 * minute);
      const due = newestDueTick(schedule, now)!;
      const next = nextTick(schedule, now)!;
      const nextAfterDue = nextTick(schedule, due)!;
      const dueBeforeNext = newestDueTick(schedule, new Date(next.getTime() - 1))!;
      if (due > now || now >= next || +nextAfterDue !== +next || +dueBeforeNext !== +due)
        disagreements.push([now, due, next, nextAfterDue, dueBeforeNext].map(shown).join(' '));
    }
    expect(disagreements).toEqual([]);
  });
});
