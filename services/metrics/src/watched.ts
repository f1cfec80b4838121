import { isTooLong, lastScheduledRun, type Database, type Schedule } from '@ml-training/core';

/** What alerts are made of beside the facts. Times in seconds since 1970; null: there is none. */
export interface Watched {
  /** When the newest run ended that completed a job, or had none to do; of the last 200 runs. */
  readonly lastSuccess: number | null;
  /** Since when schedulers go by the schedule. */
  readonly scheduleSince: number | null;
  /** Pairs that the last scheduled run had no time for, and whether it was too long; null before the first. */
  readonly lastScheduled: { readonly leftOut: number; readonly tooLong: boolean } | null;
  /** Jobs of a pair that failed since one was completed, 100 at most. */
  readonly failures: readonly {
    readonly strategy_type: string;
    readonly symbol: string;
    readonly failures: number;
  }[];
}

/** A pair that failed, and was not asked for since, is no trouble for ever. */
const minDays = 7;

/**
 * However many jobs there are, it looks at a few index entries a pair that has ever failed.
 * @param period of the schedule, in seconds; streaks whose last failure is older than two of it, and a week,
 *   are over
 */
export async function readWatched(
  sql: Database,
  schedule: Schedule,
  period: number | null,
): Promise<Watched> {
  const [[row], last, failures] = await Promise.all([
    sql<[{ last_success: number | null; since: number | null }]>`
      SELECT (
        SELECT extract(epoch FROM finished_at)::float8 FROM (
          SELECT run_id, finished_at FROM ml_training_runs WHERE finished_at IS NOT NULL
          ORDER BY requested_at DESC LIMIT 200) r
        WHERE EXISTS (SELECT FROM ml_training_jobs j WHERE j.run_id = r.run_id AND status = 'completed')
           OR NOT EXISTS (SELECT FROM ml_training_jobs j WHERE j.run_id = r.run_id)
        LIMIT 1) AS last_success,
        (SELECT extract(epoch FROM since)::float8 FROM ml_training_schedules
         WHERE cron = ${schedule.cron} AND timezone = ${schedule.timezone}) AS since`,
    lastScheduledRun(sql),
    sql<Watched['failures'][number][]>`
      WITH RECURSIVE pairs AS (
        (SELECT strategy_type, symbol FROM ml_training_jobs WHERE status = 'failed'
         ORDER BY strategy_type, symbol LIMIT 1)
        UNION ALL
        SELECT n.strategy_type, n.symbol FROM pairs p, LATERAL (
          SELECT strategy_type, symbol FROM ml_training_jobs
          WHERE status = 'failed' AND (strategy_type, symbol) > (p.strategy_type, p.symbol)
          ORDER BY strategy_type, symbol LIMIT 1) n)
      SELECT p.strategy_type, p.symbol, c.failures
      FROM pairs p, LATERAL (
        SELECT count(*)::int AS failures, max(completed_at) AS newest FROM (
          SELECT completed_at FROM ml_training_jobs f
          WHERE f.status = 'failed' AND f.strategy_type = p.strategy_type AND f.symbol = p.symbol
            AND f.completed_at > coalesce(
              (SELECT completed_at FROM ml_training_jobs d
               WHERE d.status = 'completed' AND d.strategy_type = p.strategy_type AND d.symbol = p.symbol
               ORDER BY completed_at DESC NULLS LAST LIMIT 1), '-infinity')
          ORDER BY completed_at DESC LIMIT 100) streak) c
      WHERE c.newest > now() - make_interval(secs => ${Math.max(minDays * 86_400, 2 * (period ?? 0))})`,
  ]);
  const lastScheduled = last === null ? null : { leftOut: last.left_out, tooLong: isTooLong(last) };
  return { lastSuccess: row.last_success, scheduleSince: row.since, lastScheduled, failures };
}
