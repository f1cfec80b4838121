import { describe, expect, test } from '@jest/globals';
import { rhythmOf, type BarRhythm, type Bars } from '@ml-training/core';
import { requireFit } from './fit.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const barsAt = (time: readonly number[]): Bars => {
  const column = Float64Array.from(time, () => 1);
  return {
    symbol: 'TEST',
    time: Float64Array.from(time),
    open: column,
    high: column,
    low: column,
    close: column,
    volume: column,
  };
};
const every = (step: number, count: number, from: number): number[] =>
  Array.from({ length: count }, (_, i) => from + i * step);
const start = Date.UTC(2024, 0, 1);
const rhythm = (time: readonly number[], stamped?: 'open' | 'close'): BarRhythm =>
  rhythmOf(Float64Array.from(time), stamped)!;

/** Hours of a New York session from 9:30 to 16:00, in winter and from the 10th of March on an hour earlier in UTC. */
const session = (opens: readonly number[], days = 60): number[] =>
  every(day, days, start)
    .filter((date) => new Date(date).getUTCDay() % 6 !== 0)
    .flatMap((date) => opens.map((clock) => date + (clock + (date < Date.UTC(2024, 2, 10) ? 5 : 4)) * hour));
const halfPast = [9.5, 10.5, 11.5, 12.5, 13.5, 14.5, 15.5];

const crypto = rhythm(every(hour, 400, start));
const stocks = rhythm(session(halfPast));
const daily = rhythm(session([0], 300));
/** Monday, the 4th of March 2024, 21 bars before it. */
const upTo = (newest: number, step = hour): number[] => every(step, 21, newest - 20 * step);
const monday = Date.UTC(2024, 2, 4);

const refusal = (time: readonly number[], of: BarRhythm | undefined, now: number): string | null => {
  try {
    requireFit(barsAt(time), of, now);
    return null;
  } catch (error) {
    return (error as { code: string }).code + ' ' + (error as Error).message;
  }
};

describe('a bar that has not closed is refused', () => {
  test.each<[string, BarRhythm, number, number]>([
    ['half an hour before, of crypto', crypto, monday + 12 * hour, 30 * minute],
    ['a moment after it opened', crypto, monday + 12 * hour, second],
    ['two minutes before', crypto, monday + 12 * hour, 58 * minute],
    ['in the middle of a session', stocks, monday + 15.5 * hour, 30 * minute],
    ['a day of crypto at noon', rhythm(every(day, 400, start)), monday, 12 * hour],
    ['a minute, half a minute before', rhythm(every(minute, 20_000, start)), monday, 30 * second],
  ])('%s', (_, of, newest, after) => {
    expect(refusal(upTo(newest, of.interval_ms), of, newest + after)).toMatch(
      /^BARS_UNCLOSED TEST: the last bar, of 2024-03-04T.*Z, closes at .*leave it out until then/,
    );
  });

  test.each([undefined, crypto, stocks])('of the future, by whichever model: %#', (of) => {
    expect(refusal(upTo(monday), of, monday - 2 * minute)).toMatch(/^BARS_UNCLOSED TEST: .* is after now, /);
  });
});

describe('never refused is', () => {
  test.each<[string, BarRhythm, number, number]>([
    ['a bar right at its close', crypto, monday + 12 * hour, hour],
    ['by a clock that is a few seconds late', crypto, monday + 12 * hour, hour - 5 * second],
    [
      'of minutes, by a clock that is a second late',
      rhythm(every(minute, 20_000, start)),
      monday,
      59 * second,
    ],
    ['the last bar of a session, which is half as long', stocks, monday + 20.5 * hour, 30 * minute],
    ['the same in summer, of a model trained in winter', stocks, monday + 19.5 * hour, 30 * minute],
    ['a day of stocks, at its close', daily, monday + 5 * hour, 16 * hour],
    ['a day of 23 hours in a zone', rhythm(every(day, 400, start + 5 * hour)), monday + 5 * hour, 23 * hour],
    ['the last week', rhythm(every(7 * day, 100, start)), monday, 5 * day],
    [
      'a month of 29 days',
      rhythm(Array.from({ length: 60 }, (_, m) => Date.UTC(2020, m, 1))),
      Date.UTC(2024, 1, 1),
      29 * day,
    ],
  ])('%s', (_, of, newest, after) => {
    expect(refusal(upTo(newest, of.interval_ms), of, newest + after)).toBeNull();
  });

  test('a bar that is stamped when it closes, of a model trained on such', () => {
    const closing = rhythm(every(hour, 400, start), 'close');
    expect(refusal(upTo(monday), closing, monday)).toBeNull();
    expect(refusal(upTo(monday), closing, monday - 30 * minute)).toMatch(/^BARS_UNCLOSED/);
  });

  test.each<[string, readonly number[], BarRhythm]>([
    ['bars around a weekend', session(halfPast).slice(28, 49), stocks],
    [
      'days around a holiday',
      session([0], 300)
        .filter((_, i) => i % 7 !== 0)
        .slice(40, 61),
      daily,
    ],
    ['two bars over a night', session(halfPast).slice(6, 8), stocks],
    ['three days around weekends', [start, start + 3 * day, start + 4 * day, start + 7 * day], daily],
    ['months', [0, 31, 60, 91].map((at) => start + at * day), rhythm(every(31 * day, 30, start))],
    ['one bar', [start], crypto],
    ['bars of a model that keeps none', upTo(start, 5 * minute), crypto],
  ])('for their interval: %s', (name, time, of) => {
    expect(refusal(time, name.endsWith('keeps none') ? undefined : of, start + 400 * day)).toBeNull();
  });
});

test.each<[string, readonly number[], BarRhythm, string]>([
  [
    'minutes for hours',
    upTo(start, 5 * minute),
    crypto,
    'every 5 minutes, and this model was trained on bars of 1 hour',
  ],
  ['days for hours', upTo(start, day), crypto, 'every 1 day, and this model was trained on bars of 1 hour'],
  [
    'hours for days',
    session(halfPast).slice(0, 21),
    daily,
    'every 1 hour, and this model was trained on bars of 1 day',
  ],
  ['a window of three', every(minute, 3, start), crypto, 'every 1 minute, '],
])('bars of another interval are refused: %s', (_, time, of, words) => {
  expect(refusal(time, of, start + 400 * day)).toContain(
    `BARS_OTHER_INTERVAL TEST: these bars come ${words}`,
  );
});
