import { Type, type Static } from 'typebox';
import { MaybeText, MaybeTime, StrategyType, Time, Uuid } from './common.ts';

const spanKinds = ['waiting', 'retried', 'running', 'completed', 'failed', 'cancelled'] as const;

/** One thing of a job that lasted: a wait, or an attempt. */
export const Span = Type.Object({
  job_id: Uuid,
  kind: Type.Enum(spanKinds),
  from: Time,
  /** null while it lasts. */
  to: MaybeTime,
  /** The attempt, from 1; 0 for a wait. */
  attempt: Type.Integer(),
  max_attempts: Type.Integer(),
  /** Code of the error that ended it, if one did. */
  error: MaybeText,
});
export type Span = Static<typeof Span>;

export const Timeline = Type.Object({
  time: Time,
  from: Time,
  to: Time,
  /**
   * Pairs with jobs in the stretch; `rows` are some of them: running first, then failed, then by the newest
   * job.
   */
  total: Type.Integer(),
  rows: Type.Array(
    Type.Object({
      strategy_type: StrategyType,
      symbol: Type.String(),
      jobs: Type.Integer(),
      failed: Type.Integer(),
      /** Oldest first; of a pair with very many jobs the newest. */
      spans: Type.Array(Span),
    }),
  ),
  runs: Type.Array(
    Type.Object({
      run_id: Uuid,
      trigger: Type.String(),
      requested_at: Time,
      scheduled_for: MaybeTime,
      finished_at: MaybeTime,
    }),
  ),
  /** Runs to come in the stretch. */
  ticks: Type.Array(Time),
});
export type Timeline = Static<typeof Timeline>;

export const TimelineQuery = Type.Object({
  from: Time,
  to: Time,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0 })),
});
