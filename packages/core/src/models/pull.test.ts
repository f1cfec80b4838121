import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { someModel } from '@ml-training/testing';
import { pullModels, saveModel } from './index.ts';

let root: string;
let from: string;
let to: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'pull-'));
  from = path.join(root, 'from');
  to = path.join(root, 'to');
});
afterEach(() => rm(root, { recursive: true }));

const saved = async (symbol: string) => {
  const { filePath, sha256, sizeBytes } = await saveModel(
    from,
    someModel(symbol),
    new Date('2024-01-01T12:00:00Z'),
  );
  return { file_path: filePath, sha256, size_bytes: sizeBytes };
};
const at = (folder: string, { file_path }: { readonly file_path: string }): string =>
  path.join(folder, file_path.replace('models/', ''));
const throwIt = (_: string, error: unknown): never => {
  throw error;
};

test('files come as they are, under their names, and stay where they are right', async () => {
  const rows = [await saved('AAPL'), await saved('BTC/USD')];
  expect(await pullModels(from, rows, to, throwIt)).toEqual({ written: 2, linked: 0, kept: 0 });
  for (const row of rows) expect(await readFile(at(to, row))).toEqual(await readFile(at(from, row)));
  expect((await stat(at(to, rows[1]!))).mode & 0o777).toBe(0o644);
  expect(await pullModels(from, rows, to, throwIt)).toEqual({ written: 0, linked: 0, kept: 2 });
  // Into where they are already.
  expect(await pullModels(from, rows, from, throwIt)).toEqual({ written: 0, linked: 0, kept: 2 });
});

test('what is damaged or missing is put right, and nothing half-written stays', async () => {
  const rows = [await saved('AAPL'), await saved('MSFT')];
  await pullModels(from, rows, to, throwIt);
  await writeFile(at(to, rows[0]!), 'damaged');
  await rm(at(to, rows[1]!));
  expect(await pullModels(from, rows, to, throwIt)).toEqual({ written: 2, linked: 0, kept: 0 });
  for (const row of rows) expect(await readdir(path.dirname(at(to, row)))).toHaveLength(1);
});

test('files of one sum become one, whichever of them is there', async () => {
  const row = await saved('AAPL');
  const other = { ...row, file_path: 'models/lstm/MSFT/model_20240101_120000.pkl' };
  expect(await pullModels(from, [row, other], to, throwIt)).toEqual({ written: 1, linked: 1, kept: 0 });
  expect((await stat(at(to, row))).ino).toBe((await stat(at(to, other))).ino);
  await rm(at(to, row));
  await rm(at(from, row));
  expect(await pullModels(from, [row, other], to, throwIt)).toEqual({ written: 0, linked: 1, kept: 1 });
  expect((await stat(at(to, row))).ino).toBe((await stat(at(to, other))).ino);
});

test('a model that is gone, or not the one that was registered, is told of and keeps no other', async () => {
  const [gone, damaged, right] = [await saved('GONE'), await saved('BAD'), await saved('AAPL')];
  await rm(at(from, gone));
  await writeFile(at(from, damaged), 'damaged');
  const problems: string[] = [];
  const pulled = await pullModels(from, [gone, damaged, right], to, (filePath, error) => {
    problems.push(`${filePath}: ${(error as { code: string }).code}`);
  });
  expect(pulled).toEqual({ written: 1, linked: 0, kept: 0 });
  expect(problems).toEqual([
    `${gone.file_path}: MODEL_FILE_MISSING`,
    `${damaged.file_path}: MODEL_FILE_INVALID`,
  ]);
  await expect(stat(at(to, damaged))).rejects.toThrow('ENOENT');
});

test('no path leads out of the folder', async () => {
  const row = await saved('AAPL');
  const rows = [{ ...row, file_path: 'models/lstm/../model_20240101_120000.pkl' }];
  await expect(pullModels(from, rows, to, throwIt)).rejects.toMatchObject({ code: 'MODEL_FILE_INVALID' });
  await expect(stat(to)).rejects.toThrow('ENOENT');
});
