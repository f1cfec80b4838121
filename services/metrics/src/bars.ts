import { newestBars, type Database } from '@ml-training/core';

/** Seconds since the newest bar of each of these symbols, by the database's clock; none below 0. */
export async function newestBarAges(
  sql: Database,
  symbols: readonly string[],
): Promise<readonly { symbol: string; seconds: number }[]> {
  const newest = await newestBars(sql, symbols);
  const [{ now }] = await sql<[{ now: Date }]>`SELECT now()`;
  return [...newest].map(([symbol, time]) => ({
    symbol,
    seconds: Math.max(0, (now.getTime() - time.getTime()) / 1000),
  }));
}
