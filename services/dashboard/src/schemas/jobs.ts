import { Type, type Static } from 'typebox';
import { MaybeNumber, MaybeText, MaybeTime, page, paging, StrategyType, Time, Uuid } from './common.ts';

const MaybeUuid = Type.Union([Uuid, Type.Null()]);
export const JobStatus = Type.Union([
  Type.Literal('queued'),
  Type.Literal('running'),
  Type.Literal('completed'),
  Type.Literal('failed'),
  Type.Literal('cancelled'),
]);
const Trigger = Type.Union([Type.Literal('schedule'), Type.Literal('manual'), Type.Literal('tick')]);
const Symbol = Type.String({ minLength: 1, maxLength: 64 });

/**
 * Each may be left out; a job fits when it fits all that are given. Those of a few values may come several
 * times.
 */
export const JobsQuery = Type.Object(
  {
    status: Type.Optional(Type.Array(JobStatus, { maxItems: 5 })),
    strategy_type: Type.Optional(Type.Array(StrategyType, { maxItems: 100 })),
    trigger: Type.Optional(Type.Array(Trigger, { maxItems: 3 })),
    symbol: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'as it is, case and all' }),
    ),
    run_id: Type.Optional(Uuid),
    error_code: Type.Optional(
      Type.String({ pattern: '^[A-Z_]{1,60}$', description: 'such as TOO_FEW_BARS' }),
    ),
    since: Type.Optional(Type.String({ format: 'date-time', description: 'made then or later' })),
    until: Type.Optional(Type.String({ format: 'date-time', description: 'made before' })),
    ...paging,
  },
  { additionalProperties: false },
);

export const JobRow = Type.Object({
  job_id: Uuid,
  run_id: MaybeUuid,
  strategy_type: StrategyType,
  symbol: Symbol,
  status: JobStatus,
  trigger: Trigger,
  /** Of so many, as counted against max_attempts. */
  attempt: Type.Integer(),
  max_attempts: Type.Integer(),
  /** How often it was put off for what is no fault of its own since an attempt last counted. */
  postponed: Type.Integer(),
  retry_at: MaybeTime,
  created_at: Time,
  /** Of the last attempt. */
  started_at: MaybeTime,
  completed_at: MaybeTime,
  trainer_id: MaybeText,
  /** 0 to 1. */
  progress: Type.Number(),
  stage: MaybeText,
  error_code: MaybeText,
  error_message: MaybeText,
  /** The job that this one tries again. */
  retry_of: MaybeUuid,
  /** Symbols that the ensemble left out, each with its reason. */
  left_out: Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()]),
});
export type JobRow = Static<typeof JobRow>;
export const JobsPage = page(JobRow);

const Attempt = Type.Object({
  seq: Type.Integer(),
  attempt: Type.Integer(),
  trainer_id: MaybeText,
  queued_at: Time,
  due_at: MaybeTime,
  started_at: Time,
  ended_at: MaybeTime,
  outcome: MaybeText,
  /** From queued_at, or from due_at if that came later, to started_at. */
  wait_seconds: Type.Number(),
  /** Null while it runs. */
  seconds: MaybeNumber,
  error_code: MaybeText,
  error_message: MaybeText,
});

export const JobDetail = Type.Object({
  ...JobRow.properties,
  /** What a person can do about its error. */
  advice: MaybeText,
  attempts: Type.Array(Attempt),
  stage_seconds: Type.Union([Type.Record(Type.String(), Type.Number()), Type.Null()]),
  result: Type.Union([Type.Object({}, { additionalProperties: true }), Type.Null()]),
  run: Type.Union([
    Type.Object({
      run_id: Uuid,
      trigger: Type.String(),
      scheduled_for: MaybeTime,
      requested_at: Time,
      finished_at: MaybeTime,
    }),
    Type.Null(),
  ]),
  models: Type.Array(
    Type.Object({
      model_id: Uuid,
      symbol: Symbol,
      is_active: Type.Boolean(),
      decision: Type.String(),
      file_path: Type.String(),
      accuracy: MaybeNumber,
      baseline: MaybeNumber,
      return: MaybeNumber,
    }),
  ),
  /** The newest job that tries this one again. */
  retried_by: MaybeUuid,
  /** The job of this strategy and symbol that waits or runs now, be it this one. */
  open_job_id: MaybeUuid,
  /** Why it can't be, in words; null when it can. */
  cannot_retry: MaybeText,
  cannot_cancel: MaybeText,
});
export type JobDetail = Static<typeof JobDetail>;

export const JobParams = Type.Object({ id: Uuid });

export const CurvesQuery = Type.Object({
  after_step: Type.Optional(Type.Integer({ description: 'points after that step only' })),
});
export const Curves = Type.Object({
  items: Type.Array(Type.Object({ step: Type.Integer(), name: Type.String(), value: Type.Number() })),
});

export const LogsQuery = Type.Object({
  after: Type.Optional(Type.Integer({ minimum: 0, description: 'lines after that seq only' })),
});
export const Logs = Type.Object({
  items: Type.Array(
    Type.Object({
      seq: Type.Integer(),
      at: Time,
      attempt: Type.Integer(),
      level: Type.String(),
      message: Type.String(),
      facts: Type.Object({}, { additionalProperties: true }),
    }),
  ),
});

export const CancelledJob = Type.Object({
  job_id: Uuid,
  /** already: it was cancelled before. */
  outcome: Type.Union([Type.Literal('cancelled'), Type.Literal('already')]),
  /** Its status before. */
  was: JobStatus,
});
export const RetriedJob = Type.Object({
  job_id: Uuid,
  run_id: Uuid,
  strategy_type: StrategyType,
  symbol: Symbol,
  retry_of: Uuid,
});
