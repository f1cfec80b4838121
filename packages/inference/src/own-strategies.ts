// The user's own strategies of STRATEGIES_DIR, told to the database, and so to every process of the fleet.
import { fork } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pause, recordStrategies, refreshStrategies, type Database, type Log } from '@ml-training/core';
import { StrategyError, type UserStrategyFacts } from '@ml-training/strategies';

/** What a folder says of itself, or in words why it can be no strategy. */
export type Described =
  | { readonly name: string; readonly facts: UserStrategyFacts; readonly problem: null }
  | { readonly name: string; readonly facts: null; readonly problem: string };

/** All folders together: each has limits of its own, so that this guards against a hang only. */
const deadlineMs = 120_000;
const lookEveryMs = 5000;
/**
 * A strategy with a fault is looked at again though no file has changed: it may have been the machine's, too
 * busy to run the code in time. Each time twice as long after the look before.
 */
const lookAgain = { firstMs: 15_000, longestMs: 3_600_000 };

/**
 * Asks every strategy of the folder what it is, in a process of its own that ends with the answer.
 * @throws StrategyError INVALID_STRATEGY when that process ends without one
 */
export async function describeFolder(strategiesDir: string): Promise<readonly Described[]> {
  if ((await folderState(strategiesDir)) === '') return [];
  const answer = Promise.withResolvers<readonly Described[]>();
  const child = fork(path.join(import.meta.dirname, 'describe-child.ts'), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  child.once('message', (all) => answer.resolve(all as readonly Described[]));
  child.once('error', answer.reject);
  child.once('exit', (code, signal) =>
    answer.reject(
      new StrategyError(
        'INVALID_STRATEGY',
        `the process that looks at the strategies of ${strategiesDir} ended by ` +
          (signal ?? `exit code ${code ?? 0}`),
      ),
    ),
  );
  child.send({ strategiesDir: path.resolve(strategiesDir) });
  try {
    return await answer.promise;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Changes when a file of a strategy does, or comes or goes: names, sizes and times, so that the code of the
 * folder isn't run to find out whether to run it. Empty where there is no folder, or no folder of a strategy
 * in it: files beside those, as an editor's settings are, are no strategy's.
 */
export async function folderState(strategiesDir: string): Promise<string> {
  const entries = await readdir(strategiesDir, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter(
    (entry) => entry.isFile() && !entry.name.startsWith('.') && !sameFolder(entry.parentPath, strategiesDir),
  );
  const lines = await Promise.all(
    files.map(async (entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const facts = await stat(file).catch(() => null);
      return `${file} ${facts?.size ?? 0} ${facts?.mtimeMs ?? 0}`;
    }),
  );
  return lines.sort().join('\n');
}

const sameFolder = (a: string, b: string): boolean => path.resolve(a) === path.resolve(b);

/** Describes the folder and tells the database of it; one that can't be a strategy is not told of. */
export async function recordFolder(sql: Database, strategiesDir: string): Promise<readonly Described[]> {
  const all = await describeFolder(strategiesDir);
  await recordStrategies(
    sql,
    all.flatMap(({ facts }) => facts ?? []),
    all.map(({ name }) => name),
  );
  await refreshStrategies(sql);
  return all;
}

/** What keeps a process's view of the folder: `look` at once where it has changed. */
export interface KeptStrategies {
  readonly look: () => Promise<void>;
}

/**
 * Tells the database of the folder at once and whenever it has changed, until `stopping`. What is wrong
 * with a strategy is logged once, and again when the folder changes; it stops nothing, and it is looked at again.
 */
export async function keepStrategies(context: {
  readonly sql: Database;
  readonly log: Log;
  readonly strategiesDir: string;
  readonly stopping: AbortSignal;
}): Promise<KeptStrategies> {
  const { sql, log, strategiesDir, stopping } = context;
  let seen: string | null = null;
  let again = { at: Infinity, waitMs: lookAgain.firstMs };
  let told = '';
  const lookNow = async (): Promise<void> => {
    const state = await folderState(strategiesDir);
    const changed = state !== seen;
    if (!changed && performance.now() < again.at) return;
    const all = await recordFolder(sql, strategiesDir);
    seen = state;
    const waitMs = changed ? lookAgain.firstMs : Math.min(2 * again.waitMs, lookAgain.longestMs);
    const faulty = all.some(({ problem }) => problem !== null);
    again = { at: faulty ? performance.now() + waitMs : Infinity, waitMs };
    const found = JSON.stringify(all.map(({ name, problem }) => [name, problem]));
    if (changed || found !== told) tell(all);
    told = found;
  };
  const tell = (all: readonly Described[]): void => {
    for (const { name, problem } of all)
      if (problem !== null) log.warn('a strategy can not be used', { strategy_type: name, error: problem });
    const valid = all.filter(({ problem }) => problem === null).map(({ name }) => name);
    if (valid.length > 0) log.info('strategies of your own', { strategies: valid });
  };
  let last: Promise<void> = Promise.resolve();
  const look = (): Promise<void> => {
    last = last.then(lookNow, lookNow);
    return last;
  };
  const failed = (error: unknown): void => {
    if (!stopping.aborted) log.warn('could not look at STRATEGIES_DIR', { error: String(error) });
  };
  await look().catch(failed);
  void (async () => {
    while (!stopping.aborted) {
      await pause(lookEveryMs, stopping);
      await look().catch(failed);
    }
  })();
  return { look };
}
