import { Type, type Static } from 'typebox';
import { MaybeNumber, MaybeText, MaybeTime, page, StrategyType, Time, Uuid } from './common.ts';
import { JobStatus } from './jobs.ts';

const count = Type.Integer({ minimum: 0 });

const run = {
  run_id: Uuid,
  trigger: Type.Union([Type.Literal('schedule'), Type.Literal('manual')]),
  scheduled_for: Type.Union([Time, Type.Null()], {
    description: 'the tick; null for a run that was asked for',
  }),
  requested_at: Time,
  finished_at: Type.Union([Time, Type.Null()], { description: 'when the last of its jobs ended' }),
  duration_seconds: MaybeNumber,
  expected_end: Type.Union([Time, Type.Null()], {
    description:
      'when the last of its jobs ends at the earliest, by the trainings before it; of a scheduled run',
  }),
  next_tick: Type.Union([Time, Type.Null()], { description: 'when the run after a scheduled one is due' }),
  outcome: Type.Object(
    { queued: count, running: count, completed: count, failed: count, cancelled: count },
    { description: 'its jobs by status' },
  ),
  skipped_count: count,
  skipped: Type.Array(Type.Object({ reason: Type.String(), count, names: Type.Array(Type.String()) }), {
    description: 'what was left out by reason, with some names each; /api/runs/{id}/skipped has all',
  }),
};

export const Run = Type.Object(run);
export type Run = Static<typeof Run>;

export const RunJob = Type.Object({
  job_id: Uuid,
  strategy_type: StrategyType,
  symbol: Type.String(),
  status: JobStatus,
  attempt: count,
  max_attempts: count,
  started_at: MaybeTime,
  completed_at: MaybeTime,
  duration_seconds: Type.Union([Type.Number(), Type.Null()], { description: 'of the last attempt' }),
  progress: Type.Number(),
  stage: MaybeText,
  error_code: MaybeText,
  error_message: MaybeText,
  left_out: Type.Record(Type.String(), Type.String(), {
    description: 'symbols that it left out, each with the reason',
  }),
});
export type RunJob = Static<typeof RunJob>;

export const RunJobs = page(RunJob);
export const SkippedPairs = page(
  Type.Object({ strategy_type: Type.String(), symbol: Type.String(), reason: Type.String() }),
);

/** With the first page of its jobs, those that failed first, and of what it left out. */
export const RunDetail = Type.Object({ ...run, jobs: RunJobs, skipped_pairs: SkippedPairs });
export type RunDetail = Static<typeof RunDetail>;

export const Runs = page(Run);
export const RunParams = Type.Object({ id: Uuid });
export const RunJobStatus = Type.Object({ status: Type.Optional(JobStatus) });
