import { ALL_SYMBOLS, leftOutOf, newestBars, type Database } from '@ml-training/core';

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

/** How many symbols the last ensemble is not of; null before there is one. */
export async function leftOutSymbols(sql: Database): Promise<number | null> {
  const [last] = await sql<{ left_out: object | null }[]>`
    SELECT ${leftOutOf(sql)} AS left_out FROM ml_training_jobs
    WHERE strategy_type = 'ensemble' AND symbol = ${ALL_SYMBOLS} AND status = 'completed'
    ORDER BY completed_at DESC NULLS LAST LIMIT 1`;
  return last === undefined ? null : Object.keys(last.left_out ?? {}).length;
}
