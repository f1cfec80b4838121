import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './alive.ts';

const BEAT_MS = 2_000;
const STALE_MS = 15_000;
const POLL_MS = 100;

/**
 * Runs `work` while no other process of this checkout does: two set-ups at
 * once would both fetch 200 MB. Safety doesn't hang on it, as files are
 * renamed into place whole; so a lock whose holder died is simply taken over.
 *
 * @param onWait called once if somebody else holds the lock, with who
 */
export async function withLock<T>(
  lockPath: string,
  work: () => Promise<T>,
  onWait: (holder: string) => void,
): Promise<T> {
  const me = `${hostname()} ${process.pid} ${crypto.randomUUID()}`;
  await mkdir(dirname(lockPath), { recursive: true });
  await acquire(lockPath, me, onWait);
  const beat = setInterval(() => {
    const now = new Date();
    utimes(lockPath, now, now).catch(() => undefined);
  }, BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if ((await holderOf(lockPath)) === me) await rm(lockPath, { force: true });
  }
}

async function acquire(lockPath: string, me: string, onWait: (holder: string) => void): Promise<void> {
  for (let waited = false; ;) {
    if (await create(lockPath, me)) return;
    const holder = await holderOf(lockPath);
    if (holder === undefined) continue;
    if (await isDead(lockPath, holder)) {
      await bury(lockPath, holder);
      continue;
    }
    if (!waited) onWait(`process ${pidOf(holder)}`);
    waited = true;
    await sleep(POLL_MS);
  }
}

async function create(lockPath: string, me: string): Promise<boolean> {
  try {
    await writeFile(lockPath, me, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** A process of this machine that is gone, or one anywhere whose lock hasn't been touched for a while. */
async function isDead(lockPath: string, holder: string): Promise<boolean> {
  const info = await stat(lockPath).catch(() => undefined);
  if (info === undefined) return false;
  if (Date.now() - info.mtimeMs > STALE_MS) return true;
  // Empty between its holder's creating and writing it.
  return holder.startsWith(`${hostname()} `) && !isAlive(pidOf(holder));
}

function pidOf(holder: string): number {
  return Number(holder.split(' ')[1] ?? 0);
}

/** Takes a dead holder's lock away; one that changed hands in the meantime is put back. */
async function bury(lockPath: string, holder: string): Promise<void> {
  const grave = `${lockPath}.${crypto.randomUUID()}`;
  const taken = await rename(lockPath, grave).then(
    () => holderOf(grave),
    () => undefined,
  );
  if (taken !== undefined && taken !== holder) await create(lockPath, taken);
  await rm(grave, { force: true });
}

async function holderOf(lockPath: string): Promise<string | undefined> {
  return readFile(lockPath, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
}
