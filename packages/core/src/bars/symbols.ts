import type postgres from 'postgres';
import type { Database } from '../database/connect.ts';

/**
 * A query with the column symbol: every symbol that has bars, or those of `only`. Each is found by a step in
 * the primary key, whatever lies between.
 */
export function symbolsOf(sql: Database, only: readonly string[] | null): postgres.Fragment {
  if (only !== null) return sql`SELECT DISTINCT symbol FROM unnest(${[...only]}::text[]) AS s (symbol)`;
  return sql`
    WITH RECURSIVE known (symbol) AS (
      (SELECT symbol FROM market_data ORDER BY symbol LIMIT 1)
      UNION ALL
      SELECT (SELECT m.symbol FROM market_data m WHERE m.symbol > k.symbol ORDER BY m.symbol LIMIT 1)
      FROM known k WHERE k.symbol IS NOT NULL)
    SELECT symbol FROM known WHERE symbol IS NOT NULL`;
}
