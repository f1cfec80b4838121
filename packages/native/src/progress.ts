import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Takes one line of text, without its line break. */
export type Log = (line: string) => void;

const QUIET_MS = 2_000;
const REPEAT_MS = 5_000;

/**
 * Awaits `work`; once it takes over 2 s, says so, repeats it every 5 s and says when it is over.
 * Quick work is silent.
 *
 * @param folder what grows there is shown in MB
 */
export async function withProgress<T>(
  log: Log,
  label: string,
  work: Promise<T>,
  folder?: string,
): Promise<T> {
  const start = performance.now();
  const state = { spoke: false };
  const say = async (ending: string): Promise<void> => {
    const megabytes = folder === undefined ? 0 : (await sizeOf(folder)) / 1e6;
    const size = megabytes < 0.1 ? '' : `${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB, `;
    log(`${label}: ${size}${((performance.now() - start) / 1000).toFixed(0)} s${ending}`);
  };
  let timer = setTimeout(function tick() {
    state.spoke = true;
    timer = setTimeout(tick, REPEAT_MS);
    void say(' …');
  }, QUIET_MS);
  try {
    const result = await work;
    clearTimeout(timer);
    if (state.spoke) await say(', done');
    return result;
  } finally {
    clearTimeout(timer);
  }
}

/** Bytes of all files under a folder; what vanishes while it is counted counts as nothing. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        (info) => info.size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
