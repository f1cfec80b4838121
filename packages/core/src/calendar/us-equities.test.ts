import { expect, test } from '@jest/globals';
import { plusDays, usClosed, usClosesEarly } from './us-equities.ts';

/** Days of a year for which something holds, without weekends. */
const daysOf = (year: number, holds: (date: string) => boolean): string =>
  Array.from({ length: 366 }, (_, i) => plusDays(`${year}-01-01`, i))
    .filter((date) => date.startsWith(String(year)) && holds(date))
    .map((date) => date.slice(5))
    .join(' ');

// As the exchanges have published them, year by year.
test.each([
  [2012, '01-02 01-16 02-20 04-06 05-28 07-04 09-03 10-29 10-30 11-22 12-25'],
  [2018, '01-01 01-15 02-19 03-30 05-28 07-04 09-03 11-22 12-05 12-25'],
  [2019, '01-01 01-21 02-18 04-19 05-27 07-04 09-02 11-28 12-25'],
  [2020, '01-01 01-20 02-17 04-10 05-25 07-03 09-07 11-26 12-25'],
  [2021, '01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 12-24'],
  [2022, '01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 12-26'],
  [2023, '01-02 01-16 02-20 04-07 05-29 06-19 07-04 09-04 11-23 12-25'],
  [2024, '01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25'],
  [2025, '01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25'],
  [2026, '01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25'],
  [2027, '01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24'],
  [2028, '01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25'],
])('NYSE was, or will be, closed in %i on %s', (year, holidays) => {
  expect(daysOf(year, (date) => ![null, 'weekend'].includes(usClosed(date)))).toBe(holidays);
});

test.each([
  [2019, '07-03 11-29 12-24'],
  [2020, '11-27 12-24'],
  [2021, '11-26'],
  [2022, '11-25'],
  [2023, '07-03 11-24'],
  [2024, '07-03 11-29 12-24'],
  [2025, '07-03 11-28 12-24'],
  [2026, '11-27 12-24'],
  [2027, '11-26'],
  [2028, '07-03 11-24'],
])('it closes early in %i on %s', (year, days) => {
  expect(daysOf(year, usClosesEarly)).toBe(days);
});
