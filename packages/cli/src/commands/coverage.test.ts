import { expect, test } from '@jest/globals';
import { drawCoverage } from './coverage.ts';

test('a week a character, a year a line: full where there is the usual, dots where there is none', () => {
  const bars = Array.from({ length: 60 }, (_, i) => (i === 10 ? 0 : i === 11 ? 84 : i === 59 ? 1 : 168));
  expect(drawCoverage({ every: 'week', from: new Date('2023-01-02'), bars }).split('\n')).toEqual([
    `2023-01-02  ${'█'.repeat(10)}·▄${'█'.repeat(40)}`,
    '2024-01-01  ███████▁',
  ]);
});

test('a month a character, four years a line', () => {
  const lines = drawCoverage({
    every: 'month',
    from: new Date('2019-11-01'),
    bars: Array(50).fill(21) as number[],
  });
  expect(lines).toBe(`2019-11-01  ${'█'.repeat(48)}\n2023-11-01  ██`);
});
