import {
  createRun,
  errorFacts,
  lastTick,
  listSymbols,
  newestDueTick,
  planRun,
  pushJobs,
  type Schedule,
  type ServiceContext,
} from '@ml-training/core';

export type RunContext = Pick<ServiceContext, 'config' | 'log' | 'redis' | 'sql'>;

/**
 * Starts the run of the newest due tick unless it, or a later one, has been started: by this scheduler, another one,
 * or one that is gone. Ticks from before the database was set up, or the schedule held, are nobody's.
 * @param now by the database's clock
 */
export async function startDueRun(context: RunContext, schedule: Schedule, now: Date): Promise<void> {
  const { config, log, sql, redis } = context;
  const tick = newestDueTick(schedule, now);
  if (tick === null || tick <= (await lastTick(sql, schedule))) return;
  const known = await listSymbols(sql, { upTo: config.MIN_TRAINING_DATA_POINTS });
  const bars = new Map(known.map((row) => [row.symbol, row.bars]));
  const plan = planRun(
    config.TRAINING_STRATEGIES,
    config.TRAINING_SYMBOLS,
    bars,
    config.MIN_TRAINING_DATA_POINTS,
  );
  const run = await createRun(sql, {
    trigger: 'schedule',
    scheduledFor: tick,
    ...plan,
    maxAttempts: 1 + config.TRAINING_RETRY_ATTEMPTS,
  });
  if (run === null) return;
  log.info('run started', { run_id: run.runId, scheduled_for: tick.toISOString(), jobs: run.jobs.length });
  for (const { strategy_type, symbol, reason } of run.skipped)
    log.warn('not trained', { strategy_type, symbol, reason });
  await pushJobs(redis, run.jobs).catch((error: unknown) =>
    log.warn('jobs wait for the reconciler to push them', errorFacts(error)),
  );
}
