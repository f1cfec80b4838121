import { setTimeout as sleep } from 'node:timers/promises';
import { withDeadline, type Database, type Job } from '@ml-training/core';
import { statusLine } from './output.ts';

const everyMs = 250;

/** How long the database may be away; the fleet lives through a restart of it, and so does whoever watches. */
const awayMs = 60_000;
const answerMs = 10_000;

/**
 * Shows a run's progress until all of its jobs have ended, and returns them.
 * @throws what the database said when it was away for a minute
 */
export async function followJobs(sql: Database, runId: string, stopping?: AbortSignal): Promise<Job[]> {
  const line = statusLine();
  let answeredAt = performance.now();
  const look = async (): Promise<Progress | null> => {
    try {
      const run = await withDeadline(progressOf(sql, runId), answerMs, 'looking at the jobs');
      answeredAt = performance.now();
      return run;
    } catch (error) {
      if (performance.now() - answeredAt > awayMs) throw error;
      line.show('the database does not answer now');
      return null;
    }
  };
  try {
    for (;;) {
      const run = await look();
      if (run !== null) {
        line.show(describe(run));
        if (run.queued + run.running.length === 0)
          return await withDeadline(jobsOfRun(sql, runId), answerMs, 'looking at the jobs');
      }
      await sleep(everyMs, undefined, stopping === undefined ? {} : { signal: stopping });
    }
  } finally {
    line.end();
  }
}

interface Progress {
  readonly queued: number;
  readonly completed: number;
  readonly failed: number;
  readonly all: number;
  readonly running: readonly Pick<Job, 'strategy_type' | 'symbol' | 'progress'>[];
}

/** Counted in the database: a run may be of tens of thousands of jobs, and is looked at four times a second. */
async function progressOf(sql: Database, runId: string): Promise<Progress> {
  const [run] = await sql<[Progress]>`
    SELECT count(*) FILTER (WHERE status = 'queued')::int AS queued,
           count(*) FILTER (WHERE status = 'completed')::int AS completed,
           count(*) FILTER (WHERE status = 'failed')::int AS failed,
           count(*)::int AS all,
           coalesce(jsonb_agg(jsonb_build_object('strategy_type', strategy_type, 'symbol', symbol, 'progress', progress)
                              ORDER BY strategy_type, symbol) FILTER (WHERE status = 'running'), '[]') AS running
    FROM ml_training_jobs WHERE run_id = ${runId}`;
  return run;
}

/** All but the results, which are kilobytes each and nobody's here. */
const jobsOfRun = (sql: Database, runId: string) => sql<Job[]>`
  SELECT job_id, run_id, strategy_type, symbol, status, trigger, attempt, max_attempts, retry_at, created_at, started_at,
         completed_at, trainer_id, progress, stage, error_code, error_message
  FROM ml_training_jobs WHERE run_id = ${runId} ORDER BY strategy_type, symbol`;

function describe({ queued, completed, failed, all, running }: Progress): string {
  return [
    `${completed} of ${all} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(queued > 0 ? [`${queued} waiting`] : []),
    // Tens of a percent: a line for each would flood a log.
    ...running.map((job) => `${job.strategy_type} ${job.symbol} ${Math.floor(job.progress * 10) * 10} %`),
  ].join(' | ');
}
