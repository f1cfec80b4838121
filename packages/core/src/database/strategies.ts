import { builtInStrategies, reportedBy, type StrategyFacts } from '@ml-training/sdk';
import type { Database } from './connect.ts';

/**
 * Makes the rows of these strategies what the list says of
 * them; other rows, such as those of older names, stay.
 */
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
  // Read first: nothing is written where nothing differs, as at nearly every start, so that a user who may
  // only read a database that is up to date can look at it.
  const known = new Map(
    (await own<typeof rows>`SELECT strategy_type, scope, promotion_metric, score FROM ml_strategies`).map(
      (row) => [row.strategy_type, row],
    ),
  );
  const different = rows.filter((row) => {
    const found = known.get(row.strategy_type);
    return (
      found?.scope !== row.scope ||
      found.promotion_metric !== row.promotion_metric ||
      found.score !== row.score
    );
  });
  if (different.length === 0) return;
  await own`
    INSERT INTO ml_strategies ${own(different)}
    ON CONFLICT (strategy_type) DO UPDATE
      SET scope = excluded.scope, promotion_metric = excluded.promotion_metric, score = excluded.score`;
}
