import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Job } from '@ml-training/core';
import { statusLine } from './output.ts';

const everyMs = 250;

/** Shows a run's progress until all of its jobs have ended, and returns them. */
export async function followJobs(sql: Database, runId: string, stopping?: AbortSignal): Promise<Job[]> {
  const line = statusLine();
  try {
    for (;;) {
      const jobs = await sql<Job[]>`
        SELECT * FROM ml_training_jobs WHERE run_id = ${runId} ORDER BY strategy_type, symbol`;
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
