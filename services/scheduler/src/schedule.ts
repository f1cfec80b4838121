import { setTimeout as sleep } from 'node:timers/promises';
import { errorFacts, onceAMinute, reconcile, type ServiceContext } from '@ml-training/core';
import { Cron } from 'croner';
import { startDueRun } from './start-run.ts';
import { nextTick } from './ticks.ts';
import { removeExpired } from './upkeep.ts';

const upkeepEveryMs = 3_600_000;

/**
 * Three duties until asked to stop: a run at each tick, queue and rows kept in step, old models removed. Each is
 * idempotent, so any number of schedulers may run.
 */
export async function schedule(context: ServiceContext): Promise<void> {
  const { config, log, stopping } = context;
  const when = { cron: config.TRAINING_CRON_SCHEDULE, timezone: config.TRAINING_TIMEZONE };
  log.info('scheduled', { ...when, next: nextTick(when, new Date())?.toISOString() ?? null });
  const tick = serialised(() => startDueRun(context, when), onceAMinute(log, 'could not start a due run'));
  const cron = new Cron(
    when.cron,
    { timezone: when.timezone, protect: true, catch: (error) => log.error('tick', errorFacts(error)) },
    tick,
  );
  try {
    await Promise.all([
      every(
        config.TRAINING_RECONCILE_SECONDS * 1000,
        stopping,
        onceAMinute(log, 'could not reconcile'),
        async () => {
          // A tick missed while this process or the database was away is seen here.
          await tick();
          const done = await reconcile(context.sql, context.redis);
          for (const job of done.recovered)
            log.warn('job recovered', { job_id: job.job_id, status: job.status, error: job.error_message });
          if (done.pushed + done.returned > 0)
            log.warn('queue put right', { pushed: done.pushed, returned: done.returned });
        },
      ),
      every(upkeepEveryMs, stopping, onceAMinute(log, 'could not clean up'), () => removeExpired(context)),
    ]);
  } finally {
    cron.stop();
  }
}

/** Does `work` now and then again `ms` after each end, until `stopping`; failures are reported and do not end it. */
async function every(
  ms: number,
  stopping: AbortSignal,
  onFailure: (error: unknown) => void,
  work: () => Promise<void>,
): Promise<void> {
  while (!stopping.aborted) {
    await work().catch(onFailure);
    await sleep(ms, undefined, { signal: stopping }).catch(() => undefined);
  }
}

/** One at a time: a call while one is under way waits for that one. */
function serialised(work: () => Promise<void>, onFailure: (error: unknown) => void): () => Promise<void> {
  let current: Promise<void> | null = null;
  return () => {
    current ??= work()
      .catch(onFailure)
      .finally(() => {
        current = null;
      });
    return current;
  };
}
