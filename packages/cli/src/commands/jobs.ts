import { searchJobs, type Job, type JobStatus } from '@ml-training/core';
import { jobNote } from '../job-note.ts';
import { print, printJson, table, when } from '../output.ts';
import { withDatabase } from '../servers.ts';

const statuses: readonly JobStatus[] = ['queued', 'running', 'completed', 'failed', 'cancelled'];

export async function showJobs(options: { status?: string; limit: number; json?: true }): Promise<void> {
  const status = options.status === undefined ? null : statusNamed(options.status);
  await withDatabase(async (sql) => {
    const filter = status === null ? {} : { status: [status] };
    const { jobs } = await searchJobs(sql, filter, { limit: options.limit });
    if (options.json === true) printJson(jobs);
    else if (jobs.length === 0) print('No jobs. "ml train" asks for some.');
    else {
      print(
        table(
          ['job', 'strategy', 'symbol', 'status', 'attempt', 'trigger', 'created (UTC)', 'seconds', 'note'],
          jobs.map((job) => [
            job.job_id.slice(0, 8),
            job.strategy_type,
            job.symbol,
            job.status,
            `${job.attempt}/${job.max_attempts}`,
            job.trigger,
            when(job.created_at),
            seconds(job),
            jobNote(job),
          ]),
        ),
      );
    }
  });
}

function statusNamed(name: string): JobStatus {
  const status = statuses.find((one) => one === name);
  if (status === undefined)
    throw new Error(`--status is ${JSON.stringify(name)}, but must be one of ${statuses.join(', ')}`);
  return status;
}

function seconds(job: Job): number | null {
  if (job.started_at === null || job.completed_at === null) return null;
  return Math.round((job.completed_at.getTime() - job.started_at.getTime()) / 100) / 10;
}
