import { describe, expect, test } from '@jest/globals';
import { planted } from '../test/planted.ts';
import { pooledRows, type PooledRows } from './dataset.ts';
import { developmentFolds } from './folds.ts';

const data = planted('binary');
const rows = pooledRows(data, 'development');
const { train, validation } = data.symbols[0]!.purged;
const foldsOf = (count: number, given: PooledRows = rows) =>
  developmentFolds(data, given, { count, embargoShare: 0.01 });

describe('the folds of the rows before the holdout', () => {
  test('ask every train and validation row once, and fit on none that is asked', () => {
    const folds = foldsOf(5);
    expect(folds).toHaveLength(5);
    expect(folds.flatMap(({ ask }) => [...ask]).sort((a, b) => a - b)).toEqual([...Array(700).keys()]);
    for (const { fit, ask } of folds) {
      const asked = new Set(ask);
      expect([...fit].some((row) => asked.has(row))).toBe(false);
      // 7 hours of embargo and the label's hour on either side at most.
      expect(fit.length + ask.length).toBeGreaterThan(700 - 20);
    }
  });

  test('are one where one is asked for: validation rows of a model fitted on the train rows', () => {
    const [only, ...others] = foldsOf(1);
    expect(others).toEqual([]);
    expect([...only!.fit]).toEqual([...train.keys()]);
    expect([...only!.ask]).toEqual([...validation.keys()].map((row) => train.length + row));
  });

  test('are one where the rows are too few for two', () => {
    // Half of 30 rows is less than the 20 that a model needs.
    const few = { ...rows, rows: 30, time: rows.time.slice(0, 30), labelEnd: rows.labelEnd.slice(0, 30) };
    expect(foldsOf(2, few)).toEqual(foldsOf(1));
  });

  test.each([
    // Rows, folds: 20,000 rows over all of them.
    [4000, 5],
    [4001, 4],
    [6600, 3],
    [10_000, 2],
    [10_001, 1],
    [1_000_000, 1],
  ])('%d rows: %d', (count, folds) => {
    const time = Float64Array.from({ length: count }, (_, t) => t);
    const many = { ...rows, rows: count, time, labelEnd: time.map((t) => t + 2) };
    expect(foldsOf(5, many)).toHaveLength(folds);
  });
});

test('rows of several symbols are numbered in the order in which they are pooled', () => {
  const two = { ...data, symbols: [data.symbols[0]!, data.symbols[0]!] };
  const pooled = pooledRows(two, 'development');
  const [only] = developmentFolds(two, pooled, { count: 1, embargoShare: 0.01 });
  const inTrain = new Set(train.map((t) => data.symbols[0]!.bars.time[t]));
  expect([...only!.fit].every((row) => inTrain.has(pooled.time[row]))).toBe(true);
  expect([...only!.ask].some((row) => inTrain.has(pooled.time[row]))).toBe(false);
  expect(only!.fit.length).toBe(2 * train.length);
  expect(only!.ask.length).toBe(2 * validation.length);
});
