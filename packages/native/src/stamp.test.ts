import { mkdtemp, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { checkStamp, writeStamp } from './stamp.ts';

let folder: string;
let stampPath: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stamp-'));
  stampPath = join(folder, 'installed.json');
  file = join(folder, 'library.so');
  await writeFile(file, 'a library');
  await writeStamp(stampPath, { source: 'here', version: '1.0' }, [file]);
});

afterEach(() => rm(folder, { recursive: true }));

test('what was stamped and left alone fits', async () => {
  expect(await checkStamp(stampPath)).toMatchObject({ state: 'fits', stamp: { version: '1.0' } });
  expect(await checkStamp(stampPath, 'here')).toMatchObject({ state: 'fits' });
});

test('files of another source are told apart', async () => {
  expect(await checkStamp(stampPath, 'elsewhere')).toMatchObject({
    state: 'broken',
    why: 'is from here, wanted is elsewhere',
  });
});

test('a truncated file is noticed', async () => {
  await truncate(file, 3);
  expect(await checkStamp(stampPath)).toEqual({
    state: 'broken',
    why: 'library.so has 3 bytes instead of 9',
  });
});

test('a missing file is noticed', async () => {
  await rm(file);
  expect(await checkStamp(stampPath)).toEqual({ state: 'broken', why: 'library.so is missing' });
});

test('other content of the same size is noticed', async () => {
  await writeFile(file, 'A LIBRARY');
  await utimes(file, 1, 1);
  expect(await checkStamp(stampPath)).toEqual({
    state: 'broken',
    why: 'library.so is not what was installed',
  });
});

test('a copied tree with other times fits, and is stamped anew', async () => {
  await utimes(file, 1_000, 1_000);
  expect(await checkStamp(stampPath)).toMatchObject({ state: 'fits' });
  const again = await checkStamp(stampPath);
  expect(again).toMatchObject({ stamp: { files: [{ mtimeMs: (await stat(file)).mtimeMs }] } });
});

test('a moved tree fits', async () => {
  const moved = `${folder}-moved`;
  await rename(folder, moved);
  folder = moved;
  expect(await checkStamp(join(moved, 'installed.json'))).toMatchObject({ state: 'fits' });
});

test('a stamp that was cut short counts as none', async () => {
  await truncate(stampPath, 20);
  expect(await checkStamp(stampPath)).toEqual({ state: 'absent' });
});
