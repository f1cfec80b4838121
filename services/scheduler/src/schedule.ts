import {
  announce,
  boundedDatabase,
  cleanUp,
  pause,
  reconcile,
  throttledWarning,
  type ServiceContext,
} from '@ml-training/core';
import { schedulerMetrics, type Duty } from './own-metrics.ts';
import { keepTicking } from './ticking.ts';
import { keepPosting } from './webhooks.ts';

const cleanUpEveryMs = 3_600_000;
/** The duties are idempotent: what was given up, the next round just does again. */
const answerMs = 30_000;
const cleanUpMs = 600_000;

/**
 * Four duties until asked to stop: a run at each tick, queue and rows kept in step, old models removed,
 * webhooks posted. None waits for another, and each is idempotent, so any number of schedulers may run.
 */
export async function schedule(context: ServiceContext): Promise<void> {
  const { config, log, stopping } = context;
  const tell = schedulerMetrics(context.metrics, config);
  const counted =
    (duty: Duty, work: () => Promise<void>): (() => Promise<void>) =>
    async () => {
      try {
        await work();
        tell.round(duty, 'done');
      } catch (error) {
        if (!stopping.aborted) tell.round(duty, 'failed');
        throw error;
      }
    };
  const reconciling = boundedDatabase(context.sql, { ms: answerMs, what: 'reconciling' });
  const cleaning = boundedDatabase(context.sql, { ms: cleanUpMs, what: 'cleaning up' });
  try {
    await Promise.all([
      keepTicking(context, tell),
      keepPosting(context),
      every(
        config.TRAINING_RECONCILE_SECONDS * 1000,
        stopping,
        throttledWarning(log, 'could not reconcile'),
        counted('reconcile', () => reconciling.run((sql) => keepInStep({ ...context, sql }))),
      ),
      every(
        cleanUpEveryMs,
        stopping,
        throttledWarning(log, 'could not clean up'),
        counted('clean_up', () => cleaning.run((sql) => cleanUp({ ...context, sql }, new Date()), stopping)),
      ),
    ]);
  } finally {
    await Promise.all([reconciling.end(), cleaning.end()]);
  }
}

/** Whoever switches models tells bots at once; later than this it is gone, or Redis was away. */
const tellAfterSeconds = 5;

async function keepInStep({ log, redis, sql }: ServiceContext): Promise<void> {
  const done = await reconcile(sql, redis);
  for (const job of done.recovered)
    log.warn('job recovered', { job_id: job.job_id, status: job.status, error: job.error_message });
  if (done.pushed + done.returned > 0)
    log.warn('queue put right', { pushed: done.pushed, returned: done.returned });
  const { published } = await announce(sql, redis, { olderThanSeconds: tellAfterSeconds });
  if (published > 0)
    log.warn('told bots of new models in the place of who should have', { models: published });
}

/**
 * Does `work` now and then again `ms` after each end, until `stopping`; failures are reported and do not end
 * it.
 */
async function every(
  ms: number,
  stopping: AbortSignal,
  onFailure: (error: unknown) => void,
  work: () => Promise<void>,
): Promise<void> {
  while (!stopping.aborted) {
    await work().catch((error: unknown) => {
      // A stop gives up what is under way; that is no failure.
      if (!stopping.aborted) onFailure(error);
    });
    await pause(ms, stopping);
  }
}
