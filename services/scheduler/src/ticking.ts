import {
  boundedDatabase,
  holdSchedule,
  nextTick,
  pause,
  scheduleOf,
  throttledWarning,
  type Database,
  type Held,
  type Schedule,
  type ServiceContext,
} from '@ml-training/core';
import type { SchedulerMetrics } from './own-metrics.ts';
import { enqueueDueRun, type RunContext } from './enqueue-run.ts';

const answerMs = 30_000;
/**
 * However far the next tick is: a tick missed while the database was away, or its clock was set, is seen by
 * then.
 */
const lookAtLeastEveryMs = 60_000;
/** A difference between two clocks that somebody should know of. */
const apartMs = 60_000;

/** Looks for a due tick at each one, and every TRAINING_RECONCILE_SECONDS or minute, until asked to stop. */
export async function keepTicking(context: ServiceContext, tell: SchedulerMetrics): Promise<void> {
  const { config, log, stopping } = context;
  const when = scheduleOf(config);
  const warn = throttledWarning(log, 'could not start a due run');
  const look = createLook(context, when, tell);
  const looks = boundedDatabase(context.sql, { ms: answerMs, what: 'starting a due run' });
  const maxMs = Math.min(config.TRAINING_RECONCILE_SECONDS * 1000, lookAtLeastEveryMs);
  while (!stopping.aborted) {
    let ms = maxMs;
    try {
      const { now, seenAt } = await looks.run(look);
      tell.round('tick', 'done');
      const next = nextTick(when, now);
      if (next !== null) ms = next.getTime() - now.getTime() - (performance.now() - seenAt);
    } catch (error) {
      warn(error);
      tell.round('tick', 'failed');
    }
    // A timer may be a millisecond early.
    await pause(Math.min(Math.max(ms, 0) + 1, maxMs), stopping);
  }
  await looks.end();
}

/**
 * Gives the function that starts what is due by the database's clock, and says, once each, what is odd about
 * clocks.
 * @returns of each look: the database's time, and performance.now() when it said so
 */
export function createLook(
  context: RunContext,
  when: Schedule,
  tell?: Pick<SchedulerMetrics, 'runStarted'>,
): (sql: Database) => Promise<{ now: Date; seenAt: number }> {
  const { log } = context;
  let starting = true;
  const sayAhead = createAheadWarning(context);
  const sayApart = createApartWarning(context);
  return async (sql) => {
    const held = await holdSchedule(sql, when, starting);
    const seenAt = performance.now();
    sayApart(held.now, new Date());
    if (starting) log.info('scheduled', { ...when, next: nextTick(when, held.now)?.toISOString() ?? null });
    starting = false;
    sayAhead(held.ahead);
    if (await enqueueDueRun({ ...context, sql }, when, held.now)) tell?.runStarted();
    return { now: held.now, seenAt };
  };
}

function createAheadWarning({ log }: RunContext): (ahead: Held['ahead']) => void {
  let said = '';
  return (ahead) => {
    const until = ahead?.until.toISOString() ?? '';
    // What is said already is said again only when it grows.
    if (ahead !== null && until > said)
      log.warn('there are runs of ticks that are yet to come: a clock was ahead when they were made', {
        runs: ahead.runs,
        until,
        advice:
          'nothing is held up: other ticks run when they are due. These have had their run and get ' +
          'no second one; to give them ' +
          'back: UPDATE ml_training_runs SET scheduled_for = NULL WHERE scheduled_for > now()',
      });
    if (until > said) said = until;
  };
}

function createApartWarning({ log }: RunContext): (database: Date, host: Date) => void {
  let apart = false;
  return (database, host) => {
    const ms = database.getTime() - host.getTime();
    if (Math.abs(ms) > apartMs && !apart)
      log.warn(
        'the clock of this machine and that of the database differ; what is due goes by the database',
        {
          database_ahead_seconds: Math.round(ms / 1000),
          advice: 'set both clocks, by NTP',
        },
      );
    apart = Math.abs(ms) > apartMs;
  };
}
