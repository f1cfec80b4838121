import { expect, test } from '@jest/globals';
import { plusDays, usClosed, usClosesEarly, usRestOfBonds, usRestOfToronto } from './us-equities.ts';

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
  [2000, '07-03 11-24'],
  [2001, '07-03 11-23 12-24'],
  [2002, '07-05 11-29 12-24'],
  [2003, '07-03 11-28 12-24 12-26'],
  [2008, '07-03 11-28 12-24'],
  [2013, '07-03 11-29 12-24'],
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

test.each([
  [2022, '10-10 11-11', '05-23 08-01'],
  [2023, '10-09', '05-22 08-07'],
  [2024, '10-14 11-11', '05-20 08-05'],
  [2025, '10-13 11-11', '05-19 08-04'],
  [2026, '10-12 11-11', '05-18 08-03'],
  [2027, '10-11 11-11', '05-24 08-02'],
])('in %i it trades while bonds rest on %s, and while Toronto does on %s', (year, bonds, toronto) => {
  expect(daysOf(year, usRestOfBonds)).toBe(bonds);
  expect(daysOf(year, usRestOfToronto)).toBe(toronto);
});

// The earliest and the latest, and those on which the last correction of the rule counts.
test.each([
  '2000-04-21',
  '2001-04-13',
  '2002-03-29',
  '2003-04-18',
  '2004-04-09',
  '2005-03-25',
  '2006-04-14',
  '2007-04-06',
  '2008-03-21',
  '2009-04-10',
  '2010-04-02',
  '2011-04-22',
  '2013-03-29',
  '2014-04-18',
  '2015-04-03',
  '2016-03-25',
  '2017-04-14',
  '2029-03-30',
  '2030-04-19',
  '2038-04-23',
  '2049-04-16',
  '2076-04-17',
  '2079-04-21',
  '2285-03-20',
])('Good Friday is on %s', (date) => {
  expect(usClosed(date)).toBe('Good Friday');
});
