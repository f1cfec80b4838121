import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { isAlive } from './alive.ts';
import { withLock } from './lock.ts';

const linux = process.platform === 'linux' ? test : test.skip;

test('this process is alive, one that has ended is not', () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(spawnSync(process.execPath, ['-e', '0']).pid)).toBe(false);
});

linux('a zombie, which nobody may ever reap, is not alive and holds no lock', async () => {
  // The shell's child is left to a program that knows nothing
  // of it, as in a container whose first process is no init.
  const parent = spawn('/bin/sh', ['-c', 'sleep 600 >/dev/null & echo $!; exec sleep 600 >/dev/null'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'zombie-'));
  try {
    let line = '';
    // The shell closes it as its last act.
    for await (const chunk of parent.stdout) line += String(chunk);
    const zombie = Number(line);
    process.kill(zombie, 'SIGKILL');
    while (isAlive(zombie)) await sleep(5);
    expect(process.kill(zombie, 0)).toBe(true);

    const lock = path.join(folder, 'setup.lock');
    writeFileSync(lock, `${hostname()} ${zombie} x`);
    const waited = (): never => {
      throw new Error('waited for a zombie');
    };
    expect(await withLock(lock, async () => 'mine', waited)).toBe('mine');
  } finally {
    parent.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
});
