import type { Database } from '../database/connect.ts';

/**
 * The time of each symbol's newest bar, by symbol; a symbol without bars has none. A few index entries a symbol are read,
 * however many bars there are: 500 symbols of 5 million bars take some milliseconds.
 * Bars of the day after tomorrow and later, by the database's clock, don't count: one bar with an absurd time would be the
 * newest for ever.
 * @param symbols null for all that have bars
 */
export async function newestBars(
  sql: Database,
  symbols: readonly string[] | null,
): Promise<Map<string, Date>> {
  const known =
    symbols === null
      ? sql`
          WITH RECURSIVE known (symbol) AS (
            (SELECT symbol FROM market_data ORDER BY symbol LIMIT 1)
            UNION ALL
            SELECT (SELECT m.symbol FROM market_data m WHERE m.symbol > k.symbol ORDER BY m.symbol LIMIT 1)
            FROM known k WHERE k.symbol IS NOT NULL)
          SELECT symbol FROM known WHERE symbol IS NOT NULL`
      : sql`SELECT DISTINCT symbol FROM unnest(${[...symbols]}::text[]) AS s (symbol)`;
  const rows = await sql<{ symbol: string; time: Date }[]>`
    SELECT k.symbol, newest.time FROM (${known}) k CROSS JOIN LATERAL (
      SELECT time FROM market_data m
      WHERE m.symbol = k.symbol AND time <= now() + interval '1 day' AND time > '-infinity'
      ORDER BY time DESC LIMIT 1) newest`;
  return new Map(rows.map(({ symbol, time }) => [symbol, time]));
}
