import { describe, expect, test } from '@jest/globals';
import { lastDays, retryAfterSeconds, tryAgainIn } from './again.ts';

describe('an event that was not taken', () => {
  test.each([
    [1, null, 5],
    [2, null, 30],
    [3, null, 300],
    [10, null, 86_400],
    [11, null, null],
    // What the receiver asks for counts where it is longer, and within reason.
    [1, 60, 60],
    [4, 60, 1800],
    [1, 1e9, 86_400],
    [11, 60, null],
  ])('is tried again, after try %i and asked to wait %p s, in %p s', (tries, asked, seconds) => {
    expect(tryAgainIn(tries, asked, 0)).toBe(seconds);
  });

  test('waits up to a fifth longer at random, and is done with before it is too old to be posted', () => {
    expect(tryAgainIn(2, null, 0.5)).toBe(33);
    let seconds = 0;
    for (let tries = 1; ; tries += 1) {
      const next = tryAgainIn(tries, null, 1);
      if (next === null) break;
      seconds += next;
    }
    expect(seconds / 86_400).toBeGreaterThan(3);
    expect(seconds / 86_400).toBeLessThan(lastDays);
  });
});

test.each([
  [null, null],
  ['', null],
  ['120', 120],
  [' 0 ', 0],
  ['-5', null],
  ['1.5', null],
  ['soon', null],
  ['2026', 2026],
  ['Thu, 26 Nov 2026 12:00:30 GMT', 30],
  ['Thu, 26 Nov 2026 11:00:00 GMT', 0],
  ['Thu, 99 Nov 2026 11:00:00 GMT', null],
  ['1 January 2027', null],
])('a Retry-After of %p asks for %p s', (header, seconds) => {
  expect(retryAfterSeconds(header, new Date('2026-11-26T12:00:00Z'))).toBe(seconds);
});
