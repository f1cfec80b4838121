import { Type, type Static } from 'typebox';
import { StrategyType } from './common.ts';

export const Strategies = Type.Object({
  items: Type.Array(
    Type.Object({
      strategy_type: StrategyType,
      built_in: Type.Boolean(),
      scope: Type.Union([Type.Literal('all'), Type.Literal('symbol')], {
        description: 'all: one model over all symbols; symbol: one a symbol',
      }),
      label: Type.String(),
      promotion_metric: Type.String(),
      description: Type.String(),
      planned: Type.Boolean({ description: 'whether a run trains it' }),
    }),
  ),
});
export type Strategies = Static<typeof Strategies>;
