import { flushCompileCache } from 'node:module';
import { connectDatabase, failureOf, loadConfig, lookForPooler, type Database } from '@ml-training/core';
import type { ChildMessage, ParentMessage, TrainedModels, TrainOrder } from '../messages.ts';
import { threadsOf } from '../threads.ts';
import { Stopped } from './checkpointer.ts';
import { codeHasChanged } from './code-sum.ts';
import { collectGarbage } from './garbage.ts';
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
/** Of the job in hand. */
let stopping = new AbortController();
let jobs = 0;

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
  if (message.kind === 'end') process.exit(0);
  if (message.kind === 'stop') {
    stopping.abort();
    return;
  }
  stopping = new AbortController();
  lowerPriority();
  // What it throws, nobody could be told: Node prints it and ends, and the supervisor reads that.
  void run(message, stopping.signal);
});

/** One job, after which another may come: nothing of it is left but loaded code. */
async function run(order: TrainOrder, stopped: AbortSignal): Promise<void> {
  // A process that ends before it has begun is replaced by another, which loads what lies here now.
  if (jobs++ > 0 && codeHasChanged()) process.exit(0);
  await tell({ kind: 'begun' });
  let sql: Database | undefined;
  try {
    const config = loadConfig();
    sql = connectDatabase(config.DATABASE_URL, {
      applicationName: `training ${order.jobId}`,
      max: 1,
      bars: config,
    });
    const trained = await train({ config, sql, stopping: stopped }, order);
    await tell({ kind: 'done', ...trained });
  } catch (error) {
    // The last note is on its way: a send takes its turn, and a disconnected channel sends nothing.
    if (!(error instanceof Stopped)) await tell({ kind: 'failed', ...failureOf(error) });
    else {
      await tell({ kind: 'stopped' });
      process.exit(0);
    }
  }
  await sql?.end({ timeout: 1 });
  // Written at a process's end otherwise, and one that waits for a job may be killed.
  flushCompileCache();
  collectGarbage();
  await tell({ kind: 'rested', residentBytes: process.memoryUsage.rss() });
}

async function train(
  context: Omit<Parameters<typeof runTraining>[0], 'threads'>,
  order: TrainOrder,
): Promise<TrainedModels> {
  const { config, sql } = context;
  await lookForPooler(sql);
  return runTraining({ ...context, threads: threadsOf(config) }, order, {
    progress: (fraction, stage) => void tell({ kind: 'progress', fraction, stage }).catch(leave),
    epoch: (step, values) => void tell({ kind: 'epoch', step, values }).catch(leave),
    note: (note) => void tell({ kind: 'note', ...note }).catch(leave),
  });
}
