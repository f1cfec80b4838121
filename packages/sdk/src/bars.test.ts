import { describe, expect, test } from '@jest/globals';
import { countSteps, intervalOf, intervalOfTimes, typicalStep } from './bars.ts';

const hour = 3_600_000;
const at = (...hours: number[]): Float64Array => Float64Array.from(hours, (one) => one * hour);

describe('the interval of bars', () => {
  test.each<[string, Float64Array, number | null]>([
    ['of hours with a night', at(0, 1, 2, 3, 20, 21, 22), hour],
    ['of two distances as often as each other, the smaller', at(0, 2, 3, 5, 6), hour],
    ['of one distance', at(0, 72), 72 * hour],
    ['of one bar', at(0), null],
    ['where no distance is common', at(0, 1, 3, 6, 10, 15, 21), null],
    ['where one of five is', at(0, 1, 3, 6, 10, 15), hour],
  ])('%s', (_, time, interval) => {
    expect(intervalOfTimes(time)).toBe(interval);
    const steps = countSteps();
    for (let t = 1; t < time.length; t++) steps.see(time[t]! - time[t - 1]!);
    expect(intervalOf(steps.usual())).toBe(interval);
    if (interval !== null) expect(typicalStep(time)).toBe(interval);
  });

  test('one of more distances than are told apart still counts among all of them', () => {
    const steps = countSteps(2);
    for (const distance of [1, 2, 3, 4, 5, 1]) steps.see(distance);
    expect(steps.usual()).toEqual({ step: 1, count: 2, of: 6 });
  });
});
