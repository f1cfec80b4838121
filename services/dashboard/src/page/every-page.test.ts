import { expect, jest, test } from '@jest/globals';
import { everyPage } from './every-page.ts';

const pages = (...lists: readonly (readonly number[])[]) =>
  jest.fn((cursor: string | null) => {
    const at = Number(cursor ?? '0');
    return Promise.resolve({ items: lists[at]!, next_cursor: at + 1 < lists.length ? String(at + 1) : null });
  });

test('pages are asked for one after the other, and what came is shown meanwhile', async () => {
  const ask = pages([1, 2], [3], [4, 5]);
  const shown: (readonly number[])[] = [];
  expect(await everyPage(ask, (soFar) => shown.push(soFar))).toEqual([1, 2, 3, 4, 5]);
  expect(shown).toEqual([
    [1, 2],
    [1, 2, 3],
  ]);
  expect(ask.mock.calls).toEqual([[null], ['1'], ['2']]);
});

test('one page is all of it', async () => {
  const shown = jest.fn();
  expect(await everyPage(pages([1]), shown)).toEqual([1]);
  expect(shown).not.toHaveBeenCalled();
});
