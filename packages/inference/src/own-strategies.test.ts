import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { folderState } from './own-strategies.ts';

const dir = await mkdtemp(path.join(tmpdir(), 'strategies-'));
afterAll(() => rm(dir, { recursive: true }));

test('only files of a strategy make a folder of strategies worth a look', async () => {
  expect(await folderState(path.join(dir, 'missing'))).toBe('');
  await writeFile(path.join(dir, 'tsconfig.json'), '{}');
  expect(await folderState(`${dir}/`)).toBe('');

  await mkdir(path.join(dir, 'mine', 'own'), { recursive: true });
  await writeFile(path.join(dir, 'mine', 'strategy.ts'), 'export default {};');
  const first = await folderState(dir);
  expect(first).not.toBe('');
  await writeFile(path.join(dir, 'mine', 'own', 'windows.ts'), 'export const window = 20;');
  const second = await folderState(dir);
  expect(second).not.toBe(first);
  await rm(path.join(dir, 'mine', 'own', 'windows.ts'));
  expect(await folderState(dir)).toBe(first);
});
