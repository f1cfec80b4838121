import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { run } from './run.ts';
import { status } from './status.ts';

const SETUP = fileURLToPath(new URL('./setup.ts', import.meta.url));

test('a set-up of what is there finds it, without a word', async () => {
  const outcome = await run(process.execPath, [SETUP], { timeoutMs: 240_000 });
  expect(outcome).toEqual({
    ok: true,
    stdout: expect.stringMatching(/^tensorflow \d+\.\d+\.\d+\nlightgbm \d+\.\d+\.\d+\nopenblas [\d.]+\n$/),
    stderr: '',
    reason: '',
  });
});

test('one runtime can be set up alone, and no other can be asked for', async () => {
  const one = await run(process.execPath, [SETUP, '--only', 'lightgbm'], { timeoutMs: 240_000 });
  expect(one.stdout).toMatch(/^lightgbm .*\n$/);
  const wrong = await run(process.execPath, [SETUP, '--only', 'keras'], { timeoutMs: 240_000 });
  expect(wrong).toMatchObject({
    ok: false,
    stderr: '--only is tensorflow or lightgbm or openblas, not keras\n',
  });
});

test('the status tells that all load, and where from', async () => {
  const states = await status();
  expect(states.map(({ runtime, installed, loads }) => ({ runtime, installed, loads }))).toEqual([
    { runtime: 'tensorflow', installed: true, loads: true },
    { runtime: 'lightgbm', installed: true, loads: true },
    { runtime: 'openblas', installed: true, loads: true },
  ]);
  expect(states.every(({ version, path }) => /^\d+\./.test(version ?? '') && path !== undefined)).toBe(true);
});
