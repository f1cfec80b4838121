import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddedServer } from '@ml-training/embedded';
import { root } from '../paths.ts';

/**
 * A server that dies more often than so many times within so long has a trouble that a start doesn't mend.
 */
const atMost = 3;
const withinMs = 60_000;
/** What a killed PostgreSQL leaves running ends within a moment, and until then a start is refused. */
const tries = 10;
const pauseMs = 500;

/** Whether a server that died at these times (ms), the last one now, is started once more. */
export const mayRestart = (deaths: readonly number[]): boolean => {
  const now = deaths.at(-1) ?? 0;
  return deaths.filter((time) => now - time < withinMs).length <= atMost;
};

type Keepable = Pick<EmbeddedServer, 'onDeath' | 'restart'>;

/**
 * Starts a server again, on the same port and data, whenever it dies by itself.
 * @returns `broken`: aborted, with the reason in words, when that doesn't
 *   help; `stop`: restarts no more, and waits for a restart under way
 */
export function keepAlive(
  name: string,
  server: Keepable,
  log: (line: string) => void,
): { readonly broken: AbortSignal; stop(): Promise<void> } {
  const broken = new AbortController();
  const deaths: number[] = [];
  let stopped = false;
  const isStopped = (): boolean => stopped;
  let restarting = Promise.resolve();

  const restart = async (how: string): Promise<void> => {
    for (let attempt = 1; !isStopped(); attempt++) {
      try {
        await server.restart();
        log(`${name} runs again`);
        return;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (attempt === tries) {
          broken.abort(new Error(`${how}. It could not be started again: ${why}`));
          return;
        }
        await sleep(pauseMs);
      }
    }
  };
  server.onDeath((death) => {
    if (isStopped()) return;
    const how = death.replace(`${root}/`, '');
    deaths.push(performance.now());
    if (mayRestart(deaths)) {
      log(`${how}; starting it again`);
      restarting = restart(how);
    } else
      broken.abort(new Error(`${how}. It was started again ${atMost} times within a minute and died again`));
  });
  return {
    broken: broken.signal,
    stop: async () => {
      stopped = true;
      await restarting;
    },
  };
}
