import { describe, expect, test } from '@jest/globals';
import { Cron } from 'croner';
import { cronProblem } from './cron-fields.ts';

describe("what is cron's is taken, and croner reads it", () => {
  test.each([
    '0 2,14,22 * * *',
    '*/15 * * * *',
    '0 9-16/2 * * 1-5',
    '5,10-20/5,*/30 0 1,15 1-12 0-7',
    '59 23 31 12 7',
    '0 0 1 jan,MAR mon-FRI',
    '0 0 * * Sun',
    '00 02 * * *',
  ])('%s', (cron) => {
    expect(cronProblem(cron)).toBeNull();
    expect(new Cron(cron, { timezone: 'UTC', paused: true }).nextRun()).toBeInstanceOf(Date);
  });
});

test.each([
  ['0 2,14,25 * * *', 'its hour is 2,14,25, and 25 is not from 0 to 23'],
  ['60 2 * * *', 'its minute is 60, and 60 is not from 0 to 59'],
  ['0 2 0 * *', 'its day of the month is 0, and 0 is not from 1 to 31'],
  ['0 2 * 13 *', 'its month is 13, and 13 is not from 1 to 12 or JAN to DEC'],
  ['0 2 * * 8', 'its weekday is 8, and 8 is not from 0 to 7 or SUN to SAT'],
  ['0 22-2 * * *', 'its hour is 22-2, and 22-2 runs backwards: write it as two ranges'],
  ['*/0 * * * *', 'its minute is */0, and the step in */0 must be from 1 to 59'],
  ['5/15 * * * *', 'its minute is 5/15, and 5/15 has a step without a range: write 5-59/15'],
  ['0 0 ? * *', 'its day of the month is ?, and ? is not *, a value'],
  ['0 0 L * *', 'its day of the month is L, and L is not *'],
  ['0 0 15W * *', 'its day of the month is 15W, and 15W is not *'],
  ['0 0 * * 5#2', 'its weekday is 5#2, and 5#2 is not *'],
  ['0 0 * * 5L', 'its weekday is 5L, and 5L is not *'],
  ['0 0 * * +1', 'its weekday is +1, and +1 is not *'],
  ['0 1,,2 * * *', 'its hour is 1,,2, and an empty place in a list is not *'],
  ['0 -1 * * *', 'its hour is -1, and -1 is not *'],
  ['0 1-2-3 * * *', 'its hour is 1-2-3, and 1-2-3 is not *'],
  ['0 1/2/3 * * *', 'its hour is 1/2/3, and 1/2/3 is not *'],
  ['0 2.5 * * *', 'its hour is 2.5, and 2.5 is not *'],
  ['0 MON * * *', 'its hour is MON, and MON is not *'],
  ['0 0 2 * * *', 'it has 6 fields (seconds are not taken)'],
  ['0 2 * *', 'it has 4 fields'],
  ['2', 'it has 1 field'],
  ['@daily', 'names such as @daily are not taken: write 0 0 * * *'],
  ['@Reboot', 'names such as @Reboot are not taken'],
])('%s is refused: %s', (cron, problem) => {
  expect(cronProblem(cron)).toMatch(new RegExp(`^${problem.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`));
});
