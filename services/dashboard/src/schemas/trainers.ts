import { Type, type Static } from 'typebox';
import { MaybeText, MaybeTime, StrategyType, Time, Uuid } from './common.ts';

const Curve = Type.Object({
  name: Type.String(),
  steps: Type.Array(Type.Integer()),
  values: Type.Array(Type.Number()),
});

export const Trainers = Type.Object({
  items: Type.Array(
    Type.Object({
      instance: Type.String(),
      /** Whether it beats; one that doesn't loses its job when the lease ends. */
      alive: Type.Boolean(),
      job: Type.Union([
        Type.Object({
          job_id: Uuid,
          strategy_type: StrategyType,
          symbol: Type.String(),
          attempt: Type.Integer(),
          max_attempts: Type.Integer(),
          started_at: Time,
          progress: Type.Number(),
          stage: MaybeText,
          curves: Type.Array(Curve),
        }),
        Type.Null(),
      ]),
      /** End of its last job, as far as the newest 500 jobs tell. */
      idle_since: MaybeTime,
    }),
  ),
});
export type Trainers = Static<typeof Trainers>;
