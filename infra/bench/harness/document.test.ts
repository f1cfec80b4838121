import { expect, test } from '@jest/globals';
import { benchmarksPage } from './document.ts';
import type { Part } from './part.ts';
import type { PartResult } from './result.ts';

const part = (name: string): Part => ({
  name,
  title: `Part ${name}`,
  about: `What ${name} is.`,
  run: () => Promise.reject(new Error('not to be run')),
});
const result = (name: string, seconds: number): PartResult => ({
  part: name,
  date: '2024-01-02T03:04:05Z',
  commit: 'abc',
  machine: '2 cores',
  loadBefore: 0,
  turns: 1,
  seconds,
  versions: {},
  sections: [],
});
const parts = [part('a'), part('b'), part('c')];

test('a part that is measured anew leaves the others as they were, also where those never ran', () => {
  const first = benchmarksPage(parts, [result('a', 1), result('b', 2)], '');
  const second = benchmarksPage(parts, [result('b', 3)], first);
  expect(second).toBe(first.replace(' in 2 s', ' in 3 s'));
  expect(second).toMatch(
    /Part a\n[^]* in 1 s[^]*Part b\n[^]* in 3 s[^]*Part c\n[^]*Not measured yet: `npm run bench -- c`/,
  );
});

test('a part that is no more goes, a new one comes in its place', () => {
  const first = benchmarksPage([part('a'), part('old')], [result('a', 1), result('old', 2)], '');
  const page = benchmarksPage([part('new'), part('a')], [], first);
  expect(page).not.toContain('old');
  expect(page).toMatch(/Part new\n[^]*Not measured yet[^]*Part a\n[^]* in 1 s/);
});
