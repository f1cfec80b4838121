import { describe, expect, test } from '@jest/globals';
import { longestPeriodSeconds } from '../schedule/period.ts';
import { scheduleInWords, weekOfTicks } from '../schedule/outlook.ts';
import { newestDueTick, nextTick, nextTicks, scheduleOf } from '../schedule/ticks.ts';
import { closedDay, isClosed, parseEdges, sessionOf } from './calendar.ts';

const schedule = (TRAINING_CALENDAR: string) =>
  scheduleOf({ TRAINING_CALENDAR, TRAINING_CRON_SCHEDULE: '0 2 * * *', TRAINING_TIMEZONE: 'UTC' });
const before = schedule('NYSE:open-30m');
const shown = (at: Date | null): string | undefined => at?.toISOString().slice(0, 16);

describe('half an hour before the market opens', () => {
  test.each([
    ['the same day', '2026-11-25T12:00Z', '2026-11-25T14:00'],
    ['over Thanksgiving', '2026-11-25T14:00Z', '2026-11-27T14:00'],
    ['over a weekend in which clocks are put forward', '2026-03-06T20:00Z', '2026-03-09T13:00'],
    ['over one in which they are put back', '2026-10-30T20:00Z', '2026-11-02T14:00'],
    ['over Christmas Eve kept on a Friday', '2027-12-23T20:00Z', '2027-12-27T14:00'],
    ['over five days without trading', '2001-09-10T20:00Z', '2001-09-17T13:00'],
  ])('the next is %s', (_, now, next) => {
    expect(shown(nextTick(before, new Date(now)))).toBe(next);
  });

  test.each([
    ['exactly at one', '2026-11-25T14:00Z', '2026-11-25T14:00'],
    ['on a holiday', '2026-11-26T14:00Z', '2026-11-25T14:00'],
    ['on Sunday evening', '2026-03-08T23:00Z', '2026-03-06T14:00'],
  ])('the newest due, %s', (_, now, due) => {
    expect(shown(newestDueTick(before, new Date(now)))).toBe(due);
  });

  test('looking back and looking forward agree, all through a year', () => {
    for (let at = Date.parse('2026-01-01T00:17Z'); at < Date.parse('2027-01-05'); at += 11 * 3_600_000) {
      const next = nextTick(before, new Date(at))!;
      const due = newestDueTick(before, new Date(at))!;
      expect([nextTick(before, due), newestDueTick(before, next)]).toEqual([next, next]);
    }
  });

  test('is said in words and shown by the hour of New York', async () => {
    expect(before.timezone).toBe('America/New_York');
    expect(await scheduleInWords(before)).toBe('30 minutes before NYSE opens, on its trading days');
    const [thursday, friday] = weekOfTicks(before, new Date('2026-11-26T12:00Z'));
    expect([thursday!.hours.indexOf(1), friday!.hours.indexOf(1)]).toEqual([-1, 9]);
    expect(longestPeriodSeconds(before, new Date('2026-06-10T00:00Z'))).toBe(4 * 86_400);
  });
});

test('several events, after the close on short days too, are ticks of one schedule', () => {
  const both = schedule('NASDAQ:open-1h,NASDAQ:close+15m,NASDAQ:close+20m');
  expect(nextTicks(both, new Date('2026-11-27T00:00Z'), 4).map(shown)).toEqual([
    '2026-11-27T13:30',
    '2026-11-27T18:15',
    '2026-11-27T18:20',
    '2026-11-30T13:30',
  ]);
  expect(weekOfTicks(both, new Date('2026-11-27T12:00Z'))[0]!.hours[13]).toBe(2);
});

test('without a calendar the cron holds', () => {
  expect(schedule('')).toEqual({ cron: '0 2 * * *', timezone: 'UTC' });
});

test.each([
  ['NYSE:open-30', /is none/],
  ['NYSE:noon', /is none/],
  ['LSE:open', /no calendar LSE/],
  ['NYSE:open-13h', /more than 12 hours/],
  ['NYSE:open,', /"" is none/],
])('%s is refused', (text, words) => {
  expect(parseEdges(text)).toMatch(words);
});

test.each([
  ['NYSE:open', 0],
  [' NYSE:close+15m ', 15],
  ['NYSE:open-90m', -90],
  ['NYSE:open-12h', -720],
  ['NASDAQ:close+720m', 720],
])('%j is taken', (text, minutes) => {
  expect(parseEdges(text)).toMatchObject([{ minutes }]);
});
test.each(['NYSE:open-721m', 'NASDAQ:close+13h'])('%s is too far', (text) => {
  expect(parseEdges(text)).toBe(`${text} is more than 12 hours away`);
});

test.each([
  ['before it opens', '2026-11-25T14:29Z', true],
  ['when it opens', '2026-11-25T14:30Z', false],
  ['at its close', '2026-11-25T21:00Z', true],
  ['on Thanksgiving', '2026-11-26T16:00Z', true],
  ['after an early close', '2026-11-27T18:00Z', true],
  ['before it', '2026-11-27T17:59Z', false],
  ['on a Saturday', '2026-11-28T16:00Z', true],
])('whether it is closed %s', (_, at, closed) => {
  expect(isClosed('NYSE', new Date(at))).toBe(closed);
});

test('a holiday has a name and no session', () => {
  expect([closedDay('NYSE', '2026-11-26'), sessionOf('NYSE', '2026-11-26')]).toEqual(['Thanksgiving', null]);
  expect([closedDay('NYSE', '2026-11-27'), closedDay('NYSE', '2026-11-28')]).toEqual([null, 'weekend']);
});
