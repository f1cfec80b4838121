import { expect, test } from '@jest/globals';
import { backOffMs } from './back-off.ts';

test.each([
  [1, 0, 1000],
  [1, 1, 500],
  [2, 0, 2000],
  [4, 0.5, 6000],
  [7, 0, 60_000],
  [5000, 1, 30_000],
])('after %d tries in vain, with random %d, a bot waits %d ms', (tries, random, ms) => {
  expect(backOffMs(tries, random)).toBe(ms);
});
