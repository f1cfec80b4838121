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
  const look = async (): Promise<Job[] | null> => {
    try {
      const jobs = await withDeadline(
        sql<Job[]>`SELECT * FROM ml_training_jobs WHERE run_id = ${runId} ORDER BY strategy_type, symbol`,
        answerMs,
        'looking at the jobs',
      );
      answeredAt = performance.now();
      return jobs;
    } catch (error) {
      if (performance.now() - answeredAt > awayMs) throw error;
      line.show('the database does not answer now');
      return null;
    }
  };
  try {
    for (;;) {
      const jobs = await look();
      if (jobs === null) {
        await sleep(everyMs, undefined, stopping === undefined ? {} : { signal: stopping });
        continue;
      }
      const open = jobs.filter((job) => job.status === 'queued' || job.status === 'running');
      line.show(describe(jobs));
      if (open.length === 0) return jobs;
      await sleep(everyMs, undefined, stopping === undefined ? {} : { signal: stopping });
    }
  } finally {
    line.end();
  }
}

function describe(jobs: readonly Job[]): string {
  const ended = jobs.filter((job) => job.status === 'completed').length;
  const failed = jobs.filter((job) => job.status === 'failed').length;
  const running = jobs
    .filter((job) => job.status === 'running')
    // Tens of a percent: a line for each would flood a log.
    .map((job) => `${job.strategy_type} ${job.symbol} ${Math.floor(job.progress * 10) * 10} %`);
  const waiting = jobs.filter((job) => job.status === 'queued').length;
  return [
    `${ended} of ${jobs.length} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...running,
  ].join(' | ');
}
