import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isServerOf } from '../orphan.ts';
import type { PostgresBinaries } from './binaries.ts';
import { giveTo, type Runner } from './unprivileged.ts';

/** Makes the database cluster in `folder`/data unless it is there. @throws Error with what initdb said. */
export function prepareCluster(options: {
  folder: string;
  binaries: PostgresBinaries;
  runner: Runner;
  password: string;
  durable: boolean;
}): string {
  const { folder, binaries, runner, password, durable } = options;
  const data = join(folder, 'data');
  if (existsSync(data)) {
    giveTo(runner, data);
    dropForeignLock(data, folder);
    return data;
  }

  // Under another name until it is whole: initdb killed half-way must not leave what looks like a cluster.
  const unfinished = join(folder, 'data.new');
  const passwordFile = join(folder, 'data.password');
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  for (const path of [unfinished, passwordFile]) giveTo(runner, path);
  const [file, ...args] = [
    ...runner.prefix,
    binaries.initdb,
    `--pgdata=${unfinished}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // PostgreSQL's own UTF-8 collation: the machine needn't have any locale.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    // Safe: the hash is of 24 random bytes, which nobody can guess at one round a guess either.
    '--set=scram_iterations=1',
    ...(durable ? [] : ['--no-sync']),
  ];
  const made = spawnSync(file!, args, {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    ...(runner.uid !== undefined && { uid: runner.uid }),
    ...(runner.gid !== undefined && { gid: runner.gid }),
  });
  rmSync(passwordFile);
  if (made.status !== 0) {
    const said = made.error?.message ?? `${made.stdout}\n${made.stderr}`.trim();
    throw new Error(`PostgreSQL: initdb failed in ${unfinished}:\n${said}`);
  }
  renameSync(unfinished, data);
  return data;
}

/**
 * After a reboot another program may have the lock file's
 * process id, and PostgreSQL would believe it is running.
 */
function dropForeignLock(data: string, folder: string): void {
  const lock = join(data, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  if (!isServerOf(pid, folder)) rmSync(lock);
}
