import { ALL_SYMBOLS, findStrategy } from '@ml-training/sdk';
import { newestBars } from '../bars/newest.ts';
import { quietSymbols } from '../bars/quiet.ts';
import type { Database } from '../database/connect.ts';
import { isSymbol } from '../symbol.ts';
import type { Skipped } from './enqueue.ts';
import { pairName, type Pair } from './types.ts';

/** The newest bar of each symbol that a training was given, ISO 8601. */
export type SeenBars = Readonly<Record<string, string>>;

/**
 * Which of these pairs have no new bar since their last completed training, with the reason in words: trained
 * on the same bars, a pair gets the same model, which would count as another trial. Bars alone count, neither
 * settings nor code nor a revised history: a person can always ask. And those that were tried in vain since their
 * symbol's last bar, where that is quiet, as one that is delisted: they would be tried in every run.
 * @param symbols TRAINING_SYMBOLS: those of the job over all symbols; empty for all that have bars
 */
export async function pairsWithoutNewBars(
  sql: Database,
  pairs: readonly Pair[],
  symbols: readonly string[],
): Promise<Skipped[]> {
  if (pairs.length === 0) return [];
  const trained = await sql<(Pair & { seen: SeenBars })[]>`
    SELECT pair.strategy_type, pair.symbol, last.newest_bars AS seen
    FROM unnest(${pairs.map((pair) => pair.strategy_type)}::text[],
                ${pairs.map((pair) => pair.symbol)}::text[]) AS pair (strategy_type, symbol)
    CROSS JOIN LATERAL (
      SELECT newest_bars FROM ml_training_jobs j
      WHERE j.strategy_type = pair.strategy_type AND j.symbol = pair.symbol AND j.status = 'completed'
      ORDER BY completed_at DESC NULLS LAST LIMIT 1) last
    WHERE last.newest_bars IS NOT NULL`;
  const unchanged = await withoutNewBars(sql, trained, symbols);
  const resting = new Set(unchanged.map(pairName));
  const others = pairs.filter((pair) => pair.symbol !== ALL_SYMBOLS && !resting.has(pairName(pair)));
  return [...unchanged, ...(await triedInVain(sql, others))];
}

/** So many trainings in a row that failed are enough for a symbol that no bar comes of. */
const triesInVain = 3;

async function triedInVain(sql: Database, pairs: readonly Pair[]): Promise<Skipped[]> {
  if (pairs.length === 0) return [];
  const failing = await sql<(Pair & { since: Date })[]>`
    SELECT pair.strategy_type, pair.symbol, min(last.created_at) AS since
    FROM unnest(${pairs.map((pair) => pair.strategy_type)}::text[],
                ${pairs.map((pair) => pair.symbol)}::text[]) AS pair (strategy_type, symbol)
    CROSS JOIN LATERAL (
      SELECT status, created_at FROM ml_training_jobs j
      WHERE j.strategy_type = pair.strategy_type AND j.symbol = pair.symbol AND status IN ('completed', 'failed')
      ORDER BY created_at DESC LIMIT ${triesInVain}) last
    GROUP BY pair.strategy_type, pair.symbol
    HAVING count(*) = ${triesInVain} AND bool_and(status = 'failed')`;
  const quiet = await quietSymbols(
    sql,
    failing.map(({ symbol }) => symbol),
  );
  return failing.flatMap(({ strategy_type, symbol, since }) => {
    const last = quiet.get(symbol)?.last;
    // A bar that came after them is new.
    if (last === undefined || last > since) return [];
    const reason =
      `quiet: no bar since ${last.toISOString()}, and its last ${triesInVain} trainings failed: tried again ` +
      'when a bar comes, or when somebody asks for it';
    return [{ strategy_type, symbol, reason }];
  });
}

async function withoutNewBars(
  sql: Database,
  trained: readonly (Pair & { readonly seen: SeenBars })[],
  symbols: readonly string[],
): Promise<Skipped[]> {
  if (trained.length === 0) return [];
  const overAll = trained.some((pair) => pair.symbol === ALL_SYMBOLS);
  const own = trained.map((pair) => pair.symbol);
  const newest = await newestBars(sql, overAll ? (symbols.length > 0 ? [...symbols, ...own] : null) : own);
  const all = symbols.length > 0 ? symbols : [...newest.keys()];
  const skipped: Skipped[] = [];
  for (const { strategy_type, symbol, seen } of trained) {
    const symbols = symbol === ALL_SYMBOLS ? all : [symbol];
    const inputs = findStrategy(strategy_type)?.needs?.symbols ?? [];
    const known = inputs.length === 0 ? newest : await withNewestInputs(sql, newest, symbols, inputs);
    const reason = nothingNew([...symbols, ...inputs], seen, known);
    if (reason !== null) skipped.push({ strategy_type, symbol, reason });
  }
  return skipped;
}

/**
 * The newest bars with those of a strategy's inputs. Of an input only bars that begin no later than the
 * newest of the strategy's own symbols count: a training is given no later ones, so that a symbol that rests
 * over a weekend isn't trained anew for each bar of one that doesn't.
 * @param symbols the strategy's own
 */
export async function withNewestInputs(
  sql: Database,
  newest: ReadonlyMap<string, Date>,
  symbols: readonly string[],
  inputs: readonly string[],
): Promise<ReadonlyMap<string, Date>> {
  const own = symbols.flatMap((symbol) => newest.get(symbol)?.getTime() ?? []);
  const others = inputs.filter((symbol) => !symbols.includes(symbol));
  if (own.length === 0 || others.length === 0) return newest;
  return new Map([...newest, ...(await newestBars(sql, others, new Date(Math.max(...own))))]);
}

/**
 * In words that none of the symbols has a bar that the last training did not see; null when one has. A symbol
 * that it did not see at all is new; one whose newest bar is older than what was seen has another history
 * now, and counts as well.
 */
export function nothingNew(
  symbols: readonly string[],
  seen: SeenBars,
  newest: ReadonlyMap<string, Date>,
): string | null {
  let last = -Infinity;
  for (const symbol of symbols) {
    const now = newest.get(symbol)?.getTime();
    // No training is given what is no symbol, or has no bar.
    if (now === undefined || !isSymbol(symbol)) continue;
    const before = Object.hasOwn(seen, symbol) ? Date.parse(seen[symbol]!) : NaN;
    if (before !== now) return null;
    last = Math.max(last, now);
  }
  if (last === -Infinity) return null;
  return `no new bar since its last training, which saw bars up to ${new Date(last).toISOString()}`;
}
