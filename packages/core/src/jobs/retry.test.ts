import { expect, test } from '@jest/globals';
import { afterFailure } from './retry.ts';

const fault = { retryable: true, infrastructure: false };
const hopeless = { retryable: false, infrastructure: false };
const trouble = { retryable: true, infrastructure: true };
const of = (attempt: number, postponed: number, maxAttempts = 100) => ({ attempt, maxAttempts, postponed });

test.each([
  [1, 0, 5],
  [2, 0, 10],
  [3, 0, 20],
  [1, 0.5, 3.75],
  [9, 0, 600],
  [50, 0.999, 300.3],
])('after attempt %d, with random %d, a job waits %d s', (attempt, random, seconds) => {
  const next = afterFailure(of(attempt, 3), fault, random);
  expect(next).toMatchObject({ status: 'queued', attempt, postponed: 0 });
  expect(next.delaySeconds).toBeCloseTo(seconds, 1);
});

test.each([
  [0, 0, 10],
  [1, 0, 20],
  [2, 0.5, 30],
  [5, 0, 320],
  [6, 0, 600],
  [99, 0.999, 300.3],
])(
  'put off %d times before, with random %d, a job waits %d s for the infrastructure',
  (before, random, seconds) => {
    const next = afterFailure(of(2, before), trouble, random);
    expect(next).toMatchObject({ status: 'queued', attempt: 1, postponed: before + 1 });
    expect(next.delaySeconds).toBeCloseTo(seconds, 1);
  },
);

test.each([
  ['the last attempt fails', of(4, 2, 4), fault, { status: 'failed', attempt: 4 }],
  ['an attempt fails for good', of(1, 0, 4), hopeless, { status: 'failed', attempt: 1 }],
  ['the infrastructure fails the last attempt', of(4, 0, 4), trouble, { status: 'queued', attempt: 3 }],
  ['it fails an only attempt', of(1, 9, 1), trouble, { status: 'queued', attempt: 0 }],
  [
    'it has failed a hundred in a row',
    of(2, 100, 4),
    trouble,
    { status: 'queued', attempt: 2, postponed: 0 },
  ],
  ['it has failed a hundred of the last', of(4, 100, 4), trouble, { status: 'failed', attempt: 4 }],
])('when %s', (_, tried, failure, expected) => {
  expect(afterFailure(tried, failure, 0.5)).toMatchObject(expected);
});
