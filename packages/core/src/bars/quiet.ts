// Symbols that bars come of no more, as of delisted ones.
import type { Database } from '../database/connect.ts';
import { barsIn } from './source.ts';

/** Newest bars whose pauses are looked at, and how few tell nothing. */
export const quietLooksAt = 500;
const enough = 20;
/** How many times its longest pause a symbol is silent for before it counts as quiet; and days at least. */
const times = 10;
const atLeastMs = 7 * 86_400_000;

export interface Quiet {
  /** Its newest bar. */
  readonly last: Date;
  /** The longest time between two of its newest bars, in seconds: a weekend, a holiday. */
  readonly longestPause: number;
}

/**
 * Whether the newest bar is older than ten times the longest pause among the newest 500, closed times included, and
 * than a week. Of fewer than 20 bars nobody can tell.
 * @param newest ms since the epoch, as `now`; `longestPause` in ms
 */
export const isQuiet = (
  { bars, newest, longestPause }: { bars: number; newest: number; longestPause: number },
  now: number,
): boolean => bars >= enough && now - newest > Math.max(times * longestPause, atLeastMs);

/** Those of these symbols that are quiet, by the database's clock. */
export async function quietSymbols(sql: Database, symbols: readonly string[]): Promise<Map<string, Quiet>> {
  if (symbols.length === 0) return new Map();
  const bars = await barsIn(sql);
  const rows = await sql<{ symbol: string; bars: number; last: Date; pause: number; now: Date }[]>`
    SELECT s.symbol, count(*)::int AS bars, max(time) AS last, extract(epoch FROM max(pause))::float8 AS pause,
      now() AS now
    FROM (SELECT DISTINCT unnest(${[...symbols]}::text[]) AS symbol) s CROSS JOIN LATERAL (
      SELECT time, time - lag(time) OVER (ORDER BY time) AS pause FROM (
        SELECT m.time FROM ${bars.from}
        WHERE m.symbol = s.symbol AND ${bars.when('<=', sql`now() + interval '1 day'`)} AND ${bars.finite}
        ORDER BY ${bars.time} DESC LIMIT ${sql.unsafe(String(quietLooksAt))}) newest) pauses
    GROUP BY s.symbol HAVING count(*) > 1`;
  return new Map(
    rows
      .filter((row) =>
        isQuiet(
          { bars: row.bars, newest: row.last.getTime(), longestPause: 1000 * row.pause },
          row.now.getTime(),
        ),
      )
      .map(({ symbol, last, pause }) => [symbol, { last, longestPause: pause }]),
  );
}
