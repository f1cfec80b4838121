import {
  createRun,
  errorFacts,
  lastTick,
  listSymbols,
  newestDueTick,
  pairName,
  pairsWithoutNewBars,
  plannedStrategies,
  quietSymbols,
  planRun,
  pushJobs,
  refreshStrategies,
  scheduleRun,
  sumUp,
  type Log,
  type RunPlan,
  type Schedule,
  type ServiceContext,
  type Skipped,
} from '@ml-training/core';

export type RunContext = Pick<ServiceContext, 'config' | 'log' | 'redis' | 'sql'>;

/**
 * Starts the run of the newest due tick unless it, or a later one, has been started: by this scheduler,
 * another one, or one that is gone. Ticks from before the database was set up, or the schedule held, are
 * nobody's.
 * @param now by the database's clock
 * @returns whether it has started one
 */
export async function enqueueDueRun(context: RunContext, schedule: Schedule, now: Date): Promise<boolean> {
  const { config, log, sql, redis } = context;
  const tick = newestDueTick(schedule, now);
  if (tick === null || tick <= (await lastTick(sql, schedule))) return false;
  await refreshStrategies(sql);
  const known = await listSymbols(sql, { upTo: config.MIN_TRAINING_DATA_POINTS });
  const bars = new Map(known.map((row) => [row.symbol, row.bars]));
  const plan = planRun(
    plannedStrategies(config),
    config.TRAINING_SYMBOLS,
    bars,
    config.MIN_TRAINING_DATA_POINTS,
  );
  const unchanged = await pairsWithoutNewBars(sql, plan.pairs, config.TRAINING_SYMBOLS);
  const resting = new Set(unchanged.map(pairName));
  const wanted = plan.pairs.filter((pair) => !resting.has(pairName(pair)));
  const timely = await scheduleRun(context, schedule, now, wanted);
  const run = await createRun(sql, {
    trigger: 'schedule',
    scheduledFor: tick,
    pairs: timely.pairs,
    skipped: [...plan.skipped, ...unchanged, ...timely.leftOut],
    maxAttempts: 1 + config.TRAINING_RETRY_ATTEMPTS,
    expectedEnd: timely.expectedEnd,
    nextTick: timely.nextTick,
  });
  if (run === null) return false;
  log.info('run started', { run_id: run.runId, scheduled_for: tick.toISOString(), jobs: run.jobs.length });
  if (timely.tooLong) sayTooLong(log, timely, run.jobs.length);
  // That there is nothing new is no trouble.
  say(
    log,
    'warn',
    run.skipped.filter((pair) => !resting.has(pairName(pair))),
  );
  say(log, 'info', await unsaidQuiet(sql, unchanged));
  await pushJobs(redis, run.jobs).catch((error: unknown) =>
    log.warn('jobs wait for the reconciler to push them', errorFacts(error)),
  );
  return true;
}

/** Symbols that bars come of no more, as of delisted ones: this process has said so. */
const saidQuiet = new Set<string>();

/**
 * Without the pairs whose symbol is quiet, save at the first time: every run would say it again for ever. It stays
 * in the run's row.
 */
async function unsaidQuiet(sql: RunContext['sql'], resting: readonly Skipped[]): Promise<readonly Skipped[]> {
  const names = resting.map(({ symbol }) => symbol);
  const quiet = await quietSymbols(sql, names);
  for (const symbol of saidQuiet) if (!quiet.has(symbol)) saidQuiet.delete(symbol);
  const unsaid = resting.filter(({ symbol }) => !saidQuiet.has(symbol));
  for (const symbol of quiet.keys()) saidQuiet.add(symbol);
  return unsaid;
}

/** That a run has no time for all of its pairs, by the durations of the last trainings. */
function sayTooLong(log: Log, { expectedEnd, nextTick, trainers, leftOut }: RunPlan, jobs: number): void {
  const all = leftOut.length === 0;
  log.warn(
    all
      ? 'the run will not end before the next one is due'
      : 'the run trains the stalest pairs that there is time for',
    {
      expected_end: expectedEnd?.toISOString() ?? null,
      next_run: nextTick?.toISOString() ?? null,
      jobs,
      left_out: leftOut.length,
      trainers,
      advice:
        'more trainers (MAX_CONCURRENT_TRAINING_JOBS), fewer or smaller jobs, or runs farther apart' +
        (all ? '; RUN_TOO_LONG=stalest trains what there is time for' : ''),
    },
  );
}

/** A line a reason: 30,000 pairs whose jobs are all still open are one. */
function say(log: Log, level: 'info' | 'warn', skipped: readonly Skipped[]): void {
  for (const { reason, count, names } of sumUp(skipped))
    log.log(level, 'not trained', { reason, pairs: count, such_as: names });
}
