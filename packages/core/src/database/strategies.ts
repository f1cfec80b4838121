import { builtInStrategies, reportedBy, type StrategyFacts } from '@ml-training/sdk';
import type { Database } from './connect.ts';

/** Makes the rows of these strategies what the list says of them; other rows, such as those of older names, stay. */
export async function fillStrategies(
  own: Database,
  strategies: readonly StrategyFacts[] = builtInStrategies,
): Promise<void> {
  const rows = strategies.map(({ type, scope, promotionMetric }) => ({
    strategy_type: type,
    scope,
    promotion_metric: promotionMetric,
    score: reportedBy[promotionMetric].score,
  }));
  // Nothing is written where nothing differs, as at nearly every start.
  await own`
    INSERT INTO ml_strategies ${own(rows)}
    ON CONFLICT (strategy_type) DO UPDATE
      SET scope = excluded.scope, promotion_metric = excluded.promotion_metric, score = excluded.score
      WHERE (ml_strategies.scope, ml_strategies.promotion_metric, ml_strategies.score)
            IS DISTINCT FROM (excluded.scope, excluded.promotion_metric, excluded.score)`;
}
