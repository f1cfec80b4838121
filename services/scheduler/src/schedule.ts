import { setTimeout as sleep } from 'node:timers/promises';
import {
  announce,
  atEachTick,
  boundedDatabase,
  nextTick,
  onceAMinute,
  reconcile,
  type ServiceContext,
} from '@ml-training/core';
import { startDueRun } from './start-run.ts';
import { cleanUp } from './upkeep.ts';

const upkeepEveryMs = 3_600_000;
/** The duties are idempotent: what was given up, the next round just does again. */
const answerMs = 30_000;
const upkeepMs = 600_000;

/**
 * Three duties until asked to stop: a run at each tick, queue and rows kept in step, old models removed. Each is
 * idempotent, so any number of schedulers may run.
 */
export async function schedule(context: ServiceContext): Promise<void> {
  const { config, log, stopping } = context;
  const when = { cron: config.TRAINING_CRON_SCHEDULE, timezone: config.TRAINING_TIMEZONE };
  log.info('scheduled', { ...when, next: nextTick(when, new Date())?.toISOString() ?? null });
  const complain = onceAMinute(log, 'could not start a due run');
  const runs = boundedDatabase(context.sql, { ms: answerMs, what: 'starting a due run' });
  const reconciling = boundedDatabase(context.sql, { ms: answerMs, what: 'reconciling' });
  const upkeeps = boundedDatabase(context.sql, { ms: upkeepMs, what: 'cleaning up' });
  const tick = serialised(() =>
    runs.run((sql) => startDueRun({ ...context, sql }, when, new Date())).catch(complain),
  );
  const ticking = atEachTick(when, tick, complain);
  try {
    await Promise.all([
      every(
        config.TRAINING_RECONCILE_SECONDS * 1000,
        stopping,
        onceAMinute(log, 'could not reconcile'),
        async () => {
          // A tick missed while this process or the database was away is seen here.
          await tick();
          await reconciling.run((sql) => keepInStep({ ...context, sql }));
        },
      ),
      every(upkeepEveryMs, stopping, onceAMinute(log, 'could not clean up'), () =>
        upkeeps.run((sql) => cleanUp({ ...context, sql }, new Date()), stopping),
      ),
    ]);
  } finally {
    ticking.stop();
    await Promise.all([runs.end(), reconciling.end(), upkeeps.end()]);
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

/** Does `work` now and then again `ms` after each end, until `stopping`; failures are reported and do not end it. */
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
    await sleep(ms, undefined, { signal: stopping }).catch(() => undefined);
  }
}

/** One at a time: a call while one is under way waits for that one. */
function serialised(work: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | null = null;
  return () => {
    current ??= work().finally(() => {
      current = null;
    });
    return current;
  };
}
