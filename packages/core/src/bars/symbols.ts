import type postgres from 'postgres';
import type { Database } from '../database/connect.ts';
import type { BarRows } from './source.ts';

/**
 * A query with the column symbol: every symbol that has bars, or those of `only`. Each is found by a step in
 * the primary key, whatever lies between.
 */
export function symbolsOf(
  sql: Database,
  { from }: Pick<BarRows, 'from'>,
  only: readonly string[] | null,
): postgres.Fragment {
  if (only !== null) return sql`SELECT DISTINCT symbol FROM unnest(${[...only]}::text[]) AS s (symbol)`;
  return sql`
    WITH RECURSIVE known (symbol) AS (
      (SELECT m.symbol FROM ${from} ORDER BY m.symbol LIMIT 1)
      UNION ALL
      SELECT (SELECT m.symbol FROM ${from} WHERE m.symbol > k.symbol ORDER BY m.symbol LIMIT 1)
      FROM known k WHERE k.symbol IS NOT NULL)
    SELECT symbol FROM known WHERE symbol IS NOT NULL`;
}
