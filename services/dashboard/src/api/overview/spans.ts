import type { TimelineAttempt, TimelineJob } from '@ml-training/core';
import type { Span } from '../../schemas/timeline.ts';

const endedAs = { completed: 'completed', failed: 'failed', cancelled: 'cancelled' } as const;

const kindOf = (outcome: TimelineAttempt['outcome']): Span['kind'] => {
  switch (outcome) {
    case null:
      return 'running';
    case 'completed':
    case 'failed':
    case 'cancelled':
      return outcome;
    case 'retried':
    case 'postponed':
    case 'handed_back':
    case 'trainer_died':
      return 'retried';
  }
};

/**
 * What a job did when, oldest first: waits and attempts. Of a job from before attempts were kept the last one
 * is known, and what came before it is shown as one that was tried again.
 * @param attempts of this job, oldest first
 */
export function spansOf(job: TimelineJob, attempts: readonly TimelineAttempt[]): Span[] {
  const span = (
    kind: Span['kind'],
    from: Date,
    to: Date | null,
    attempt = 0,
    error: string | null = null,
  ): Span => ({
    job_id: job.job_id,
    kind,
    from: from.toISOString(),
    to: to?.toISOString() ?? null,
    attempt,
    max_attempts: job.max_attempts,
    error,
  });
  const spans: Span[] = [];
  let waitsSince = job.created_at;
  const started = (at: Date): void => {
    if (at > waitsSince) spans.push(span('waiting', waitsSince, at));
  };
  for (const { attempt, started_at, ended_at, outcome, error_code } of attempts) {
    started(started_at);
    // A trainer that dies in the last attempt fails the job.
    const isLast = job.status === 'failed' && ended_at?.getTime() === job.completed_at?.getTime();
    spans.push(span(isLast ? 'failed' : kindOf(outcome), started_at, ended_at, attempt, error_code));
    waitsSince = ended_at ?? started_at;
  }
  if (attempts.length === 0 && job.started_at !== null && job.status !== 'queued') {
    if (job.attempt > 1) spans.push(span('retried', job.created_at, job.started_at, job.attempt - 1));
    else started(job.started_at);
    const kind = job.status === 'running' ? 'running' : endedAs[job.status];
    spans.push(span(kind, job.started_at, job.completed_at, job.attempt, job.error_code));
  } else if (attempts.length === 0 && job.status === 'queued' && job.started_at !== null) {
    // It failed, and waits to be tried again.
    const ended = job.started_at;
    started(ended);
    spans.push(span('retried', ended, ended, Math.max(1, job.attempt), job.error_code));
    waitsSince = ended;
  }
  if (job.status === 'queued') spans.push(span('waiting', waitsSince, null));
  // Cancelled before any attempt.
  if (job.status === 'cancelled' && spans.length === 0 && job.completed_at !== null)
    spans.push(span('cancelled', job.created_at, job.completed_at));
  return spans;
}
