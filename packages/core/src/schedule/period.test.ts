import { expect, test } from '@jest/globals';
import { longestPeriodSeconds } from './period.ts';

const hour = 3600;
const day = 24 * hour;

test.each([
  ["the guide's", '0 2,14,22 * * *', 'UTC', 12 * hour],
  ['every minute', '* * * * *', 'UTC', 60],
  ['every five minutes', '*/5 * * * *', 'Asia/Kolkata', 300],
  ['every half hour, off the hour', '7,37 * * * *', 'UTC', 1800],
  ['minutes of trading hours, on weekdays', '* 9-15 * * 1-5', 'America/New_York', 2 * day + 17 * hour + 60],
  ['once on weekdays', '0 2 * * 1-5', 'UTC', 3 * day],
  ['once a week', '30 6 * * 1', 'UTC', 7 * day],
  // From 1 January; February is behind the five weeks.
  ['once a month', '0 0 1 * *', 'UTC', 31 * day],
  ['on a leap day', '0 0 29 2 *', 'UTC', 4 * 365 * day + day],
])('%s', (_, cron, timezone, seconds) => {
  expect(longestPeriodSeconds({ cron, timezone }, new Date('2026-01-01T12:34:56Z'))).toBe(seconds);
});

test('the night on which clocks are put back has a longer one', () => {
  const berlin = { cron: '0 2 * * *', timezone: 'Europe/Berlin' };
  expect(longestPeriodSeconds(berlin, new Date('2026-10-20T12:00Z'))).toBe(25 * hour);
});
