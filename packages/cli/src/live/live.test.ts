import { describe, expect, test } from '@jest/globals';
import type { Job } from '@ml-training/core';
import { screen, type State } from './live.ts';

const job: Partial<Job> = {
  strategy_type: 'lstm',
  symbol: 'GOOG',
  status: 'failed',
  created_at: new Date(0),
  error_message: 'x'.repeat(300),
};
const model = {
  strategy_type: 'lstm',
  symbol: 'GOOG',
  created_at: new Date(0),
  accuracy: 0.5,
  baseline: 0.5,
  total_return: 0.01,
  file_path: 'models/lstm/GOOG/model_19700101_000000.pkl',
};

/** A fleet with so many jobs and models. */
const state = (jobs: number, models: number): State => ({
  length: 0,
  next: null,
  beats: [],
  jobs: Array.from({ length: jobs }, () => job as Job),
  counts: [],
  models: Array.from({ length: models }, () => model),
});

describe('the live view', () => {
  test.each([
    [80, 24, 9],
    [150, 45, 9],
    [40, 10, 200],
  ])('fits a terminal of %i columns and %i rows with %i models', (columns, rows, models) => {
    const lines = screen(state(10, models), { rows, columns }, 'Ctrl-C leaves');
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(columns);
  });

  test('shows every model of the sample bars at 24 rows, and some jobs beside any number of models', () => {
    const count = (lines: string[], text: string): number =>
      lines.filter((line) => line.includes(text)).length;
    expect(count(screen(state(10, 9), { rows: 24, columns: 80 }, ''), '0.500')).toBe(9);
    expect(count(screen(state(10, 200), { rows: 24, columns: 80 }, ''), 'failed')).toBe(3);
  });
});
