// What can be wrong with MODEL_DIR, found before a training: one code, whatever is missing or in the way
// below it.
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { requireWritable } from './writable.ts';

const root = await mkdtemp(path.join(tmpdir(), 'writable-'));
afterAll(() => rm(root, { recursive: true }));
let made = 0;
const place = (): string => path.join(root, String((made += 1)));
const notWritable = (advice: RegExp) => ({
  code: 'MODEL_DIR_NOT_WRITABLE',
  message: expect.stringMatching(advice),
});

test('a folder that is there, or can be made, is left as it was but for the strategy’s folder', async () => {
  const dir = path.join(place(), 'deep', 'models');
  await requireWritable(dir, 'lstm', 'GOOG');
  await requireWritable(dir, 'lstm', 'GOOG');
  await requireWritable(dir, 'ensemble', null);
  expect((await readdir(dir, { recursive: true })).sort()).toEqual(['ensemble', 'lstm']);
});

test.each([
  ['a file', async (dir: string) => writeFile(dir, '')],
  ['a link to itself', async (dir: string) => symlink(dir, dir)],
  ['a link to nowhere', async (dir: string) => symlink(path.join(root, 'nowhere', 'at', 'all'), dir)],
  [
    'without a strategy folder, as a file is in its place',
    async (dir: string) => {
      await mkdir(dir);
      await writeFile(path.join(dir, 'lstm'), '');
    },
  ],
  [
    'with a file in place of the symbol’s folder',
    async (dir: string) => {
      await mkdir(path.join(dir, 'lstm'), { recursive: true });
      await writeFile(path.join(dir, 'lstm', 'GOOG'), '');
    },
  ],
])('MODEL_DIR that is %s', async (_, make) => {
  const dir = place();
  await make(dir);
  await expect(requireWritable(dir, 'lstm', 'GOOG')).rejects.toMatchObject(
    notWritable(/\(MODEL_DIR\) must be a folder/),
  );
});

test.each([
  [
    'below a file',
    async (dir: string) => {
      await writeFile(dir, '');
      return path.join(dir, 'models');
    },
  ],
  ['below /proc, where nobody makes a folder', async () => '/proc/ml_training/models'],
  ['of a name that no file system takes', async (dir: string) => path.join(dir, 'x'.repeat(300))],
])('MODEL_DIR %s', async (_, dirOf) => {
  const dir = await dirOf(place());
  await expect(requireWritable(dir, 'rl', 'GOOG')).rejects.toMatchObject(notWritable(/MODEL_DIR/));
});

const isRoot = process.getuid?.() === 0;
const why = isRoot ? ' [root may write anywhere]' : '';
(isRoot ? test.skip : test)(`MODEL_DIR without the right to write, itself or below${why}`, async () => {
  for (const folder of ['', 'lstm', 'lstm/GOOG']) {
    const dir = place();
    await mkdir(path.join(dir, 'lstm', 'GOOG'), { recursive: true });
    await chmod(path.join(dir, folder), 0o555);
    // The strategy's folder is there already: that MODEL_DIR itself is read-only keeps nothing from being
    // written.
    const tried = requireWritable(dir, folder === '' ? 'rl' : 'lstm', 'GOOG');
    await expect(tried).rejects.toMatchObject(notWritable(/let the trainer's user \(uid \d+\) write/));
    await chmod(path.join(dir, folder), 0o755);
  }
});
