import type { ChampionCell, Champions } from '../../../schemas/champions.ts';

// The order of the matrix's rows, and what its cells say; pure.

export type Row = Champions['rows'][number];
type Strategy = Champions['strategies'][number];

/**
 * How bad a cell is, the lowest first: in halves of the score's own interval below its naive rule, which
 * compares scores of different units. A model that is missing though it should be there is the worst; where
 * none is wanted, nothing is wrong.
 */
export function badness({ model, planned }: ChampionCell): number {
  if (model === null) return planned ? -Infinity : Infinity;
  const { difference, low, high } = model;
  if (difference === null) return Infinity;
  if (low === null || high === null || high <= low) return Math.sign(difference);
  return difference / ((high - low) / 2);
}

/** worst, symbol, age, or a strategy. */
export type Sort = string;

const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
const worst = ({ cells }: Row): number => Math.min(...cells.map(badness));
/** When its newest model was made; one without comes first. */
const newest = ({ cells }: Row): number =>
  Math.max(0, ...cells.map(({ model }) => (model === null ? 0 : Date.parse(model.created_at))));

/** Rows that hold the words, in an order; of equal ones by name. */
export function ordered(
  { rows, strategies }: Champions,
  { sort, down, words }: { readonly sort: Sort; readonly down: boolean; readonly words: string },
): Row[] {
  const column = strategies.findIndex(({ strategy_type }) => strategy_type === sort);
  const valued = (value: (row: Row) => number): Row[] =>
    found
      .map((row) => ({ row, by: value(row) }))
      .sort((a, b) => (down ? compare(b.by, a.by) : compare(a.by, b.by)) || compareNames(a.row, b.row))
      .map(({ row }) => row);
  const wanted = words.trim().toLowerCase();
  const found = rows.filter(({ symbol }) => symbol.toLowerCase().includes(wanted));
  if (sort === 'symbol') return found.sort((a, b) => (down ? compareNames(b, a) : compareNames(a, b)));
  if (sort === 'age') return valued(newest);
  if (column >= 0) return valued(({ cells }) => badness(cells[column]!));
  return valued(worst);
}

const compareNames = (a: Row, b: Row): number => (a.symbol === b.symbol ? 0 : a.symbol < b.symbol ? -1 : 1);

/** Half of what a column's pictures span: most of its intervals fit, a few wild ones are cut off. */
export function spanOf(rows: readonly Row[], column: number): number {
  const ends = rows
    .flatMap(({ cells }) => {
      const model = cells[column]?.model ?? null;
      return model === null ? [] : [model.low, model.high, model.difference];
    })
    .flatMap((end) => (end === null ? [] : [Math.abs(end)]))
    .sort((a, b) => a - b);
  return ends[Math.floor(0.95 * (ends.length - 1))] ?? 1;
}

/** A difference with its unit: `+0.0031`, `−1.6 %`. */
export function differenceWords(score: Strategy['score'], difference: number | null): string {
  if (difference === null) return 'no score';
  const size = Math.abs(score === 'return' ? 100 * difference : difference);
  // An RMSE is in the unit of its label, often of returns of a bar.
  const text = score === 'rmse' ? small(size) : size.toFixed(score === 'return' ? 1 : 4);
  const sign = Number(text) === 0 ? '' : difference < 0 ? '−' : '+';
  return `${sign}${text}${score === 'return' ? ' %' : ''}`;
}

const small = (size: number): string => (size === 0 ? '0' : size.toPrecision(2));

export const scoreWords = {
  log_likelihood: 'log-likelihood a bar',
  rmse: 'RMSE',
  return: 'return after costs',
} as const;

/** Everything of a cell in one line, for who can't see it or holds the pointer over it. */
export function cellWords(
  { strategy_type, score }: Strategy,
  { model, why_none, last }: ChampionCell,
): string {
  const decision = last === null ? '' : ` Last decision: ${last.decision}`;
  if (model === null) return `${strategy_type}: no model: ${why_none ?? ''}.${decision}`;
  const { difference, low, high, rule, rows, live } = model;
  const onNew = live === null || live.note === null ? '' : ` New bars: ${live.note}.`;
  const interval =
    low === null || high === null
      ? ''
      : ` (95 % ${differenceWords(score, low)} to ${differenceWords(score, high)})`;
  return (
    `${strategy_type}: ${differenceWords(score, difference)}${interval} ${scoreWords[score]} against ` +
    `${(rule ?? 'no rule').replaceAll('_', ' ')}${rows === null ? '' : ` on ${rows} bars`}.` +
    `${onNew}${decision}`
  );
}
