import type { Database } from '../database/connect.ts';

/** Rows looked at by one statement: some milliseconds, for which nobody waits long. */
const batch = 1000;

/**
 * Deletes jobs that ended more than `days` ago, and their curves with them, batch by batch. A job stays as
 * long as one of its models is registered: what the model comes of is part of it.
 * @returns how many
 */
export async function expireJobs(sql: Database, days: number): Promise<number> {
  let count = 0;
  // By a cursor, as jobs that stay would be looked at again by every batch.
  let after = null as Batch['last'];
  do {
    const [row] = await sql<[Batch]>`
      WITH looked_at AS MATERIALIZED (
        SELECT job_id, created_at FROM ml_training_jobs
        WHERE created_at < now() - make_interval(days => ${days})
          AND created_at >= ${after?.created_at ?? '-infinity'}::text::timestamptz
          AND (created_at, job_id) > (${after?.created_at ?? '-infinity'}::text::timestamptz,
            ${after?.job_id ?? noJob}::uuid)
        ORDER BY created_at, job_id LIMIT ${batch}
      ), deleted AS (
        DELETE FROM ml_training_jobs j USING looked_at l
        WHERE j.job_id = l.job_id AND ${isOldJob(sql, days)}
        RETURNING j.job_id
      )
      SELECT (SELECT jsonb_build_object('created_at', created_at, 'job_id', job_id) FROM looked_at
              ORDER BY created_at DESC, job_id DESC LIMIT 1) AS last,
             (SELECT count(*)::int FROM deleted) AS count`;
    count += row.count;
    after = row.last;
  } while (after !== null);
  return count;
}

/** Below every other in order. */
const noJob = '00000000-0000-0000-0000-000000000000';

interface Batch {
  readonly last: { readonly created_at: string; readonly job_id: string } | null;
  readonly count: number;
}

/**
 * Deletes runs older than `days` that no job is left of. The newest stays, and the newest of the schedule, by
 * which the next tick is found.
 * @returns how many
 */
export async function expireRuns(sql: Database, days: number): Promise<number> {
  const rows = await sql`
    DELETE FROM ml_training_runs r
    WHERE ${isOldRun(sql, days)}
    RETURNING run_id`;
  return rows.length;
}

/**
 * Deletes values of ml_training_metrics older than `days`, batch by batch.
 * @returns how many
 */
export async function expireMetrics(sql: Database, days: number): Promise<number> {
  let total = 0;
  for (;;) {
    // The table's one index begins with the series: from series to series by it, and from the oldest value on
    // in each.
    const { count } = await sql`
      WITH RECURSIVE series AS (
        (SELECT name, strategy_type, symbol FROM ml_training_metrics ORDER BY 1, 2, 3 LIMIT 1)
        UNION ALL
        SELECT next.* FROM series s CROSS JOIN LATERAL (
          SELECT m.name, m.strategy_type, m.symbol FROM ml_training_metrics m
          WHERE (m.name, m.strategy_type, m.symbol) > (s.name, s.strategy_type, s.symbol)
          ORDER BY m.name, m.strategy_type, m.symbol LIMIT 1) next
      ), old AS MATERIALIZED (
        SELECT value.* FROM series s CROSS JOIN LATERAL (
          SELECT m.name, m.strategy_type, m.symbol, m.time FROM ml_training_metrics m
          WHERE m.name = s.name AND m.strategy_type = s.strategy_type AND m.symbol = s.symbol
            AND m.time < now() - make_interval(days => ${days})
          ORDER BY m.time LIMIT ${batch}) value
        LIMIT ${10 * batch}
      )
      DELETE FROM ml_training_metrics m USING old
      WHERE m.name = old.name AND m.strategy_type = old.strategy_type AND m.symbol = old.symbol
        AND m.time = old.time`;
    total += count;
    if (count === 0) return total;
  }
}

/**
 * What the three above would delete now, and which deletes nothing. Read whole: for a person who asks, not
 * every hour.
 */
export async function countExpired(
  sql: Database,
  days: { readonly jobs: number; readonly metrics: number },
): Promise<{ jobs: number; runs: number; metrics: number }> {
  const [row] = await sql<[{ jobs: number; runs: number; metrics: number }]>`
    SELECT (SELECT count(*)::int FROM ml_training_jobs j
            WHERE created_at < now() - make_interval(days => ${days.jobs})
              AND ${isOldJob(sql, days.jobs)}) AS jobs,
           (SELECT count(*)::int FROM ml_training_runs r WHERE ${isOldRun(sql, days.jobs)}) AS runs,
           (SELECT count(*)::int FROM ml_training_metrics
            WHERE time < now() - make_interval(days => ${days.metrics})) AS metrics`;
  return row;
}

/** Of a job j. */
const isOldJob = (sql: Database, days: number) => sql`
  j.status IN ('completed', 'failed', 'cancelled') AND j.completed_at < now() - make_interval(days => ${days})
  AND NOT EXISTS (SELECT FROM ml_model_registry m WHERE m.job_id = j.job_id)`;

/** Of a run r. */
const isOldRun = (sql: Database, days: number) => sql`
  r.requested_at < now() - make_interval(days => ${days})
  AND NOT EXISTS (SELECT FROM ml_training_jobs j WHERE j.run_id = r.run_id)
  AND r.requested_at < (SELECT max(requested_at) FROM ml_training_runs)
  AND (r.scheduled_for IS NULL
       OR r.scheduled_for < (SELECT max(scheduled_for) FROM ml_training_runs WHERE scheduled_for <= now()))`;
