import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { modelCache } from './cache.ts';

let folder: string;
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'cache-')), '.cache');
});
afterEach(() => rm(path.dirname(folder), { recursive: true }));

/** So many bytes, and their sum. */
const file = (fill: number, size = 100) => {
  const bytes = Buffer.alloc(size, fill);
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
};
const names = async (): Promise<string[]> => (await readdir(folder)).sort();

test('what was kept is given back, and nothing else', async () => {
  const cache = modelCache(folder, 1000);
  const { bytes, sha256 } = file(1);
  expect(await cache.read(sha256)).toBeNull();
  await cache.write(sha256, bytes);
  expect(await cache.read(sha256)).toEqual(bytes);
  expect(await names()).toEqual([`${sha256}.pkl`]);
});

test('what was used longest ago goes first, and no more than must', async () => {
  const cache = modelCache(folder, 300);
  const files = [1, 2, 3, 4].map((fill) => file(fill));
  for (const [i, { bytes, sha256 }] of files.slice(0, 3).entries()) {
    await cache.write(sha256, bytes);
    await utimes(path.join(folder, `${sha256}.pkl`), i, i);
  }
  await cache.read(files[0]!.sha256);
  await cache.write(files[3]!.sha256, files[3]!.bytes);
  expect(await names()).toEqual([0, 2, 3].map((i) => `${files[i]!.sha256}.pkl`).sort());
});

test('what is larger than all of it is not kept, nor anything where it may take no room', async () => {
  const { bytes, sha256 } = file(1);
  await modelCache(folder, 99).write(sha256, bytes);
  await modelCache(folder, 0).write(sha256, bytes);
  await expect(readdir(folder)).rejects.toThrow('ENOENT');
});

test('a damaged file is gone once it is asked for', async () => {
  const cache = modelCache(folder, 1000);
  const { bytes, sha256 } = file(1);
  await cache.write(sha256, bytes);
  await writeFile(path.join(folder, `${sha256}.pkl`), 'damaged');
  expect(await cache.read(sha256)).toBeNull();
  expect(await names()).toEqual([]);
});

test('what a killed process left half-written goes in time, and files of others stay', async () => {
  await mkdir(folder, { recursive: true });
  const [old, young] = [1, 2].map((fill) => `.${file(fill).sha256}_0123abcd.tmp`);
  for (const name of [old!, young!, 'notes.txt']) await writeFile(path.join(folder, name), 'x');
  await utimes(path.join(folder, old!), 1, 1);
  await utimes(path.join(folder, 'notes.txt'), 1, 1);
  const { bytes, sha256 } = file(3);
  await modelCache(folder, 1000).write(sha256, bytes);
  expect(await names()).toEqual([young!, `${sha256}.pkl`, 'notes.txt'].sort());
});

test('several at once, in a place for few, lose no read', async () => {
  const files = Array.from({ length: 12 }, (_, i) => file(i));
  await Promise.all(
    files.map(async ({ bytes, sha256 }) => {
      const cache = modelCache(folder, 500);
      await cache.write(sha256, bytes);
      const read = await cache.read(sha256);
      expect(read === null || bytes.equals(read)).toBe(true);
    }),
  );
  const left = await names();
  expect(left.length).toBeLessThanOrEqual(12);
  expect(left.every((name) => name.endsWith('.pkl'))).toBe(true);
  const { bytes, sha256 } = file(50);
  await modelCache(folder, 500).write(sha256, bytes);
  expect((await names()).length).toBeLessThanOrEqual(5);
});

test('a place that can not be written keeps nothing, and is no error', async () => {
  await writeFile(folder, 'a file where a folder should be');
  const { bytes, sha256 } = file(1);
  const cache = modelCache(folder, 1000);
  await cache.write(sha256, bytes);
  expect(await cache.read(sha256)).toBeNull();
});
