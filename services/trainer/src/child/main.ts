import { availableParallelism, constants, setPriority } from 'node:os';
import { connectDatabase, failureOf, loadConfig } from '@ml-training/core';
import type { ChildMessage, TrainOrder } from '../messages.ts';
import { train } from './train.ts';

/** Sent whole before the process may end. */
const tell = (message: ChildMessage): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error === null ? resolve() : reject(error)));
  });

// A supervisor that is gone can't register what we make, and somebody else has the job soon.
process.on('disconnect', () => process.exit(1));
// Ctrl-C reaches the whole process group; the supervisor decides what becomes of its child.
process.on('SIGINT', () => undefined);

process.once('message', (order: TrainOrder) => {
  // Training takes every core there is; leases, health checks and the servers on this machine come first.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  void run(order);
});

async function run(order: TrainOrder): Promise<void> {
  const config = loadConfig();
  const threads =
    config.TRAINING_THREADS ||
    Math.max(1, Math.floor(availableParallelism() / config.MAX_CONCURRENT_TRAINING_JOBS));
  const sql = connectDatabase(config.DATABASE_URL, { applicationName: `training ${order.jobId}`, max: 1 });
  try {
    const trained = await train({ config, sql, threads }, order, {
      progress: (fraction, stage) => void tell({ kind: 'progress', fraction, stage }),
      epoch: (step, values) => void tell({ kind: 'epoch', step, values }),
    });
    await tell({ kind: 'done', ...trained });
  } catch (error) {
    await tell({ kind: 'failed', ...failureOf(error) });
  }
  process.exit(0);
}
