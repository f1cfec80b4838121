import { describe, expect, test } from '@jest/globals';
import type { Row, Target } from './result.ts';
import { isReached } from './result.ts';
import { spreadOf } from './statistics.ts';
import { cellsOf } from './table.ts';

const row = (ours: number[], peer?: number[], target?: Target): Row => ({
  what: 'training',
  unit: 's',
  digits: 2,
  ours: spreadOf(ours),
  ...(peer === undefined ? {} : { peer: spreadOf(peer), pairs: spreadOf(ours.map((x, i) => x / peer[i]!)) }),
  ...(target === undefined ? {} : { target }),
});

describe('a target', () => {
  test.each<[string, boolean, Row]>([
    ['on the ratio of medians', true, row([1, 2, 9], [4, 4, 4], { of: 'ratio', atMost: 0.5 })],
    ['missed by a little', false, row([2.01], [4], { of: 'ratio', atMost: 0.5 })],
    ['on the value', false, row([501], undefined, { of: 'value', atMost: 500 })],
    ['on what chance allows', true, row([0.54], [0.55], { of: 'no lower beyond noise', high: 0.01 })],
    ['on more than chance allows', false, row([0.54], [0.55], { of: 'no lower beyond noise', high: -0.01 })],
    ['on how much higher it is', true, row([0.55], [0.55], { of: 'difference', atLeast: 0 })],
    ['on what most are within', true, { ...row([5, 6, 99]), high: 90, target: { of: 'high', atMost: 90 } }],
    ['on what most are within', false, { ...row([5, 6, 99]), high: 91, target: { of: 'high', atMost: 90 } }],
    ['on a speed-up', false, row([1.7], [1], { of: 'ratio', atLeast: 1.8 })],
    ["on the peer's worst", true, row([-3], [5, -4, 8], { of: 'within peer spread' })],
    ["below the peer's worst", false, row([-5], [5, -4, 8], { of: 'within peer spread' })],
    ['without the peer it is about', false, row([1], undefined, { of: 'ratio', atMost: 1 })],
  ])('%s: %s', (_, reached, given) => expect(isReached(given)).toBe(reached));

  test('that is not there is neither reached nor missed', () => expect(isReached(row([1]))).toBeNull());
});

test('a table shows medians, ranges, the ratio of medians and whether the target is reached', () => {
  expect(cellsOf({ rows: [row([1, 2, 3], [8, 8, 8], { of: 'ratio', atMost: 0.45 })] })).toEqual([
    ['', 'ours', 'peer', 'ratio', 'by turn', 'target'],
    ['training (s)', '2.00 (1.00 to 3.00)', '8.00', '0.25', '0.25 (0.13 to 0.38)', '≤ 0.45: reached'],
  ]);
});

test('a row may show what 95 of 100 values are within, and how much of them was waited', () => {
  const { ours } = row([10, 20, 30]);
  const waits = {
    ...row([10, 20, 30]),
    high: 29,
    waiting: ours,
    target: { of: 'high', atMost: 28 },
  } as const;
  expect(cellsOf({ rows: [waits, { ...row([1]), high: 1 }] })).toEqual([
    ['', 'measured', '95 of 100 within', 'waiting', 'target'],
    [
      'training (s)',
      '20.00 (10.00 to 30.00)',
      '29.00',
      '20.00 (10.00 to 30.00)',
      '95 of 100 ≤ 28: not reached',
    ],
    ['training (s)', '1.00', '1.00', '', ''],
  ]);
});

test('a score has no ratio', () => {
  const score = { what: 'AUC', unit: '', digits: 2, ours: spreadOf([0.5]), peer: spreadOf([0.25]) };
  expect(cellsOf({ rows: [score] })[1]).toEqual(['AUC', '0.50', '0.25', '', '']);
});

test('a table without peers has no columns for them, and shows tiny numbers by their first digit', () => {
  expect(cellsOf({ rows: [row([3e-9])] })).toEqual([
    ['', 'measured'],
    ['training (s)', '3.0e-9'],
  ]);
});
