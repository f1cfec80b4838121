import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '@ml-training/native';
import { childrenOf, commandLine, signal } from './processes.ts';

/**
 * Stops a server that still runs on this folder although the process that started it is gone.
 *
 * @throws Error when that process still runs: two servers on one folder would destroy its data.
 */
export async function stopOrphan(folder: string, name: string): Promise<void> {
  const note = readNote(join(folder, 'server.json'));
  if (!note || !isServerOf(note.pid, folder)) return;
  if (isAlive(note.owner))
    throw new Error(
      `${name} already runs on ${folder} (process ${note.pid}), started by process ${note.owner}. ` +
        `Stop that one first, or use another folder.`,
    );
  const pids = [note.pid, ...childrenOf(note.pid)];
  for (const pid of pids) signal(pid, 'SIGCONT');
  signal(note.pid, 'SIGINT');
  const patience = performance.now() + 10_000;
  while (pids.some(isAlive)) {
    if (performance.now() > patience) for (const pid of pids) signal(pid, 'SIGKILL');
    await delay(10);
  }
}

/** A process id alone proves nothing: after a reboot it may be anybody's. */
export const isServerOf = (pid: number, folder: string): boolean =>
  isAlive(pid) && commandLine(pid).includes(`${folder}/`);

function readNote(file: string): { pid: number; owner: number } | undefined {
  try {
    const note: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof note !== 'object' || note === null || !('pid' in note) || !('owner' in note)) return undefined;
    const { pid, owner } = note;
    return typeof pid === 'number' && typeof owner === 'number' ? { pid, owner } : undefined;
  } catch {
    return undefined; // Never started, or cut short by a power failure: then nothing runs.
  }
}
