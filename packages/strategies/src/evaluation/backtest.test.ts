import { expect, test } from '@jest/globals';
import { sampleBars } from '../../test/bars.ts';
import {
  barsPerYear,
  netReturns,
  netReturnsOfRows,
  positionsFromProbability,
  sharpeRatio,
} from './backtest.ts';

test('barsPerYear follows the calendar of the bars', () => {
  expect(barsPerYear(sampleBars('SP500', 1000).time)).toBeCloseTo(252, -1);
  expect(barsPerYear(sampleBars('EURUSD', 1000).time) / 6200).toBeCloseTo(1, 0);
});

test('positions are long above the band, short below, flat inside and for NaN', () => {
  const probability = Float64Array.of(0.51, 0.49, 0.5, 0.53, 0.47, Number.NaN, 1, 0);
  expect([...positionsFromProbability(probability, 0.02)]).toEqual([0, 0, 0, 1, -1, 0, 1, -1]);
  expect([...positionsFromProbability(probability, 0)]).toEqual([1, -1, 0, 1, -1, 0, 1, -1]);
});

test.each([
  [{ mean: 0.002, variance: 0.0001 }, undefined, 0.2],
  [{ mean: -0.002, variance: 0.0001 }, 225, -3],
  // Returns that don't vary, and those of one row, whose sample variance is 0 / 0.
  [{ mean: 0.002, variance: 0 }, 225, 0],
  [{ mean: 0.002, variance: Number.NaN }, 225, 0],
])('sharpeRatio of %j over %p bars a year is %d', (moments, perYear, expected) => {
  expect(sharpeRatio(moments, perYear)).toBeCloseTo(expected, 12);
});

test('a row that is left out earns nothing and costs nothing, but what is changed over it is paid', () => {
  const close = Float64Array.of(100, 110, 220, 242, 242);
  const of = (...position: number[]): number[] => [
    ...netReturnsOfRows(close, Int8Array.from(position), Int32Array.of(0, 2, 3), 100),
  ];
  const rounded = (returns: number[]): number[] => returns.map((r) => Number(r.toFixed(9)));
  // Long throughout: 1 % to open, 1 % to close.
  expect(rounded(of(1, 1, 1))).toEqual([0.09, 0.1, -0.01]);
  // Turned around over the gap, which costs 2 %.
  expect(rounded(of(1, -1, -1))).toEqual([0.09, -0.12, -0.01]);
  const whole = netReturns(close, Int8Array.of(1, 0, 1), { from: 0, to: 3 }, 100);
  expect(netReturnsOfRows(close, Int8Array.of(1, 0, 1), Int32Array.of(0, 1, 2), 100)).toEqual(whole);
});
