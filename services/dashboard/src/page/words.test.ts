import { afterEach, expect, jest, test } from '@jest/globals';
import { clockOf, countOf, dateOf, dayClockOf, plural } from './words.ts';

// Without a zone they are of this machine's, as a reader's are of theirs.
const today = new Date('2026-11-26T20:00');
const at = (local: string): string => new Date(local).toISOString();

test.each([
  ['2026-11-26T14:05:09', /^14:05$/],
  ['2026-11-26T00:00:00', /^00:00$/],
  ['2026-11-25T14:05:09', /^(25\D+Nov|Nov\D+25)\S*,? 14:05$/],
  ['2025-11-26T14:05:09', /2025\S*,? 14:05$/],
])('%s is said as %s', (local, words) => expect(clockOf(at(local), { today })).toMatch(words));

test('seconds are said where they are wanted', () => {
  expect(clockOf(at('2026-11-26T14:05:09'), { today, seconds: true })).toBe('14:05:09');
});

test('a moment has its weekday in any zone', () => {
  expect(dayClockOf('2026-11-26T23:30:00Z', 'UTC')).toBe('Thu 26 Nov, 23:30');
  expect(dayClockOf('2026-11-26T23:30:00Z', 'Asia/Tokyo')).toBe('Fri 27 Nov, 08:30');
});

test('a day is that of UTC', () => expect(dateOf('2026-11-26T23:30:00Z')).toBe('26 Nov 2026'));

test('counts have their thousands apart', () => {
  expect([countOf(1500), plural(1, 'pair'), plural(1500, 'pair')]).toEqual([
    '1,500',
    '1 pair',
    '1,500 pairs',
  ]);
});

afterEach(() => void jest.restoreAllMocks());

// A screen of hundreds of times took 100 ms and more for these alone.
test('no formatter is made for a time or a count: they are made once', () => {
  dayClockOf('2026-11-26T12:00:00Z', 'UTC');
  const made = [
    jest.spyOn(Intl, 'DateTimeFormat'),
    jest.spyOn(Intl, 'NumberFormat'),
    jest.spyOn(Date.prototype, 'toLocaleString'),
    jest.spyOn(Date.prototype, 'toLocaleDateString'),
    jest.spyOn(Date.prototype, 'toLocaleTimeString'),
    jest.spyOn(Number.prototype, 'toLocaleString'),
  ];
  clockOf('2025-11-26T12:00:00Z', { today, seconds: true });
  clockOf('2026-11-25T12:00:00Z', { today });
  dayClockOf('2026-11-26T12:00:00Z', 'UTC');
  dateOf('2026-11-26T12:00:00Z');
  plural(1500, 'pair');
  expect(made.map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0, 0, 0, 0]);
});
