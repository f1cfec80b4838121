import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  acknowledge,
  bury,
  claimJob,
  connectRedis,
  errorFacts,
  hasRoom,
  pause,
  requeue,
  retryUntilAnswered,
  returnAll,
  take,
  throttledWarning,
  withDeadline,
  type ServiceContext,
} from '@ml-training/core';
import { createAdopt, type Held } from './adopt.ts';
import { answered, answerMs } from './answered.ts';
import { createIdle } from './idle.ts';
import { keepProcess } from './keep-process.ts';
import { untilModelsCanBeKept } from './models-place.ts';
import { trainerMetrics } from './own-metrics.ts';
import { keepScoring } from './scoring/keep-scoring.ts';
import { keepTuning } from './tuning/keep-tuning.ts';
import { runJob, type JobContext } from './run-job.ts';
import { threadsOf } from './threads.ts';

/**
 * Seconds a take waits for an entry: with its look at what is held, under one command a second while idle.
 */
const takeSeconds = 3;
const pauseMs = 1000;
/**
 * How long a stop waits for PostgreSQL, and then for Redis, to hear of it; both together leave room within 10
 * s.
 */
const leaveMs = 5000;
const returnMs = 1000;

/** What is to be done with an entry after it was handled. */
type EntryOutcome =
  | 'done'
  | 'no_room'
  /** Asked to stop before the job was over: the entry goes to the others. */
  | 'stopped';

/**
 * The trainer's loop: take an entry, make it a running job, train it, forget the entry; until asked to stop.
 */
export async function consume(service: ServiceContext): Promise<void> {
  const { config, log, redis, sql, instance, stopping } = service;
  const leaving = new AbortController();
  const warn = throttledWarning(log, 'can not take jobs now');
  const blocking = connectRedis(config.REDIS_URL, { name: `trainer ${instance} takes`, onError: warn });
  stopping.addEventListener('abort', () => {
    blocking.disconnect();
    setTimeout(() => leaving.abort(), leaveMs).unref();
  });
  const tell = trainerMetrics(service.metrics, config);
  const training = keepProcess(config, { threads: threadsOf(config) });
  const context = { ...service, leaving: leaving.signal, tell, training };
  const idle = createIdle(service);
  const scoring = keepScoring(service, idle);
  const tuning = keepTuning(service, idle);
  const adopt = createAdopt(context);
  const room = () =>
    answered(hasRoom(sql, config.MAX_CONCURRENT_TRAINING_JOBS), 'looking for room', leaving.signal);
  const stopped = (): boolean => stopping.aborted;
  while (!stopped()) {
    try {
      const entry = await take(blocking, instance, takeSeconds, stopping);
      if (entry === null) {
        idle.foundNothing();
        continue;
      }
      idle.worked();
      const held = await adopt(entry);
      if (held === null) continue;
      const outcome = await handle(context, held);
      if (outcome === 'done') {
        await answered(
          acknowledge(redis, instance, held.entry, held.former),
          'forgetting an entry',
          leaving.signal,
        );
        await untilModelsCanBeKept(service);
        idle.worked();
      } else if (outcome === 'no_room') {
        await requeue(redis, instance, held.entry);
        do await sleep(pauseMs, undefined, { signal: stopping });
        while (!(await room()));
      }
    } catch (error) {
      // A stop interrupts the take; that is no failure.
      if (!stopped()) warn(error);
      // An entry in hand stays in the processing list, where the next take finds it first.
      await pause(pauseMs, stopping);
    }
  }
  await Promise.all([training.end(), scoring, tuning]);
  // What is in hand, also by a take that the stop interrupted, goes to the others at once.
  await withDeadline(returnAll(redis, instance), returnMs, 'returning entries').catch((error: unknown) =>
    log.warn('left entries to the reconciler', errorFacts(error)),
  );
}

async function handle(context: JobContext, { entry, jobId }: Held): Promise<EntryOutcome> {
  const { config, log, redis, sql, instance, stopping, leaving } = context;
  const request = {
    jobId,
    trainerId: instance,
    maxRunning: config.MAX_CONCURRENT_TRAINING_JOBS,
    leaseSeconds: config.TRAINING_LEASE_SECONDS,
    token: randomUUID(),
  };
  let claimedAt = NaN;
  const claim = () => {
    claimedAt = performance.now();
    return claimJob(sql, request);
  };
  const deadlines = { tries: stopping, answer: { ms: answerMs, giveUp: leaving } };
  const taken = await retryUntilAnswered(claim, 'claiming a job', deadlines, log);
  switch (taken?.outcome) {
    case undefined:
      return 'stopped';
    case 'claimed':
      return (await runJob(context, taken.claim, claimedAt)) ? 'done' : 'stopped';
    case 'no_room':
      return 'no_room';
    case 'missing':
      await bury(redis, instance, entry, 'no job has this job_id');
      return 'done';
    case 'not_due':
    case 'over':
      log.debug('entry dropped', { job_id: jobId, outcome: taken.outcome });
      return 'done';
  }
}
