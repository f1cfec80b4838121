import type { Database } from '../database/connect.ts';
import { barsIn } from './source.ts';
import { symbolsOf } from './symbols.ts';

/**
 * The time of each symbol's newest bar, by symbol; a symbol without bars has none. A few index entries a
 * symbol are read, however many bars there are: 500 symbols of 5 million bars take some milliseconds. Bars of
 * the day after tomorrow and later, by the database's clock, don't count: one bar with an absurd time would
 * be the newest for ever.
 * @param symbols null for all that have bars
 * @param upTo none that begin later count; all when left out
 */
export async function newestBars(
  sql: Database,
  symbols: readonly string[] | null,
  upTo?: Date,
): Promise<Map<string, Date>> {
  const bars = await barsIn(sql);
  const rows = await sql<{ symbol: string; time: Date }[]>`
    SELECT k.symbol, newest.time FROM (${symbolsOf(sql, bars, symbols)}) k CROSS JOIN LATERAL (
      SELECT m.time FROM ${bars.from}
      WHERE m.symbol = k.symbol AND ${bars.when('<=', sql`now() + interval '1 day'`)} AND ${bars.finite}
        ${upTo === undefined ? sql`` : sql`AND ${bars.when('<=', sql`${upTo}::timestamptz`)}`}
      ORDER BY ${bars.time} DESC LIMIT 1) newest`;
  return new Map(rows.map(({ symbol, time }) => [symbol, time]));
}
