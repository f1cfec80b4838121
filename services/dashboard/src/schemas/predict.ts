import { Type, type Static } from 'typebox';
import { StrategyType, Time, Uuid } from './common.ts';

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
  },
  { additionalProperties: false },
);

export const PredictAnswer = Type.Object({
  strategy_type: StrategyType,
  symbol: Type.String(),
  /** Of the bar that the answer is given at the close of. */
  time: Time,
  bar_age_seconds: Type.Number(),
  /** That the close `horizon` bars later is above that bar's. */
  probability: Type.Number(),
  horizon: Type.Integer(),
  action: Type.Union([Type.Literal('short'), Type.Literal('flat'), Type.Literal('long')]),
  position: Position,
  held: Position,
  model_id: Uuid,
  file_path: Type.String(),
  model_created_at: Time,
  model_age_seconds: Type.Number(),
});
export type PredictAnswer = Static<typeof PredictAnswer>;
