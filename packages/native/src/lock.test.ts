import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { withLock } from './lock.ts';

let folder: string;
let lockPath: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  lockPath = join(folder, 'setup.lock');
});

afterEach(() => rm(folder, { recursive: true }));

const nobody = (): void => {
  throw new Error('waited');
};

test('holders never overlap, and whoever waits says for whom', async () => {
  const events: string[] = [];
  let waits = 0;
  const hold = (name: string): Promise<void> =>
    withLock(
      lockPath,
      async () => {
        events.push(`${name} in`);
        await readdir(folder);
        events.push(`${name} out`);
      },
      (holder) => {
        waits += 1;
        expect(holder).toBe(`process ${process.pid}`);
      },
    );
  await Promise.all(['a', 'b', 'c'].map(hold));
  for (let i = 0; i < 6; i += 2) expect(events[i + 1]).toBe(events[i]!.replace('in', 'out'));
  expect(events).toHaveLength(6);
  expect(waits).toBeGreaterThan(0);
});

test('the lock is given back after a failure, and nothing is left', async () => {
  const failing = withLock(lockPath, () => Promise.reject(new Error('no network')), nobody);
  await expect(failing).rejects.toThrow('no network');
  expect(await readdir(folder)).toEqual([]);
  expect(await withLock(lockPath, async () => 'next', nobody)).toBe('next');
});

test("a dead process's lock is taken over at once", async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '0']);
  await writeFile(lockPath, `${hostname()} ${pid} x`);
  expect(await withLock(lockPath, async () => 'mine', nobody)).toBe('mine');
  expect(await readdir(folder)).toEqual([]);
});

test('a lock of another machine that is no longer kept alive is taken over', async () => {
  await writeFile(lockPath, 'elsewhere 1 x');
  const before = new Date(Date.now() - 20_000);
  await utimes(lockPath, before, before);
  expect(await withLock(lockPath, async () => 'mine', nobody)).toBe('mine');
});

test('a lock of another machine that is kept alive is waited for', async () => {
  await writeFile(lockPath, 'elsewhere 1 x');
  let waited = false;
  const mine = withLock(
    lockPath,
    async () => waited,
    () => {
      waited = true;
      rmSync(lockPath);
    },
  );
  expect(await mine).toBe(true);
});
