// From clocks on the wall to UTC. What clocks do when they change is tested through files in refusals.test.ts.
import { expect, test } from '@jest/globals';
import { zoneOf } from './zone.ts';

const toUtc = (zone: string, wall: string): string | number => {
  const utc = zoneOf(zone).toUtc(Date.parse(`${wall}Z`), null, false);
  return typeof utc === 'string' ? utc : new Date(utc).toISOString().slice(0, 16);
};

test.each([
  ['+02:00', '2024-07-01T09:00', '2024-07-01T07:00'],
  ['-5', '2024-07-01T09:00', '2024-07-01T14:00'],
  ['UTC+14', '2024-07-01T09:00', '2024-06-30T19:00'],
  ['GMT-3:30', '2024-07-01T09:00', '2024-07-01T12:30'],
  ['+0545', '2024-07-01T09:00', '2024-07-01T03:15'],
  ['+00:59', '2024-07-01T09:00', '2024-07-01T08:01'],
  ['utc', '2024-07-01T09:00', '2024-07-01T09:00'],
  ['Z', '2024-07-01T09:00', '2024-07-01T09:00'],
  ['Etc/UTC', '2024-07-01T09:00', '2024-07-01T09:00'],
  // POSIX counts the other way.
  ['Etc/GMT-2', '2024-07-01T09:00', '2024-07-01T07:00'],
  ['America/New_York', '2024-01-15T09:30', '2024-01-15T14:30'],
  ['America/New_York', '2024-07-15T09:30', '2024-07-15T13:30'],
  ['America/New_York', '1995-07-15T09:30', '1995-07-15T13:30'],
  ['America/New_York', '1969-12-31T20:00', '1970-01-01T01:00'],
  ['Asia/Kolkata', '2024-07-15T09:30', '2024-07-15T04:00'],
  ['America/New_York+7', '2024-07-15T00:00', '2024-07-14T21:00'],
  ['America/New_York-1', '2024-07-15T00:00', '2024-07-15T05:00'],
  ['EET', '2024-07-15T09:00', '2024-07-15T06:00'],
])('in %s %s is %s', (zone, wall, utc) => {
  expect(toUtc(zone, wall)).toBe(utc);
});

test.each([
  ['the day before, in spring', '2024-03-09T23:59', '2024-03-10T04:59'],
  ['the last minute before, in spring', '2024-03-10T01:59', '2024-03-10T06:59'],
  ['the first minute after, in spring', '2024-03-10T03:00', '2024-03-10T07:00'],
  ['the last before the repeated hour', '2024-11-03T00:59', '2024-11-03T04:59'],
  ['the first after the repeated hour', '2024-11-03T02:00', '2024-11-03T07:00'],
  ['the day after', '2024-11-04T00:00', '2024-11-04T05:00'],
])('around a change of the clocks: %s', (_, wall, utc) => {
  expect(toUtc('America/New_York', wall)).toBe(utc);
});

test('milliseconds stay, also where clocks have just changed', () => {
  const wall = Date.UTC(2024, 2, 10, 3, 0, 0, 250);
  expect(zoneOf('America/New_York').toUtc(wall, null, false)).toBe(Date.UTC(2024, 2, 10, 7, 0, 0, 250));
});

test.each([
  '+15',
  '+14:60',
  '+02:00 or so',
  'UTC in summer',
  'not UTC',
  'America/New_York+7h',
  'America/New_York++7',
  '',
])('%j is no zone', (zone) => {
  expect(() => zoneOf(zone)).toThrow(/^--timezone ".*" is no time zone: give a name such as UTC/);
});
