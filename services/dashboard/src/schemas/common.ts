import { Type, type Static, type TSchema } from 'typebox';

/** ISO 8601, UTC. */
export const Time = Type.String({ format: 'date-time' });
export const MaybeTime = Type.Union([Time, Type.Null()]);
export const Uuid = Type.String({ format: 'uuid' });
export const MaybeText = Type.Union([Type.String(), Type.Null()]);
export const MaybeNumber = Type.Union([Type.Number(), Type.Null()]);
/** A built-in or a row of ml_strategies: which there are is looked up beside the schema (api/strategies.ts). */
export const StrategyType = Type.String({
  pattern: '^[a-z][a-z0-9_-]{0,31}$',
  description: 'a strategy of GET /api/strategies',
});
/** The query of every list: its page's size, and where the one before ended. */
export const paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  cursor: Type.Optional(Type.String({ maxLength: 400, description: 'next_cursor of the page before' })),
};
/** A page of a list. */
export const page = <T extends TSchema>(items: T) =>
  Type.Object({
    items: Type.Array(items),
    next_cursor: Type.Union([Type.String(), Type.Null()], { description: 'null on the last page' }),
  });

/** How a model did on the bars since its training, beside the naive rule whose own score is no luck. */
export const LiveScore = Type.Object({
  scored_at: Time,
  rows: Type.Integer({ description: 'bars whose label is known by now' }),
  first_row: Time,
  last_row: Time,
  score: Type.String({ description: 'log_loss, rmse or return' }),
  value: MaybeNumber,
  rule: Type.String({ description: 'majority_class, zero or always_flat' }),
  rule_value: MaybeNumber,
  difference: Type.Union([Type.Number(), Type.Null()], {
    description:
      'of a row: log-likelihood, squared error or return, model less rule, more is better; null with ' +
      'too few rows',
  }),
  /** One-sided 95 % bounds of the difference, which hold at all looks together. */
  low: MaybeNumber,
  high: MaybeNumber,
  verdict: Type.Union(
    [Type.Literal('too_few'), Type.Literal('within'), Type.Literal('below'), Type.Literal('above')],
    { description: 'below: worse than the rule beyond noise' },
  ),
  says: Type.String({ description: 'the same in words' }),
});
export type LiveScore = Static<typeof LiveScore>;
export const MaybeLive = Type.Union([LiveScore, Type.Null()]);
