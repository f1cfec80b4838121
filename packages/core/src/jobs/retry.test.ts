import { expect, test } from '@jest/globals';
import { retryDelaySeconds } from './retry.ts';

test.each([
  [1, 0, 5],
  [2, 0, 10],
  [3, 0, 20],
  [1, 0.5, 3.75],
  [9, 0, 600],
  [50, 0.999, 300.3],
])('after attempt %d, with random %d, a job waits %d s', (attempt, random, seconds) => {
  expect(retryDelaySeconds(attempt, random)).toBeCloseTo(seconds, 1);
});
