// Times as files write them: what each says, and what is asked or refused.
import { describe, expect, test } from '@jest/globals';
import { readStamp, shownOrder, typedStamp, unitOf, type DateOrder, type Unit } from './stamp.ts';

const hour = 3_600_000;

/** As ISO 8601 says it, with Z where the text says a zone; else what is unclear or wrong. */
function said(text: string, knows: { order?: DateOrder; unit?: Unit } = {}): string {
  const stamp = readStamp(text, knows);
  if (typeof stamp === 'string') return stamp;
  if ('unclear' in stamp) return `unclear: ${stamp.unclear}`;
  const iso = new Date(stamp.ms).toISOString();
  return (stamp.clock ? iso : iso.slice(0, 10)).replace(stamp.zoned ? /$^/ : 'Z', '').replace('.000', '');
}

test.each([
  ['1714521600', '2024-05-01T00:00:00Z'],
  ['0000001714521601', '2024-05-01T00:00:01Z'],
  ['1714521600.5', '2024-05-01T00:00:00.500Z'],
  ['1714521600.123', '2024-05-01T00:00:00.123Z'],
  ['1714521600000', '2024-05-01T00:00:00Z'],
  ['1714521600001', '2024-05-01T00:00:00.001Z'],
  ['1714521600000000', '2024-05-01T00:00:00Z'],
  ['1714521600001000', '2024-05-01T00:00:00.001Z'],
  ['1714521600001000.0', '2024-05-01T00:00:00.001Z'],
  ['1714521600000000000', '2024-05-01T00:00:00Z'],
  ['1714521600001000000', '2024-05-01T00:00:00.001Z'],
  ['1714521600001000001', 'is finer than a millisecond'],
  ['1714521600001500000', 'is finer than a millisecond'],
  ['1714521600001500', 'is finer than a millisecond'],
  ['1714521600001.5', 'is finer than a millisecond'],
  ['1714521600.0005', 'is finer than a millisecond'],
  // The first and the last second of 2000 to 2100.
  ['946684800', '2000-01-01T00:00:00Z'],
  ['946684799', 'unclear: unit'],
  ['4102444799', '2099-12-31T23:59:59Z'],
  ['4102444800', 'unclear: unit'],
])('the number %s is %s', (text, expected) => {
  expect(said(text)).toBe(expected);
});

test.each<[string, Unit, string]>([
  ['315532800', 's', '1980-01-01T00:00:00Z'],
  ['315532800000', 'ms', '1980-01-01T00:00:00Z'],
  ['315532800000000000', 'ns', '1980-01-01T00:00:00Z'],
  ['-86400', 's', '1969-12-31T00:00:00Z'],
  ['-315619200000000000', 'ns', '1960-01-01T00:00:00Z'],
  ['9999999999999999', 's', 'is of no year that a calendar has'],
  ['-9223372036854775808', 'ms', 'is of no year that a calendar has'],
])('the number %s in %s is %s', (text, unit, expected) => {
  expect(said(text, { unit })).toBe(expected);
});

test.each([
  ['20240131', '2024-01-31'],
  ['19990131', '1999-01-31'],
  ['202401310930', '2024-01-31T09:30:00'],
  ['20240131093015', '2024-01-31T09:30:15'],
  ['20240131 093015', '2024-01-31T09:30:15'],
  ['20240131T093015Z', '2024-01-31T09:30:15Z'],
  ['20240131 09:30:15.250+0530', '2024-01-31T04:00:15.250Z'],
  ['2024-01-31', '2024-01-31'],
  ['2024/1/31', '2024-01-31'],
  ['2024.01.31 09:30', '2024-01-31T09:30:00'],
  ['2024-12-31 23:59:59', '2024-12-31T23:59:59'],
  ['2024-01-31, 9:30', '2024-01-31T09:30:00'],
  ['2024-01-31T09:30:15.123000000Z', '2024-01-31T09:30:15.123Z'],
  ['2024-01-31 09:30:15,5', '2024-01-31T09:30:15.500'],
  ['2024-01-31 09:30:15.05', '2024-01-31T09:30:15.050'],
  ['2024-01-31 9:30 PM', '2024-01-31T21:30:00'],
  ['2024-01-31 12:30 a.m.', '2024-01-31T00:30:00'],
  ['2024-01-31 12:30 pm', '2024-01-31T12:30:00'],
  ['2024-01-31 09:30 UTC', '2024-01-31T09:30:00Z'],
  ['2024-01-31 09:30:00 GMT+0200', '2024-01-31T07:30:00Z'],
  ['2024-01-31 09:30-05', '2024-01-31T14:30:00Z'],
  ['2024-01-31 09:30+05:45', '2024-01-31T03:45:00Z'],
  ['31.01.2024', '2024-01-31'],
  // Whoever writes dots writes the day first.
  ['05.06.2024 09:30', '2024-06-05T09:30:00'],
  ['31/01/2024 09:30:15', '2024-01-31T09:30:15'],
  ['31-01-2024', '2024-01-31'],
  ['13/12/2024', '2024-12-13'],
  ['01/31/2024', '2024-01-31'],
  ['12/13/2024', '2024-12-13'],
  ['12/12/2024', 'unclear: day or month'],
  ['05/06/2024', 'unclear: day or month'],
  ['31 Jan 2024', '2024-01-31'],
  ['1-DEC-2024', '2024-12-01'],
  ['Jan 31, 2024', '2024-01-31'],
  ['February 1, 2024 09:30 PM', '2024-02-01T21:30:00'],
])('%s is %s', (text, expected) => {
  expect(said(text)).toBe(expected);
});

const noTime = expect.stringMatching(/^is no time that is known/);
const noDate = 'has a date that does not exist';
const noClock = 'has a time of day that does not exist';
test.each([
  ['2023-02-29', noDate],
  ['2024-01-32', noDate],
  ['2024-13-01', noDate],
  ['2024-00-10', noDate],
  ['0024-01-31', noDate],
  ['20240230', noDate],
  ['31/02/2024', noDate],
  ['30 Feb 2024', noDate],
  ['2024-01-31 24:00', noClock],
  ['2024-01-31 09:60', noClock],
  ['2024-01-31 09:30:60', noClock],
  ['2024-01-31 13:00 PM', noClock],
  ['2024-01-31 0:30 AM', noClock],
  ['20240131246000', noClock],
  ['2024-01-31 09:30+24:00', 'has an offset that does not exist'],
  ['2024-01-31 09:30+01:60', 'has an offset that does not exist'],
  ['2024-01-31 09:30:15.1234', 'is finer than a millisecond'],
  ['20240131 09:30:15.1234', 'is finer than a millisecond'],
  ['31/01/24', expect.stringMatching(/^has a year of two digits/)],
  ['no 31/01/24', noTime],
  ['31 Foo 2024', noTime],
  ['x20240131 0930', noTime],
  ['20240131 0930x', noTime],
  ['x2024-01-31', noTime],
  ['2024-01-31x', noTime],
  ['2024-01/31', noTime],
  ['1714521600x', noTime],
  ['x1714521600', noTime],
  ['1714', noTime],
  ['', noTime],
])('%s is refused: %s', (text, why) => {
  expect(said(text)).toEqual(why);
});

describe('day and month', () => {
  test('are in the order that other rows have shown', () => {
    expect(said('05/06/2024', { order: 'day-first' })).toBe('2024-06-05');
    expect(said('05/06/2024', { order: 'month-first' })).toBe('2024-05-06');
    expect(said('05.06.2024', { order: 'month-first' })).toBe('2024-06-05');
  });
  test.each([
    ['13/12/2024', 'day-first'],
    ['12-13-2024 09:30', 'month-first'],
    ['12/12/2024', undefined],
    ['13/13/2024', undefined],
    ['13.12.2024', undefined],
    ['2024-12-13', undefined],
  ])('%s shows %s', (text, order) => {
    expect(shownOrder(text)).toBe(order);
  });
});

test('a day is that of the clock on the wall, whatever the zone', () => {
  const day = Date.UTC(2024, 2, 8);
  expect(readStamp('2024-03-08 00:00:00-05:00', {})).toMatchObject({
    ms: day + 5 * hour,
    wall: 0,
    date: day,
  });
  expect(readStamp('2024-03-08T09:30', {})).toMatchObject({ wall: 9.5 * hour, date: day, zoned: false });
  expect(typedStamp(day + 9.5 * hour, true, true)).toMatchObject({ wall: 9.5 * hour, date: day });
  // Before 1970.
  expect(typedStamp(-hour, true, true)).toMatchObject({ wall: 23 * hour, date: -24 * hour });
});

test('no number is a time of two units', () => {
  const since2000 = 946_684_800;
  expect([1, 1e3, 1e6, 1e9].map((perSecond) => unitOf(since2000 * perSecond))).toEqual([
    's',
    'ms',
    'µs',
    'ns',
  ]);
  expect([1, 1e3, 1e6, 1e9].map((perSecond) => unitOf((since2000 - 1) * perSecond))).toEqual(
    Array.from({ length: 4 }),
  );
});
