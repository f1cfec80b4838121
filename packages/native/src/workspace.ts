import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import { RUNTIME_DIR } from './paths.ts';
import type { Log } from './progress.ts';

/**
 * Runs `work` as the only set-up of this checkout, with a function that makes temporary folders.
 * They are removed at the end, and so are those a killed set-up left.
 */
export async function withWorkspace<T>(
  log: Log,
  work: (temporary: () => Promise<string>) => Promise<T>,
): Promise<T> {
  const base = join(RUNTIME_DIR, 'tmp');
  return withLock(
    join(RUNTIME_DIR, 'setup.lock'),
    async () => {
      await rm(base, { recursive: true, force: true });
      try {
        return await work(async () => {
          await mkdir(base, { recursive: true });
          return mkdtemp(join(base, 'setup-'));
        });
      } finally {
        await rm(base, { recursive: true, force: true });
      }
    },
    (holder) => log(`Waiting for the set-up that ${holder} runs.`),
  );
}
