import { expect, test } from '@jest/globals';
import { epochUnit } from './epoch-unit.ts';

const now = new Date('2026-11-27T06:00:00Z');

test.each([
  ['seconds', [1_704_067_200], 's'],
  ['milliseconds', [1_704_067_200_000, 1_735_689_600_000], 'ms'],
  ['microseconds, as Binance has since 2025', [1_735_689_600_000_000], 'us'],
  ['nanoseconds', [1_704_067_200_000_000_000], 'ns'],
  ['seconds of 1990, whose digits are fewer', [631_152_000, 1_704_067_200], 's'],
  ['a bar of this hour, stamped at its close', [now.getTime() + 3_600_000], 'ms'],
] as const)('%s are known by their size', (_, times, unit) => {
  expect(epochUnit(times, now)).toEqual({ unit });
});

test.each([
  ['no rows', [null, null], /no row yet/],
  ['two units in one column', [1_704_067_200, 1_735_689_600_000], /no times .* in any one unit/],
  ['a count of days', [19_723], /19723 are no times/],
  ['a time of next year', [1_830_297_600], /no times/],
  ['YYYYMMDD', [20_240_102], /no times/],
])('%s is not guessed', (_, times, problem) => {
  expect(epochUnit(times, now)).toMatchObject({ unit: null, problem: expect.stringMatching(problem) });
});
