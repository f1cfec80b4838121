import { fork, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { environmentOf, type Config } from '@ml-training/core';
import { nodeArguments } from '../threads.ts';
import type { TuneMessage, TuneOrder } from './messages.ts';

const main = path.join(import.meta.dirname, 'main.ts');

type Ended = Exclude<TuneMessage, { readonly kind: 'progress' }>;

/**
 * One search in a process of its own.
 * @param options.quietMs without a word of progress for so long it is killed, and that is the pair's problem
 * @param options.stopping ends it at once; what it has found so far is kept
 * @returns null when a stop came first
 */
export async function searchInProcess(
  order: TuneOrder,
  options: { readonly config: Config; readonly quietMs: number; readonly stopping: AbortSignal },
): Promise<Ended | null> {
  const { config, quietMs, stopping } = options;
  const stopped = (): boolean => stopping.aborted;
  if (stopped()) return null;
  const child = fork(main, {
    execArgv: nodeArguments(1),
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // As a training's: a Ctrl-C reaches the service alone.
    detached: true,
    env: { ...process.env, ...environmentOf(config) },
  });
  const end = (): void => void child.kill('SIGKILL');
  stopping.addEventListener('abort', end);
  try {
    const ended = await endOf(child, order, quietMs);
    return stopped() ? null : ended;
  } finally {
    stopping.removeEventListener('abort', end);
    end();
  }
}

async function endOf(child: ChildProcess, order: TuneOrder, quietMs: number): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const fail = (problem: string): void => resolve({ kind: 'failed', problem, passing: false });
  const watch = (): NodeJS.Timeout =>
    setTimeout(
      () => fail(`a training of the search went on for over ${Math.round(quietMs / 1000)} s without a word`),
      quietMs,
    );
  let timer = watch();
  // Our own child's.
  child.on('message', (message) => {
    const told = message as TuneMessage;
    clearTimeout(timer);
    if (told.kind === 'progress') timer = watch();
    else resolve(told);
  });
  child.once('exit', (code, signal) =>
    fail(`the search ended its process (${signal ?? `exit code ${code ?? 'unknown'}`})`),
  );
  child.once('error', (error) => fail(`the searching process failed: ${error.message}`));
  child.send(order, (error) => {
    if (error !== null) fail(`the searching process could not be asked: ${error.message}`);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
