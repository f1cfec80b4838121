import { availableParallelism } from 'node:os';
import type { Config } from '@ml-training/core';

/** Threads that a training may use: as set, or this machine's cores shared out among the jobs that may run. */
export const threadsOf = (
  config: Pick<Config, 'TRAINING_THREADS' | 'MAX_CONCURRENT_TRAINING_JOBS'>,
): number =>
  config.TRAINING_THREADS ||
  Math.max(1, Math.floor(availableParallelism() / config.MAX_CONCURRENT_TRAINING_JOBS));

/**
 * Node's arguments for a process that trains.
 *
 * Full collections of garbage wait for a heap of 150 MB, but where arrays outside of it ask for one: V8 drops, at
 * each, the compiled code of every closure that is not alive just then, and an LSTM's job of 1,000 bars had two of
 * them at V8's own 30 to 40 MB. It compiled most of itself anew in each job, .34 of 2 s of processor time.
 *
 * With one thread garbage is collected by that one: V8's own helpers take turns of other trainings' cores.
 */
export const nodeArguments = (threads: number): string[] => [
  ...process.execArgv,
  '--initial-old-space-size=150',
  ...(threads === 1 ? ['--single-threaded-gc'] : []),
];
