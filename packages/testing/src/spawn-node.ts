import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endWithParent } from '@ml-training/embedded';

export interface NodeProcess {
  readonly pid: number;
  /** What it has written so far to standard output and standard error, in the order it came. */
  readonly lines: readonly string[];
  /**
   * The first line that matches, among those already there and those to come.
   *
   * @throws Error with the last lines when none comes within
   *   `timeoutMs` (default 4 minutes) or the process ends first.
   */
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** Default SIGTERM. */
  kill(signal?: NodeJS.Signals): void;
  /** Settles when the process has ended and all its output is in `lines`. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** What V8 compiled and Node stripped of types: a start with it takes half the time. */
const compileCache = fileURLToPath(new URL('../../../.runtime/compile-cache/', import.meta.url));

/**
 * Runs a file as a process of its own. Of this process's environment it sees PATH and HOME only, so that a
 * developer's own settings change no test, and a cache of compiled code. It is killed when this process ends.
 */
export function spawnNode(
  file: string | URL,
  options: {
    env?: Readonly<Record<string, string>>;
    cwd?: string;
    args?: readonly string[];
    /**
     * A command that ends by running what is appended to it
     * in its own place, as `nice -n 15` or `unshare` do.
     */
    within?: readonly string[];
  } = {},
): NodeProcess {
  const { env = {}, cwd, args = [], within = [] } = options;
  const path = file instanceof URL || file.startsWith('file:') ? fileURLToPath(file) : file;
  const [command, ...rest] = [...within, process.execPath, path, ...args];
  const child = spawn(command!, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_COMPILE_CACHE: compileCache, ...env },
    ...(cwd !== undefined && { cwd }),
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${path} can't be started in ${cwd ?? process.cwd()}`);
  endWithParent(child, 'KILL');

  const lines: string[] = [];
  const watchers = new Set<() => void>();
  let ended = false;
  const tell = (): void => watchers.forEach((watch) => watch());
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      tell();
    });
  const end = Promise.withResolvers<Awaited<NodeProcess['exited']>>();
  child.once('close', (code, signal) => {
    ended = true;
    tell();
    end.resolve({ code, signal });
  });

  const waitForLine = async (pattern: RegExp, timeoutMs = 240_000): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const fail = (why: string): void =>
      reject(
        new Error(`${why}, without a line like ${pattern}. Its last lines:\n${lines.slice(-20).join('\n')}`),
      );
    const look = (): void => {
      const found = lines.find((line) => pattern.test(line));
      if (found !== undefined) resolve(found);
      else if (ended) fail(`${path} ended with ${child.signalCode ?? child.exitCode}`);
    };
    const timer = setTimeout(() => fail(`${path} ran ${timeoutMs} ms`), timeoutMs);
    watchers.add(look);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      watchers.delete(look);
    }
  };

  return {
    pid,
    lines,
    waitForLine,
    kill: (signal = 'SIGTERM') => void child.kill(signal),
    exited: end.promise,
  };
}
