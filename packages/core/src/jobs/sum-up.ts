import type postgres from 'postgres';
import type { Database } from '../database/connect.ts';
import type { Skipped } from './enqueue.ts';

/** What was left out, and why; names of pairs or symbols with a reason in common. */
export interface Summary {
  readonly reason: string;
  readonly count: number;
  readonly names: readonly string[];
}

const maxReasons = 5;
const maxNames = 3;

/**
 * Pairs that were not trained, by reason, the most frequent first: a few lines with a few names, however many
 * there are.
 */
export function sumUp(skipped: readonly Skipped[]): Summary[] {
  const byReason = Map.groupBy(skipped, ({ reason }) => reason);
  const groups = [...byReason]
    .map(([reason, pairs]) => ({ reason, pairs }))
    .sort((a, b) => b.pairs.length - a.pairs.length);
  const rest = groups.length > maxReasons ? groups.splice(maxReasons - 1) : [];
  const summaries = groups.map(({ reason, pairs }) => summary(reason, pairs));
  if (rest.length === 0) return summaries;
  const others = summary(
    `${rest.length} other reasons, such as: ${rest[0]!.reason}`,
    rest.flatMap(({ pairs }) => pairs),
  );
  return [...summaries, others];
}

const summary = (reason: string, pairs: readonly Skipped[]): Summary => ({
  reason,
  count: pairs.length,
  names: pairs.slice(0, maxNames).map(({ strategy_type, symbol }) => `${strategy_type} ${symbol}`),
});

/** Of a row of ml_training_jobs: {symbol: reason}, also where a job of before says it at another place. */
export const leftOutOf = (sql: Database): postgres.Fragment =>
  sql`coalesce(result -> 'left_out', result #> '{report,details,left_out}')`;

/** Symbols that a job left out, with the reasons, in words: the first few, and how many more. */
export function leftOutWords(leftOut: Readonly<Record<string, string>>, max = maxNames): string {
  const entries = Object.entries(leftOut);
  const some = entries.slice(0, max).map(([symbol, reason]) => `${symbol} (${short(reason, symbol)})`);
  const more = entries.length - some.length;
  return `${some.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

/** A strategy's reasons begin with the symbol; here it stands before them already. */
function short(reason: string, symbol: string): string {
  const text = reason.startsWith(symbol) ? reason.slice(symbol.length).replace(/^[:\s]+/, '') : reason;
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
