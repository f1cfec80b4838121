import { Type, type Static } from 'typebox';
import { MaybeNumber, MaybeText, StrategyType, Time, Uuid } from './common.ts';

const Scores = Type.Object({
  /**
   * Score less its best naive rule's, on the holdout; above 0 is better than that rule. Null where the report
   * has none.
   */
  difference: MaybeNumber,
  /** The 95 % interval of the score, less the same rule's score. */
  low: MaybeNumber,
  high: MaybeNumber,
  /** The naive rule that is best by this score. */
  rule: MaybeText,
});

const LiveCell = Type.Object({
  rows: Type.Integer(),
  verdict: Type.Union(
    [
      Type.Literal('too_few'),
      Type.Literal('within'),
      Type.Literal('below'),
      Type.Literal('above'),
      Type.Literal('unknown'),
    ],
    { description: 'against the naive rule; below: worse beyond noise; unknown: it could not be scored' },
  ),
  note: Type.Union([Type.String(), Type.Null()], {
    description: 'in words what is wrong; null when nothing is',
  }),
});

export const ChampionCell = Type.Object({
  strategy_type: StrategyType,
  model: Type.Union([
    Type.Object({
      model_id: Uuid,
      created_at: Time,
      activated_at: Type.Union([Time, Type.Null()]),
      rows: Type.Union([Type.Integer(), Type.Null()], { description: 'rows of its holdout' }),
      ...Scores.properties,
      live: Type.Union([LiveCell, Type.Null()], {
        description: 'on the bars since its training; null when it was not scored yet',
      }),
    }),
    Type.Null(),
  ]),
  /** Why there is no model in use; null where there is one. */
  why_none: MaybeText,
  /** Whether a run trains it. */
  planned: Type.Boolean(),
  last: Type.Union([
    Type.Object({
      model_id: Uuid,
      created_at: Time,
      promoted: Type.Boolean(),
      decision: Type.String(),
      below_floor: Type.Boolean({ description: 'refused as worse than knowing nothing (MODEL_FLOOR)' }),
      learnt_nothing: Type.Boolean({ description: 'it is the model in use once more' }),
    }),
    Type.Null(),
  ]),
});
export type ChampionCell = Static<typeof ChampionCell>;

export const Champions = Type.Object({
  strategies: Type.Array(
    Type.Object({
      strategy_type: StrategyType,
      score: Type.Union([Type.Literal('log_likelihood'), Type.Literal('rmse'), Type.Literal('return')], {
        description:
          'log_likelihood: nats a bar; rmse: of a regression, in the unit of its label, turned round ' +
          'so that more is better; return: of the whole holdout after costs, 0.1 being 10 %',
      }),
    }),
  ),
  /** By symbol; cells in the order of `strategies`. */
  rows: Type.Array(Type.Object({ symbol: Type.String(), cells: Type.Array(ChampionCell) })),
});
export type Champions = Static<typeof Champions>;
