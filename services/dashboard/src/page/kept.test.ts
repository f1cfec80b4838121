import { expect, test } from '@jest/globals';
import { Kept } from './kept.ts';

test('the newest answer to each question is kept', () => {
  const kept = new Kept();
  kept.set('jobs', 1);
  kept.set('models', 2);
  kept.set('jobs', 3);
  expect([kept.get('jobs'), kept.get('models'), kept.get('runs')]).toEqual([3, 2, undefined]);
});

test('of many questions those asked last are kept', () => {
  const kept = new Kept();
  kept.set('often', 'first');
  for (let page = 0; page < 1000; page += 1) {
    kept.set(`page ${page}`, page);
    if (page % 10 === 0) kept.set('often', page);
  }
  expect([kept.get('page 0'), kept.get('page 999'), kept.get('often')]).toEqual([undefined, 999, 990]);
});
