import { expect, test } from '@jest/globals';
import { trainersMayBeAway } from './trainers-away.ts';

const now = new Date('2024-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - 1000 * seconds);

test.each([
  ['trainers that stay', 0, null, false],
  ['no job that waits', 60, null, true],
  ['a job that has waited a minute', 60, ago(60), true],
  ['a job that has waited for minutes', 60, ago(150), false],
])('with %s', (_, seconds, waitingSince, may) => {
  expect(trainersMayBeAway({ TRAINER_IDLE_SECONDS: seconds }, waitingSince, now)).toBe(may);
});
