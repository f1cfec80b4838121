import { availableParallelism } from 'node:os';
import { connectDatabase, failureOf, loadConfig, lookForPooler } from '@ml-training/core';
import type { ChildMessage, ParentMessage, TrainedModels, TrainOrder } from '../messages.ts';
import { Stopped } from './checkpointer.ts';
import { lowerPriority } from './priority.ts';
import { runTraining } from './run-training.ts';

/**
 * A supervisor that is gone can't register what we make, and somebody else has the job soon; one that is
 * there hears why.
 */
const leave = (error?: unknown): never => {
  if (process.connected) console.error(error);
  process.exit(1);
};
const stopping = new AbortController();

/** Sent whole before the process may end. */
const tell = (message: ChildMessage): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error === null ? resolve() : reject(error)));
  });

// What nobody could catch, as of a connection that is lost at a bad moment, may be no fault of the training.
process.on('uncaughtException', (error) => {
  const failure = failureOf(error);
  if (failure.infrastructure !== true) leave(error);
  const end = (): never => process.exit(1);
  tell({ kind: 'failed', ...failure }).then(end, end);
});

process.on('disconnect', () => leave());

process.on('message', (message: ParentMessage) => {
  if (message.kind === 'stop') {
    stopping.abort();
    return;
  }
  lowerPriority();
  // What it throws, nobody could be told: Node prints it and ends, and the supervisor reads that.
  void run(message);
});

async function run(order: TrainOrder): Promise<void> {
  try {
    const trained = await train(order);
    await tell({ kind: 'done', ...trained });
  } catch (error) {
    // The last note is on its way: a send takes its turn, and a disconnected channel sends nothing.
    if (!(error instanceof Stopped)) await tell({ kind: 'failed', ...failureOf(error) });
    else await tell({ kind: 'stopped' });
  }
  process.exit(0);
}

async function train(order: TrainOrder): Promise<TrainedModels> {
  const config = loadConfig();
  const threads =
    config.TRAINING_THREADS ||
    Math.max(1, Math.floor(availableParallelism() / config.MAX_CONCURRENT_TRAINING_JOBS));
  const sql = connectDatabase(config.DATABASE_URL, {
    applicationName: `training ${order.jobId}`,
    max: 1,
    bars: config,
  });
  await lookForPooler(sql);
  return runTraining({ config, sql, threads, stopping: stopping.signal }, order, {
    progress: (fraction, stage) => void tell({ kind: 'progress', fraction, stage }).catch(leave),
    epoch: (step, values) => void tell({ kind: 'epoch', step, values }).catch(leave),
    note: (note) => void tell({ kind: 'note', ...note }).catch(leave),
  });
}
