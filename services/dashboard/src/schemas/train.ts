import { Type, type Static } from 'typebox';
import { StrategyType, Uuid } from './common.ts';

/** What bots push to the queue, over HTTP; symbol may be left out for all of them. */
export const TrainBody = Type.Object(
  {
    strategy_type: StrategyType,
    symbol: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
  },
  { additionalProperties: false },
);

const Pair = { strategy_type: StrategyType, symbol: Type.String() };

export const RequestedRun = Type.Object({
  run_id: Uuid,
  jobs: Type.Array(Type.Object({ job_id: Uuid, ...Pair })),
  skipped: Type.Array(Type.Object({ ...Pair, reason: Type.String() })),
  /** Trained all the same, as somebody asked for it. */
  nothing_new: Type.Array(Type.Object({ ...Pair, reason: Type.String() })),
});
export type RequestedRun = Static<typeof RequestedRun>;
