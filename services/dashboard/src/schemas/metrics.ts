import { Type, type Static } from 'typebox';
import { Time } from './common.ts';

const Moment = Type.String({ format: 'date-time' });
export const HistoryQuery = Type.Object(
  {
    name: Type.Optional(
      Type.String({ maxLength: 100, description: 'left out, only the names are answered' }),
    ),
    strategy_type: Type.Optional(Type.String({ maxLength: 32 })),
    symbol: Type.Optional(Type.String({ maxLength: 64 })),
    from: Type.Optional(Type.String({ ...Moment, description: 'a day before `to` when left out' })),
    to: Type.Optional(Type.String({ ...Moment, description: 'now when left out' })),
    points: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: 200, description: 'moments a series at most' }),
    ),
  },
  { additionalProperties: false },
);

export const History = Type.Object({
  /** Names of the metrics that have values. */
  names: Type.Array(Type.String()),
  from: Time,
  to: Time,
  series: Type.Array(
    Type.Object({
      name: Type.String(),
      /** '' where the metric has none. */
      strategy_type: Type.String(),
      symbol: Type.String(),
      points: Type.Array(Type.Object({ time: Time, value: Type.Number() })),
    }),
  ),
  /** There are more series than are answered: name a strategy or a symbol. */
  more_series: Type.Boolean(),
});
export type History = Static<typeof History>;
