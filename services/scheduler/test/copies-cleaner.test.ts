// What MODEL_STORE left in MODEL_DIR goes once it is used no more, and nothing that is somebody else's.
import { mkdir, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { cleanUp, freedBytes, type Removal } from '@ml-training/core';
import { startLab } from './lab.ts';

const lab = await startLab();
afterAll(() => lab.end());
beforeEach(() => lab.reset());

const folder = path.join(lab.modelDir, '.cache');
const copy = (letter: string): string => `${letter.repeat(64)}.pkl`;
const halfWritten = (letter: string): string => `.${letter.repeat(64)}_0123abcd.tmp`;
const sweep = (settings: Record<string, string> = {}) => cleanUp(lab.context(settings), new Date());
const left = async (): Promise<string[]> => (await readdir(folder)).sort();

/** A file of 10 bytes that was used so many hours ago. */
async function put(name: string, hoursOld: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, name), '0123456789');
  const used = new Date(Date.now() - hoursOld * 3_600_000);
  await utimes(path.join(folder, name), used, used);
}

test.each<[string, Record<string, string>]>([
  ['without MODEL_STORE', {}],
  ['where MODEL_CACHE_MB keeps none', { MODEL_STORE: 's3://models', MODEL_CACHE_MB: '0' }],
])('copies that nobody has used for a day are deleted %s, and others’ files stay', async (_, settings) => {
  await put(copy('a'), 25);
  await put(copy('b'), 23);
  await put(halfWritten('c'), 1);
  await put(halfWritten('d'), 0);
  await put('notes.txt', 99);
  await put('model_20240101_120000.pkl', 99);
  await mkdir(path.join(folder, copy('e')));
  await sweep({ ...settings, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' });
  expect(await left()).toEqual(
    [copy('b'), halfWritten('d'), 'notes.txt', 'model_20240101_120000.pkl', copy('e')].sort(),
  );
  expect(lab.lines.find(({ message }) => /^copies of models removed, MODEL_/.test(message))).toMatchObject({
    removed: 2,
  });
});

test('the folder goes with the last of them', async () => {
  await put(copy('a'), 25);
  await put(copy('b'), 25);
  await sweep();
  expect(await readdir(lab.modelDir)).toEqual([]);
  await sweep();
  expect(lab.lines.filter(({ level }) => level !== 'info')).toEqual([]);
});

test('they stay where MODEL_STORE is set: the cache itself makes room', async () => {
  await put(copy('a'), 999);
  await sweep({ MODEL_STORE: 's3://models', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' });
  expect(await left()).toEqual([copy('a')]);
});

test('a dry run names them with what they free, and deletes nothing', async () => {
  await put(copy('a'), 25);
  const removals: Removal[] = [];
  const context = { ...lab.context(), dryRun: (one: Removal) => removals.push(one) };
  await cleanUp(context, new Date());
  expect(removals).toEqual([
    {
      what: 'copy of a model',
      name: `.cache/${copy('a')}`,
      why: 'MODEL_STORE is not set',
      file: `.cache/${copy('a')}`,
    },
  ]);
  expect(await freedBytes(context.config, removals)).toBe(10);
  expect(await left()).toEqual([copy('a')]);
});

test('nothing is deleted through a link that leads out of MODEL_DIR', async () => {
  const outside = `${lab.modelDir}-outside`;
  await mkdir(outside, { recursive: true });
  await mkdir(lab.modelDir, { recursive: true });
  await symlink(outside, folder);
  await put(copy('a'), 25);
  await sweep();
  expect(await readdir(outside)).toEqual([copy('a')]);
  expect(lab.lines.find(({ message }) => message === 'could not clean up')).toMatchObject({
    duty: 'copies of models',
    error: expect.stringContaining('remove the symbolic link'),
  });
  await rm(outside, { recursive: true });
});
