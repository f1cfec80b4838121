import type { Database } from '../database/connect.ts';
import { jobEntry } from '../queue/payload.ts';
import { push, putInOrder, queueLength } from '../queue/queue.ts';
import type { Redis } from '../redis/connect.ts';
import { sumUp } from './sum-up.ts';
import type { JobTrigger, Pair } from './types.ts';

export interface Skipped extends Pair {
  readonly reason: string;
  /** How many runs in a row had no time for it; of no other reason. */
  readonly times?: number;
}

export type NewJob = Pair & { readonly job_id: string; readonly trigger: JobTrigger };

export interface RunRequest {
  readonly trigger: 'schedule' | 'manual';
  /** The tick, for a scheduled run: a second run of one tick is refused. */
  readonly scheduledFor?: Date;
  /** In the order in which they are to be trained. */
  readonly pairs: readonly Pair[];
  readonly skipped: readonly Skipped[];
  readonly maxAttempts: number;
  /** When the last of its jobs is expected to end, and when the next run is due. */
  readonly expectedEnd?: Date | null;
  readonly nextTick?: Date | null;
}

/**
 * Makes a run with its jobs in one statement: a tick that was interrupted has both or neither. A pair whose
 * job is still open gets none, and is noted as skipped.
 * @returns null when this tick has its run already, or a later one has that is not yet to come by the
 *   database's clock
 */
export async function createRun(
  sql: Database,
  request: RunRequest,
): Promise<{ runId: string; jobs: NewJob[]; skipped: Skipped[] } | null> {
  const scheduledFor = request.scheduledFor ?? null;
  const rows = await sql<{ made_run: string; job: NewJob | null }[]>`
    WITH run AS (
      INSERT INTO ml_training_runs (trigger, scheduled_for, skipped, skipped_summary, expected_end, next_tick)
      SELECT ${request.trigger}, ${scheduledFor}::timestamptz, ${sql.json(request.skipped as never)},
             ${sql.json(sumUp(request.skipped) as never)}, ${request.expectedEnd ?? null}::timestamptz,
             ${request.nextTick ?? null}::timestamptz
      WHERE NOT EXISTS (
        SELECT FROM ml_training_runs WHERE scheduled_for >= ${scheduledFor}::timestamptz
          AND scheduled_for <= now())
      ON CONFLICT (scheduled_for) DO NOTHING
      RETURNING run_id
    ), job AS (
      INSERT INTO ml_training_jobs (run_id, strategy_type, symbol, trigger, max_attempts, place)
      SELECT run.run_id, pair.strategy_type, pair.symbol, ${request.trigger}, ${request.maxAttempts}, pair.place
      FROM run, unnest(${request.pairs.map((pair) => pair.strategy_type)}::text[],
                       ${request.pairs.map((pair) => pair.symbol)}::text[])
                  WITH ORDINALITY AS pair (strategy_type, symbol, place)
      ON CONFLICT (strategy_type, symbol) WHERE status IN ('queued', 'running') DO NOTHING
      RETURNING job_id, strategy_type, symbol, trigger, place
    )
    SELECT run.run_id AS made_run, CASE WHEN job.job_id IS NOT NULL THEN to_jsonb(job) - 'place' END AS job
    FROM run LEFT JOIN job ON true ORDER BY job.place`;
  const runId = rows[0]?.made_run;
  if (runId === undefined) return null;
  const jobs = rows.flatMap((row) => row.job ?? []);
  const made = new Set(jobs.map((job) => `${job.strategy_type} ${job.symbol}`));
  const open = request.pairs
    .filter((pair) => !made.has(`${pair.strategy_type} ${pair.symbol}`))
    .map((pair) => ({ ...pair, reason: 'its last job is still queued or running' }));
  const skipped = [...request.skipped, ...open];
  if (open.length > 0)
    await sql`
      UPDATE ml_training_runs SET skipped = skipped || ${sql.json(open)},
        skipped_summary = ${sql.json(sumUp(skipped) as never)}
      WHERE run_id = ${runId}`;
  return { runId, jobs, skipped };
}

/**
 * Makes the row of a wish that came through the queue, under the id that it was given before: asked again, it
 * answers the same.
 * @returns false when it has none and gets none, as another job of the pair is open
 */
export async function createTickJob(
  sql: Database,
  job: Omit<NewJob, 'trigger'>,
  maxAttempts: number,
): Promise<boolean> {
  const [row] = await sql<[{ has_job: boolean }]>`
    WITH made AS (
      INSERT INTO ml_training_jobs (job_id, strategy_type, symbol, trigger, max_attempts)
      VALUES (${job.job_id}, ${job.strategy_type}, ${job.symbol}, 'tick', ${maxAttempts})
      ON CONFLICT DO NOTHING
      RETURNING job_id
    )
    SELECT EXISTS (SELECT FROM made)
        OR EXISTS (SELECT FROM ml_training_jobs WHERE job_id = ${job.job_id}) AS has_job`;
  return row.has_job;
}

/**
 * The job of a pair that waits for a trainer, whoever asked for it; null when none does, or its retry is not
 * due yet.
 */
export async function waitingJobOf(
  sql: Database,
  { strategy_type, symbol }: Pair,
): Promise<Omit<NewJob, 'trigger'> | null> {
  const [job] = await sql<Omit<NewJob, 'trigger'>[]>`
    SELECT job_id, strategy_type, symbol FROM ml_training_jobs
    WHERE strategy_type = ${strategy_type} AND symbol = ${symbol} AND status = 'queued'
      AND coalesce(retry_at <= now(), true)`;
  return job ?? null;
}

/** Whether a job's row is there, however far the job is. */
export async function hasJob(sql: Database, jobId: string): Promise<boolean> {
  return (await sql`SELECT FROM ml_training_jobs WHERE job_id = ${jobId}`).length === 1;
}

/** Which of these ids are of jobs that have a row, however far they are. */
export async function knownJobs(sql: Database, jobIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await sql<{ job_id: string }[]>`
    SELECT job_id FROM ml_training_jobs WHERE job_id = ANY (${[...jobIds]}::uuid[])`;
  return new Set(rows.map(({ job_id }) => job_id));
}

/**
 * Puts jobs into the queue, in their order behind what is as urgent. What doesn't get there, as Redis is away,
 * the reconciler brings later.
 */
export async function pushJobs(redis: Redis, jobs: readonly NewJob[]): Promise<void> {
  const before = await queueLength(redis);
  await push(redis, jobs.map(jobEntry));
  if (before > 0) await putInOrder(redis);
}
