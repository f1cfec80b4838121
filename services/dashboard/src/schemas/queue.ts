import { Type, type Static } from 'typebox';
import { MaybeNumber, MaybeText, MaybeTime, StrategyType, Time, Uuid } from './common.ts';

export const Queue = Type.Object({
  /** Entries of the list ml_training_queue. */
  length: Type.Integer(),
  waiting: Type.Array(
    Type.Object({
      strategy_type: StrategyType,
      /** Jobs that a trainer may take now; those that wait for the moment of their next attempt. */
      ready: Type.Integer(),
      later: Type.Integer(),
      /** Bots' wishes among the next thousand entries: no job is made of them yet. */
      wishes: Type.Integer(),
      oldest_at: MaybeTime,
      oldest_seconds: MaybeNumber,
      next_retry_at: MaybeTime,
    }),
  ),
  next: Type.Array(
    Type.Object({
      /** Null for an entry that no job is made of yet. */
      job_id: Type.Union([Uuid, Type.Null()]),
      strategy_type: MaybeText,
      symbol: MaybeText,
      why: Type.String(),
    }),
    { description: 'what trainers take next, the first one first' },
  ),
  estimate: Type.Object({
    trainers: Type.Integer(),
    ends_at: Type.Union([Time, Type.Null()], {
      description: 'when all that waits and runs is done at the earliest, by the last trainings',
    }),
    next_run: MaybeTime,
    too_long: Type.Boolean({ description: 'it ends after the next run is due' }),
    unmeasured: Type.Array(Type.String(), {
      description: 'strategies that were never trained: they are not in it',
    }),
  }),
  held: Type.Array(
    Type.Object({
      trainer_id: Type.String(),
      /** Whether it beats; what one holds that doesn't goes back within TRAINING_RECONCILE_SECONDS. */
      alive: Type.Boolean(),
      /** Null for an entry that no job is made of yet. */
      job: Type.Union([
        Type.Object({
          job_id: Uuid,
          strategy_type: StrategyType,
          symbol: Type.String(),
          status: Type.String(),
          stage: MaybeText,
          progress: Type.Number(),
          started_at: MaybeTime,
        }),
        Type.Null(),
      ]),
    }),
  ),
  dead: Type.Object({
    /** All there are; the newest two hundred are here. */
    count: Type.Integer(),
    items: Type.Array(
      Type.Object({
        id: Type.String(),
        at: MaybeTime,
        reason: Type.String(),
        payload: Type.String(),
        cannot_requeue: MaybeText,
      }),
    ),
  }),
});
export type Queue = Static<typeof Queue>;

export const RequeueBody = Type.Union([
  Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) }, { additionalProperties: false }),
  Type.Object({ all: Type.Literal(true) }, { additionalProperties: false }),
]);

export const RequeuedEntries = Type.Object({
  requeued: Type.Array(Type.String()),
  refused: Type.Array(Type.Object({ id: Type.String(), reason: Type.String() })),
});
