import type { PairModels, Version } from '../../../schemas/models.ts';
import { betterBy } from '@ml-training/sdk';

// What the table of pairs shows and in which order; pure, so tests need no browser.

export const sorts = ['worst', 'symbol', 'strategy', 'newest', 'oldest'] as const;
export type Sort = (typeof sorts)[number];
export const isSort = (name: string | null): name is Sort => sorts.some((one) => one === name);

export interface PairRow extends PairModels {
  /** By how much the model in use is better than the best naive rule; null without one. */
  readonly overRule: number | null;
  /** By how much the newest of the others scored better than the one in use, each on its own holdout. */
  readonly overChampion: number | null;
}

export function rowOf(pair: PairModels): PairRow {
  const { champion, newest } = pair;
  const own = champion?.score;
  return {
    ...pair,
    overRule: own === undefined ? null : betterBy(own.name, own.value, own.baseline),
    overChampion:
      own === undefined || newest === null || newest.score.name !== own.name
        ? null
        : betterBy(own.name, newest.score.value, own.value),
  };
}

const madeAt = ({ champion, newest }: PairModels): string =>
  [champion?.created_at ?? '', newest?.created_at ?? ''].sort().at(-1)!;
const inUseSince = ({ champion }: PairModels): string => champion?.activated_at ?? champion?.created_at ?? '';
const byName = (one: PairModels, other: PairModels): number =>
  compare(one.symbol, other.symbol) || compare(one.strategy_type, other.strategy_type);
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

const orders: Readonly<Record<Sort, (one: PairRow, other: PairRow) => number>> = {
  // What has no model in use comes first; what has no score last.
  worst: (one, other) => rank(one) - rank(other) || byName(one, other),
  symbol: byName,
  strategy: (one, other) => compare(one.strategy_type, other.strategy_type) || byName(one, other),
  newest: (one, other) => compare(madeAt(other), madeAt(one)) || byName(one, other),
  oldest: (one, other) => compare(inUseSince(one), inUseSince(other)) || byName(one, other),
};
/** Scores of different kinds, such as accuracy and Sharpe ratio, are put in one order by how sure each is. */
function rank({ champion, overRule }: PairRow): number {
  if (champion === null) return -Infinity;
  if (overRule === null) return Number.MAX_VALUE;
  const { low, high } = champion.score;
  const sure = low === null || high === null ? 1 : (high - low) / 2;
  return sure > 0 ? overRule / sure : Math.sign(overRule) * 1e9;
}

/** Rows that have every word of `text` in strategy, symbol, or the start of a model's id. */
export function chosen(
  rows: readonly PairRow[],
  { text, strategy, sort }: { readonly text: string; readonly strategy: string | null; readonly sort: Sort },
): PairRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (row: PairRow, word: string): boolean =>
    row.symbol.toLowerCase().includes(word) ||
    row.strategy_type.startsWith(word) ||
    [row.champion, row.newest].some((model) => model?.model_id.startsWith(word));
  return rows
    .filter(
      (row) => (strategy === null || row.strategy_type === strategy) && words.every((word) => has(row, word)),
    )
    .sort(orders[sort]);
}

/**
 * What was decided at first, in a word or two: what people
 * do by hand afterwards is at the end of the decision.
 */
export function statusOf({ decision, is_active, activated_at }: Version): string {
  if (is_active) return 'in use';
  if (activated_at !== null) return 'was in use';
  return decision.toLowerCase().startsWith('not promoted') ? 'not promoted' : 'not in use';
}
