import { leftOutWords, type ListedJob } from '@ml-training/core';
import { when } from './output.ts';

/** What there is to say of a job in a table of them. */
export function jobNote(job: ListedJob): string {
  if (job.status === 'running') return `${Math.round(100 * job.progress)} % ${job.stage ?? ''}`;
  if (job.status === 'queued' && job.retry_at !== null)
    return `again at ${when(job.retry_at)}: ${job.error_message ?? ''}`;
  if (job.status !== 'completed') return job.error_message ?? '';
  const leftOut = job.left_out ?? {};
  return Object.keys(leftOut).length === 0 ? '' : `left out: ${leftOutWords(leftOut)}`;
}
