import { expect, test } from '@jest/globals';
import { keepTail, lastWords } from './last-words.ts';

const thrown = `file:///srv/app/services/trainer/src/training/process.ts:3
import { gone } from '@ml-training/core';
         ^^^^
SyntaxError: The requested module '@ml-training/core' does not provide an export named 'gone'
    at #asyncInstantiate (node:internal/modules/esm/module_job:319:21)
    at async ModuleJob.run (node:internal/modules/esm/module_job:422:5)

Node.js v24.21.0
`;
const missing = `node:internal/modules/esm/resolve:275
    throw new ERR_MODULE_NOT_FOUND(
          ^

Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'koffi' imported from /srv/app/packages/native/src/a.ts
    at packageResolve (node:internal/modules/esm/resolve:768:9) {
  code: 'ERR_MODULE_NOT_FOUND'
}

Node.js v24.21.0
`;
const outOfHeap = `
<--- Last few GCs --->
[12:0x1]      900 ms: Mark-Compact 20.5 (22.8) -> 20.4 (22.8) MB

FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----
`;

test.each([
  ['an import that fails', thrown, /^SyntaxError: The requested module .* export named 'gone'$/],
  ['a package that is missing', missing, /^Error \[ERR_MODULE_NOT_FOUND\]: Cannot find package 'koffi'/],
  ['a heap that is full', outOfHeap, /^FATAL ERROR: Reached heap limit/],
  ['a native library', 'loading\nfree(): invalid pointer\n', /free\(\): invalid pointer$/],
  [
    'an abort',
    'free(): invalid pointer\n----- Native stack trace -----\n\n 1: 0x71c35b node::Abort() [node]\n',
    /^free\(\): invalid pointer$/,
  ],
  ['nothing', '\n', /^$/],
])('of %s the line that says it is kept', (_, stderr, expected) => {
  expect(lastWords(stderr)).toMatch(expected);
});

test('stack frames and Node itself are no part of it, and a flood is cut', () => {
  expect(lastWords(missing)).not.toMatch(/packageResolve|Node\.js/);
  expect(lastWords(`Error: ${'x'.repeat(9999)}`)).toHaveLength(600);
  const tail = keepTail();
  for (let i = 0; i < 100; i++) tail.add(Buffer.alloc(1000, 'x'));
  tail.add(Buffer.from('\nRangeError: the end'));
  expect(tail.text().length).toBeLessThan(20_000);
  expect(lastWords(tail.text())).toBe('RangeError: the end');
});
