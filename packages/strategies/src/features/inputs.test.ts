// What is known of other bars at a close, and what isn't yet.
import { describe, expect, test } from '@jest/globals';
import { closedBy, typicalStep } from '@ml-training/sdk';
import { closes, walk } from '../../test/bars.ts';
import type { Bars } from '../strategy.ts';
import { sliceBars } from './compute.ts';
import { coverageOf, inputBarsOf, joinBars, resampleBars, stepOfWords } from './inputs.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Bars that begin at these minutes and close at 1, 2, 3… */
const at = (minutes: readonly number[], step?: number): Bars => {
  const bars = closes(minutes.map((_, i) => i + 1));
  const begun = { ...bars, symbol: 'OTHER', time: Float64Array.from(minutes, (m) => m * minute) };
  return step === undefined ? begun : { ...begun, step: step * minute };
};
const every = (step: number, count: number, from = 0) =>
  at(Array.from({ length: count }, (_, i) => from + i * step));
const joined = (own: Bars, input: Bars): number[] => [...inputBarsOf(joinBars(own, input)).close];
const none = Number.NaN;

test.each([
  ['bars of the same step', every(60, 4), every(60, 4), [1, 2, 3, 4]],
  ['coarser bars, which are known once they close', every(60, 7), every(180, 2), [none, none, 1, 1, 1, 2, 2]],
  ['finer bars: the last that closes no later', every(60, 3), every(15, 12), [4, 8, 12]],
  ['bars that close a minute later', every(60, 3), every(60, 3, 1), [none, 1, 2]],
  ['bars that close a minute earlier', every(60, 3), every(60, 4, -1), [1, 2, 3]],
  ['bars of before', every(60, 2, 600), every(60, 3), [3, 3]],
  ['a gap, over which the last one stands', every(60, 6), at([0, 60, 240, 300], 60), [1, 2, 2, 2, 3, 4]],
  ['own bars around a gap', at([0, 60, 300], 60), every(60, 6), [1, 2, 6]],
  ['none', every(60, 2), at([], 60), [none, none]],
])('as of a close: %s', (_, own, input, expected) => {
  expect(joined(own, input)).toEqual(expected);
});

test('a bar that is over before the usual time knows nothing of the next one’s', () => {
  // February of months that mostly last 31 days, and a day of 23 hours.
  const months = [0, 1, 2, 3, 4, 5, 6, 7].map((month) => Date.UTC(2023, month, 1));
  const own = { ...closes(months), time: Float64Array.from(months) };
  expect(typicalStep(own.time)).toBe(31 * day);
  const days = walk({ rows: 250, seed: 1, startMs: months[0]!, stepMs: day });
  const known = joinBars(own, days).last;
  expect([...known].map((i) => new Date(days.time[i]!).toISOString().slice(0, 10))).toEqual([
    '2023-01-31',
    '2023-02-28',
    '2023-03-31',
    '2023-04-30',
    '2023-05-31',
    '2023-06-30',
    '2023-07-31',
    '2023-08-31',
  ]);
  for (const to of [2, 4, 8]) {
    const slice = sliceBars({ ...own, inputs: [days] }, { from: to - 2, to });
    expect(joined(slice, slice.inputs![0]!)).toEqual(joined(own, days).slice(to - 2, to));
  }
});

test('a bar is known from its end on, to the millisecond', () => {
  const input = every(60, 3);
  expect([hour - 1, hour, 2 * hour - 1, 2 * hour, 9 * hour].map((time) => closedBy(input, time))).toEqual([
    0, 1, 1, 2, 3,
  ]);
});

test('how long a bar lasts is their usual distance, whatever is missing', () => {
  const weekdays = Array.from({ length: 30 }, (_, i) => i).filter((i) => i % 7 < 5);
  expect(typicalStep(Float64Array.from(weekdays, (i) => i * day))).toBe(day);
  expect(typicalStep(Float64Array.from([0, 1, 4, 5, 9, 10, 30], (i) => i * hour))).toBe(hour);
  expect(typicalStep(Float64Array.of(0, 3 * day))).toBe(3 * day);
  expect(typicalStep(Float64Array.of(5))).toBe(0);
});

describe('resampled', () => {
  const resample = (own: Bars, step: number) => {
    const { bars, last } = resampleBars(own, step * minute);
    return {
      begins: [...bars.time].map((time) => time / minute),
      closes: [...bars.close],
      last: [...last],
      bars,
    };
  };

  test('a group is known at the close that ends it, and no sooner', () => {
    expect(resample(every(15, 10), 60)).toMatchObject({
      begins: [0, 60],
      closes: [4, 8],
      last: [-1, -1, -1, 0, 0, 0, 0, 1, 1, 1],
    });
  });

  test('a group whose beginning may be cut off is left out', () => {
    expect(resample(every(15, 10, 15), 60)).toMatchObject({
      begins: [60],
      closes: [7],
      last: [-1, -1, -1, -1, -1, -1, 0, 0, 0, 0],
    });
  });

  test('with bars missing, a group is known at the first close after its end', () => {
    // Of 60 to 120 the last is missing, of 120 to 180 the first.
    expect(resample(at([0, 15, 30, 45, 60, 75, 90, 135, 150, 165, 180], 15), 60)).toMatchObject({
      begins: [0, 60, 120],
      closes: [4, 7, 10],
      last: [-1, -1, -1, 0, 0, 0, 0, 1, 1, 2, 2],
    });
  });

  test('a stretch without a bar makes no group', () => {
    expect(resample(at([0, 30, 240, 270], 30), 60)).toMatchObject({
      begins: [0, 240],
      last: [-1, 0, 0, 1],
    });
  });

  test('weeks begin on Mondays, days at midnight UTC', () => {
    const own = walk({ rows: 24 * 30, seed: 1, startMs: Date.UTC(2024, 0, 3, 5) });
    const days = resampleBars(own, day).bars.time;
    expect(new Date(days[0]!).toISOString()).toBe('2024-01-04T00:00:00.000Z');
    const weeks = resampleBars(own, 7 * day).bars.time;
    expect([...weeks].map((time) => new Date(time).toISOString().slice(0, 10))).toEqual([
      '2024-01-08',
      '2024-01-15',
      '2024-01-22',
    ]);
  });

  test('prices, volume and columns are those of the whole group', () => {
    const own = walk({ rows: 8, seed: 3, stepMs: 15 * minute });
    const volume = own.volume.slice().fill(Number.NaN, 4).fill(7, 5, 6);
    const columns = { funding: Float64Array.of(1, 2, none, none, none, none, none, none) };
    const { bars } = resample({ ...own, volume, columns }, 60);
    expect(bars.open[1]).toBe(own.open[4]);
    expect(bars.high[1]).toBe(Math.max(...own.high.subarray(4)));
    expect(bars.low[1]).toBe(Math.min(...own.low.subarray(4)));
    expect(bars.close[1]).toBe(own.close[7]);
    expect(bars.volume[0]).toBe(own.volume[0]! + own.volume[1]! + own.volume[2]! + own.volume[3]!);
    expect(bars.volume[1]).toBe(7);
    expect([...bars.columns!['funding']!]).toEqual([2, none]);
  });
});

test('a slice has of its inputs what is known at its closes, and joins to the same', () => {
  const own = walk({ rows: 60, seed: 1, stepMs: 15 * minute });
  const inputs = [
    walk({ rows: 25, seed: 2, stepMs: hour, startMs: own.time[0]! - 4 * hour }),
    walk({ rows: 950, seed: 3, stepMs: minute }),
  ];
  const whole = { ...own, inputs };
  for (const [from, to] of [
    [0, 60],
    [7, 30],
    [31, 32],
    [59, 60],
  ] as const) {
    const slice = sliceBars(whole, { from, to });
    slice.inputs!.forEach((input, i) => {
      const end = own.time[to - 1]! + 15 * minute;
      expect(input.time.at(-1)! + input.step!).toBeLessThanOrEqual(end);
      expect(joined(slice, input)).toEqual(joined(own, inputs[i]!).slice(from, to));
    });
  }
  expect(sliceBars(whole, { from: 5, to: 5 }).inputs!.map(({ time }) => time.length)).toEqual([0, 0]);
});

test('a column of the own step is laid to the other bars, one of another length refused', () => {
  const input = inputBarsOf(joinBars(every(60, 4), every(120, 2)));
  expect([...input.join([10, 20])]).toEqual([none, 10, 10, 20]);
  expect(() => input.join(input.close)).toThrow('4 values for the 2 bars of OTHER');
  expect(() => input.join('close' as never)).toThrow('give one value for each');
});

describe('coverage', () => {
  const own = every(60, 24 * 40);
  const coverage = (input: Bars) => coverageOf(own, input);
  const hours = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => (from + i) * 60);

  test('counts what comes before the first bar and what an older bar stood in for', () => {
    expect(coverage(at([...hours(5, 100), ...hours(110, 24 * 40)]))).toEqual({
      symbol: 'OTHER',
      before: 5,
      carried: 10,
      longest: 10 * hour,
      covered: 24 * 40 - 5,
    });
  });

  test('takes nights and weekends for no stretch that is missing', () => {
    const session = hours(0, 24 * 40).filter(
      (m) => m % 1440 >= 13 * 60 && m % 1440 < 20 * 60 && Math.floor(m / 1440) % 7 < 5,
    );
    const { covered, carried } = coverage(at(session));
    expect(carried).toBeGreaterThan(24 * 25);
    expect(covered).toBe(24 * 40 - 13);
  });

  test('takes a feed that ended, or a long hole, for missing', () => {
    expect(coverage(at(hours(0, 300))).covered).toBe(300);
    expect(coverage(at([...hours(0, 100), ...hours(500, 960)])).covered).toBe(560);
  });
});

test.each([
  ['15m', 15 * minute],
  ['1h', hour],
  ['1d', day],
  ['2w', 14 * day],
  ['0h', null],
  ['1M', null],
  ['h', null],
  ['1.5h', null],
  ['', null],
])('%j is a step', (words, expected) => {
  expect(stepOfWords(words)).toBe(expected);
});
