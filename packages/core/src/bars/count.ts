import type { Database } from '../database/connect.ts';

/** How many bars a symbol has, counted up to `most`: cheap also where there are millions of them. */
export async function countBars(sql: Database, symbol: string, most: number): Promise<number> {
  const [row] = await sql<
    [{ bars: number }]
  >`SELECT count(*)::int AS bars FROM (${upTo(sql, sql`${symbol}`, most)}) AS b`;
  return row.bars;
}

/** Whether there is a symbol with `least` bars. Goes from symbol to symbol through the primary key, up to the first one. */
export async function anySymbolHas(sql: Database, least: number): Promise<boolean> {
  const [row] = await sql<[{ found: boolean }]>`
    WITH RECURSIVE each AS (
      (SELECT symbol FROM market_data ORDER BY symbol LIMIT 1)
      UNION ALL
      SELECT (SELECT symbol FROM market_data m WHERE m.symbol > each.symbol ORDER BY m.symbol LIMIT 1)
      FROM each WHERE symbol IS NOT NULL
    )
    SELECT EXISTS (
      SELECT FROM each WHERE symbol IS NOT NULL
        AND (SELECT count(*) FROM (${upTo(sql, sql`each.symbol`, least)}) AS b) >= ${least}) AS found`;
  return row.found;
}

/**
 * In order, as that takes the primary key: a plan made for no symbol in particular thinks that the first hundred rows of any
 * are soon found, and reads the whole table for one that has none.
 */
const upTo = (sql: Database, symbol: ReturnType<Database>, most: number) =>
  sql`SELECT FROM market_data WHERE symbol = ${symbol} ORDER BY time DESC LIMIT ${most}`;
