import { setTimeout as sleep } from 'node:timers/promises';
import {
  acknowledge,
  bury,
  claimJob,
  connectRedis,
  createTickJob,
  errorFacts,
  giveBack,
  hasRoom,
  onceAMinute,
  parsePayload,
  returnAll,
  take,
  type ServiceContext,
} from '@ml-training/core';
import { runJob } from './run-job.ts';

/** Seconds a take waits for an entry: with its look at what is held, under one command a second while idle. */
const takeSeconds = 3;
const pauseMs = 1000;

/** What is to be done with an entry after it was handled. */
type Verdict = 'done' | 'no_room';

/** The trainer's loop: take an entry, make it a running job, train it, forget the entry; until asked to stop. */
export async function consume(context: ServiceContext): Promise<void> {
  const { config, log, redis, sql, instance, stopping } = context;
  const complain = onceAMinute(log, 'can not take jobs now');
  const blocking = connectRedis(config.REDIS_URL, { name: `trainer ${instance} takes`, onError: complain });
  stopping.addEventListener('abort', () => blocking.disconnect());
  const stopped = (): boolean => stopping.aborted;
  while (!stopped()) {
    try {
      const entry = await take(blocking, instance, takeSeconds);
      if (entry === null) continue;
      const verdict = await handle(context, entry);
      if (verdict === 'done') await acknowledge(redis, instance, entry);
      else {
        await giveBack(redis, instance, entry);
        do await sleep(pauseMs, undefined, { signal: stopping });
        while (!(await hasRoom(sql, config.MAX_CONCURRENT_TRAINING_JOBS)));
      }
    } catch (error) {
      // A stop interrupts the take; that is no failure.
      if (!stopped()) complain(error);
      // An entry in hand stays in the processing list, where the next take finds it first.
      await sleep(pauseMs, undefined, { signal: stopping }).catch(() => undefined);
    }
  }
  // What was taken by a call that the stop interrupted goes to the others at once.
  await returnAll(redis, instance).catch((error: unknown) =>
    log.warn('left entries to the reconciler', errorFacts(error)),
  );
}

async function handle(context: ServiceContext, entry: string): Promise<Verdict> {
  const { config, log, redis, sql, instance } = context;
  const payload = parsePayload(entry);
  if (payload.kind === 'garbage') {
    log.warn('no job can be made of an entry', { reason: payload.reason, length: entry.length });
    await bury(redis, instance, entry, payload.reason);
    return 'done';
  }
  let jobId: string;
  if (payload.kind === 'job') jobId = payload.jobId;
  else {
    const pair = { strategy_type: payload.strategyType, symbol: payload.symbol };
    const job = await createTickJob(sql, pair, 1 + config.TRAINING_RETRY_ATTEMPTS);
    if (job === null) {
      log.info('already queued or running', pair);
      return 'done';
    }
    jobId = job.job_id;
  }
  const claimedAt = performance.now();
  const taken = await claimJob(sql, {
    jobId,
    trainerId: instance,
    maxRunning: config.MAX_CONCURRENT_TRAINING_JOBS,
    leaseSeconds: config.TRAINING_LEASE_SECONDS,
  });
  switch (taken.outcome) {
    case 'claimed':
      await runJob(context, taken.claim, claimedAt);
      return 'done';
    case 'no_room':
      // A wish has its row now, and waits there; the reconciler brings it back.
      return payload.kind === 'job' ? 'no_room' : 'done';
    case 'missing':
      await bury(redis, instance, entry, 'no job has this job_id');
      return 'done';
    case 'not_due':
    case 'over':
      log.debug('entry dropped', { job_id: jobId, outcome: taken.outcome });
      return 'done';
  }
}
