import type { Database } from '../database/connect.ts';

/** Newest bars whose pauses are looked at, and how few tell nothing. */
const lookedAt = 500;
const enough = 20;
/** How many times its longest pause a symbol is silent for before it counts as quiet; and days at least. */
const times = 10;
const atLeastDays = 7;

export interface Quiet {
  /** Its newest bar. */
  readonly last: Date;
  /** The longest time between two of its newest bars, in seconds: a weekend, a holiday. */
  readonly longestPause: number;
}

/**
 * Those of these symbols that bars come of no more, as of one that is delisted: the newest bar is older than ten
 * times the longest pause among the newest 500, closed times included, and than a week. By the database's clock.
 */
export async function quietSymbols(sql: Database, symbols: readonly string[]): Promise<Map<string, Quiet>> {
  if (symbols.length === 0) return new Map();
  const rows = await sql<{ symbol: string; last: Date; pause: number }[]>`
    SELECT s.symbol, max(time) AS last, extract(epoch FROM max(pause))::float8 AS pause
    FROM (SELECT DISTINCT unnest(${[...symbols]}::text[]) AS symbol) s CROSS JOIN LATERAL (
      SELECT time, time - lag(time) OVER (ORDER BY time) AS pause FROM (
        SELECT time FROM market_data m
        WHERE m.symbol = s.symbol AND time <= now() + interval '1 day' AND time > '-infinity'
        ORDER BY time DESC LIMIT ${sql.unsafe(String(lookedAt))}) newest) pauses
    GROUP BY s.symbol
    HAVING count(*) >= ${enough}
      AND now() - max(time) > greatest(${times} * max(pause), make_interval(days => ${atLeastDays}))`;
  return new Map(rows.map(({ symbol, last, pause }) => [symbol, { last, longestPause: pause }]));
}
