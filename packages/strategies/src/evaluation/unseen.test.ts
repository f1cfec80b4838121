import { describe, expect, test } from '@jest/globals';
import { closes } from '../../test/bars.ts';
import { unseenRows } from './unseen.ts';

describe('unseenRows', () => {
  const bars = closes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 1000);
  const holdout = { from: 2, to: 11 };

  test.each([
    [-1, 2],
    [2500, 3],
    [3000, 4],
    [99_000, 11],
  ])('after a champion that saw up to %i ms begin at row %i', (dataTo, from) => {
    expect(unseenRows(bars, holdout, 1, { dataTo, spans: [] })).toEqual({ from, to: 11 });
  });

  test.each([
    ['before what it saw of another symbol, when that is longer', 'OTHER', 8500, 99_000, 1, [2, 7]],
    ['after it, when that is as long or longer', 'OTHER', 5500, 5600, 1, [6, 11]],
    ['further before it the longer the horizon', 'OTHER', 8500, 99_000, 3, [2, 5]],
    ['anywhere, when that was at another time', 'OTHER', 20_000, 30_000, 1, [2, 11]],
    ['nowhere, when that is all the time', 'OTHER', 0, 99_000, 1, [11, 11]],
    ['anywhere, whatever it saw of the symbol itself before dataTo', 'CLOSES', 0, 99_000, 1, [2, 11]],
  ] as const)('lie %s', (_, symbol, start, end, horizon, [from, to]) => {
    const seen = { dataTo: -1, spans: [{ symbol, part: 'train', start, end } as const] };
    expect(unseenRows(bars, holdout, horizon, seen)).toEqual({ from, to });
  });
});
