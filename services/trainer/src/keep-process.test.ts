import { expect, test } from '@jest/globals';
import { isAlive } from '@ml-training/native';
import { until } from '@ml-training/testing';
import { keepProcess, type KeptProcess } from './keep-process.ts';
import type { Observer, TrainOrder } from './messages.ts';
import { superviseAttempt } from './supervise.ts';

const limits = {
  TRAINING_MAX_JOBS_PER_CHILD: 10,
  TRAINING_MAX_MEMORY_PER_CHILD: 0,
  TRAINING_MAX_AGE_PER_CHILD: 0,
};
const order: TrainOrder = { jobId: 'a job', attempt: 1, strategy_type: 'lstm', symbol: '../x' };
const observer: Observer = { progress: () => undefined, epoch: () => undefined, note: () => undefined };

/** One job, after which the process is kept: it fails, with a database or without. */
async function train(kept: KeptProcess, fresh = false) {
  const training = await kept.take({ fresh });
  expect(await training.train(order, observer)).toMatchObject({ kind: 'failed' });
  kept.giveBack(training);
  return training;
}

test('a process is kept from job to job, until a fresh one is asked for or it is ended', async () => {
  const kept = keepProcess(limits, { threads: 1 });
  const first = await train(kept);
  expect(await train(kept)).toBe(first);
  expect(first.jobs).toBe(2);
  const second = await train(kept, true);
  expect(second).not.toBe(first);
  expect(isAlive(first.pid!)).toBe(false);
  await kept.end();
  expect(isAlive(second.pid!)).toBe(false);
});

test.each([
  { TRAINING_MAX_JOBS_PER_CHILD: 1 },
  { TRAINING_MAX_MEMORY_PER_CHILD: 1 },
  { TRAINING_MAX_AGE_PER_CHILD: 0.001 },
])('with %j each job has a process of its own, and the one before has ended', async (limit) => {
  const kept = keepProcess({ ...limits, ...limit }, { threads: 1 });
  const first = await train(kept);
  expect(await train(kept)).not.toBe(first);
  expect(isAlive(first.pid!)).toBe(false);
  await kept.end();
});

test('one that has had no job for long is ended, so that its memory is free', async () => {
  const kept = keepProcess(limits, { threads: 1, idleMs: 1 });
  const { pid } = await train(kept);
  await until(() => !isAlive(pid!), { what: 'the process to end' });
  await kept.end();
});

const timeOut = { kind: 'failed', code: 'JOB_TIMEOUT' };
const abandoned = { kind: 'abandoned' };
test.each([
  { ends: 'its time-out', timeoutSeconds: 1, attempt: timeOut },
  { ends: 'the loss of its lease', timeoutSeconds: 600, abandon: true, attempt: abandoned },
  { ends: 'a stop', timeoutSeconds: 600, stop: true, attempt: abandoned },
])('$ends ends an attempt whose process does not answer', async (given) => {
  const kept = keepProcess(limits, { threads: 1 });
  const first = await train(kept);
  process.kill(first.pid!, 'SIGSTOP');
  const [lost, stopping] = [new AbortController(), new AbortController()];
  const { timeoutSeconds } = given;
  const ended = superviseAttempt(
    kept,
    order,
    { timeoutSeconds, stop: stopping.signal, abandon: lost.signal, secrets: [] },
    observer,
  );
  if (given.abandon) lost.abort();
  if (given.stop) stopping.abort();
  expect(await ended).toMatchObject(given.attempt);
  expect(isAlive(first.pid!)).toBe(false);
});
