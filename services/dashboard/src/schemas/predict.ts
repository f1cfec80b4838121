import { Type, type Static } from 'typebox';
import { MaybeLive, MaybeNumber, StrategyType, Time, Uuid } from './common.ts';

export const PredictPath = Type.Object({
  strategy: StrategyType,
  symbol: Type.String({ minLength: 1, maxLength: 64 }),
});
const Position = Type.Union([Type.Literal(-1), Type.Literal(0), Type.Literal(1)]);
export const PredictQuery = Type.Object(
  {
    position: Type.Optional(
      Type.Integer({
        minimum: -1,
        maximum: 1,
        default: 0,
        description: 'what is held: -1 short, 0 flat, 1 long',
      }),
    ),
    explain: Type.Optional(
      Type.Boolean({ default: false, description: 'also say what each feature of the last bar counts for' }),
    ),
  },
  { additionalProperties: false },
);

const Explanation = Type.Object({
  kind: Type.Union([Type.Literal('contributions'), Type.Literal('occlusion')], {
    description:
      'contributions: what each feature adds, exactly, so that with `base` they sum to `total`; occlusion: by ' +
      'how much `total` is more than with that one feature at its mean of the training',
  }),
  of: Type.Union(
    [
      Type.Literal('log_odds'),
      Type.Literal('value'),
      Type.Literal('expected_position'),
      Type.Literal('preference'),
    ],
    { description: 'what is explained' },
  ),
  total: Type.Number(),
  base: MaybeNumber,
  /** Largest first, whatever the sign. */
  features: Type.Array(
    Type.Object({ name: Type.String(), value: Type.Number(), contribution: Type.Number() }),
  ),
});

export const PredictAnswer = Type.Object({
  strategy_type: StrategyType,
  symbol: Type.String(),
  /** Of the bar that the answer is given at the close of. */
  time: Time,
  bar_age_seconds: Type.Number(),
  probability: Type.Union([Type.Number(), Type.Null()], {
    description:
      "that the close `horizon` bars later is above that bar's; null of a model of several classes, of a " +
      'regression and of rl',
  }),
  probabilities: Type.Union([Type.Record(Type.String(), Type.Number()), Type.Null()], {
    description: 'of a model of several classes: that of each by its name; else null',
  }),
  score: Type.Number({
    description:
      'the number that the model ranks bars by: its probability; of several classes the position to be ' +
      'expected, -1 to 1; of a regression the expected label; of rl its preference for long over short, 0 to 1, ' +
      'which is no probability',
  }),
  says: Type.String({ description: 'the same as a line for people' }),
  horizon: Type.Integer(),
  action: Type.Union([Type.Literal('short'), Type.Literal('flat'), Type.Literal('long')]),
  position: Position,
  held: Position,
  model_id: Uuid,
  file_path: Type.String(),
  model_created_at: Time,
  model_age_seconds: Type.Number(),
  stale: Type.Boolean({ description: 'whether to think twice, for the reasons stale_because' }),
  stale_because: Type.Array(Type.String()),
  live: MaybeLive,
  explanation: Type.Union([Explanation, Type.Null()], { description: 'null unless it was asked for' }),
});
export type PredictAnswer = Static<typeof PredictAnswer>;
