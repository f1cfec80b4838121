import { expect, test } from '@jest/globals';
import { parseBarTime } from './time.ts';

test.each([
  ['2024-01-31T09:30:00Z', '2024-01-31T09:30:00.000Z'],
  ['2024-01-31T09:30Z', '2024-01-31T09:30:00.000Z'],
  ['2024-01-31 09:30:00+00:00', '2024-01-31T09:30:00.000Z'],
  ['2024-01-31T09:30:00-05:00', '2024-01-31T14:30:00.000Z'],
  ['2024-01-31T00:30:00+0530', '2024-01-30T19:00:00.000Z'],
  ['2024-01-31T09:30:00+01', '2024-01-31T08:30:00.000Z'],
  ['2024-01-31T09:30:00.5Z', '2024-01-31T09:30:00.500Z'],
  ['2024-01-31T09:30:00.123000Z', '2024-01-31T09:30:00.123Z'],
  ['2024-01-31', '2024-01-31T00:00:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['1871-01-01', '1871-01-01T00:00:00.000Z'],
])('%s is %s', (text, iso) => {
  expect(parseBarTime(text)).toBe(Date.parse(iso));
});

test.each([
  ['2024-01-31T09:30:00', 'no time zone'],
  ['2024-01-31 09:30', 'no time zone'],
  ['2024-01-31T09:30:00.123456Z', 'finer than a millisecond'],
  ['2023-02-29', 'a date that does not exist'],
  ['2024-13-01', 'a date that does not exist'],
  ['2024-00-10', 'a date that does not exist'],
  ['2024-04-31T00:00:00Z', 'a date that does not exist'],
  ['0024-01-01', 'a date that does not exist'],
  ['2024-01-31T24:00:00Z', 'a time of day that does not exist'],
  ['2024-01-31T09:60:00Z', 'a time of day that does not exist'],
  ['2024-01-31T23:59:60Z', 'a time of day that does not exist'],
  ['2024-01-31T09:30:00+24:00', 'an offset that does not exist'],
  ['2024-01-31T09:30:00+01:60', 'an offset that does not exist'],
  ['', 'not ISO 8601'],
  ['1706693400', 'not ISO 8601'],
  ['31.01.2024', 'not ISO 8601'],
  ['2024-1-31', 'not ISO 8601'],
  ['2024-01-31Z', 'not ISO 8601'],
  [' 2024-01-31', 'not ISO 8601'],
  ['2024-01-31T09:30:00Z\n', 'not ISO 8601'],
  ['2024-01-31T09:30:00 Europe/Berlin', 'not ISO 8601'],
])('%j is refused: %s', (text, problem) => {
  expect(parseBarTime(text)).toEqual(expect.stringContaining(problem));
});
