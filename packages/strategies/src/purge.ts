// Symbols' parts kept apart in time, so that nothing is judged on what another symbol has told the model.
import { rowSpan, spansOverlap } from './evaluation/index.ts';
import type { Span, Split } from './evaluation/index.ts';
import type { RowRange } from './strategy.ts';

/** A symbol's own split, and the times that place it beside other symbols. */
export interface TimedSplit {
  /** Times of all its bars. */
  readonly time: Float64Array;
  readonly split: Split;
  readonly horizon: number;
}

/** What is left of a symbol's split once other symbols are heeded. */
export interface Purged {
  /** Row indices, ascending. */
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly holdout: RowRange;
}

/**
 * A holdout cut shorter than this share of itself says too little; rows to learn from are given up instead.
 */
const minHoldoutShare = 0.5;

/**
 * Markets move together: a model that learnt from one symbol's rows of a day has seen much of what another
 * symbol did that day. So wherever a row that something is fitted or chosen on overlaps in time with another
 * symbol's holdout, or a training row with another symbol's validation rows, one of the two goes: the one of
 * which a smaller share is lost. A row's span reaches from its bar to the end of its label's bar. A holdout
 * stays in one piece: the longest one outside the overlap.
 * Symbols with the same calendar lose nothing, since their splits fall on the same days.
 */
export function purgeAcrossSymbols(symbols: readonly TimedSplit[]): Purged[] {
  const kept = symbols.map(({ split }) => ({
    train: rowsOf(split.train),
    validation: rowsOf(split.validation),
    holdout: split.holdout,
  }));
  symbols.forEach((judged, b) => {
    symbols.forEach((fitted, a) => {
      if (a === b) return;
      separateHoldout(judged, kept[b]!, fitted, kept[a]!);
      separateValidation(judged, kept[b]!, fitted, kept[a]!);
    });
  });
  return kept;
}

interface Kept {
  train: number[];
  validation: number[];
  holdout: RowRange;
}

function separateHoldout(judged: TimedSplit, own: Kept, fitted: TimedSplit, other: Kept): void {
  const rows = [...other.train, ...other.validation];
  const inHoldout = overlapping(fitted, rows, hull(judged, rowsOf(own.holdout)));
  if (inHoldout.size === 0) return;
  const rest = longestOutside(judged, own.holdout, hull(fitted, rows));
  const holdoutLost = 1 - length(rest) / length(own.holdout);
  const enough = length(rest) >= minHoldoutShare * length(judged.split.holdout);
  if (enough && holdoutLost < inHoldout.size / rows.length) {
    own.holdout = rest;
  } else {
    other.train = other.train.filter((t) => !inHoldout.has(t));
    other.validation = other.validation.filter((t) => !inHoldout.has(t));
  }
}

function separateValidation(judged: TimedSplit, own: Kept, fitted: TimedSplit, other: Kept): void {
  const trainRows = overlapping(fitted, other.train, hull(judged, own.validation));
  const validationRows = overlapping(judged, own.validation, hull(fitted, other.train));
  if (trainRows.size === 0) return;
  if (validationRows.size / own.validation.length < trainRows.size / other.train.length)
    own.validation = own.validation.filter((t) => !validationRows.has(t));
  else other.train = other.train.filter((t) => !trainRows.has(t));
}

const span = ({ time, horizon }: TimedSplit, t: number): Span => rowSpan(time, horizon, t);

/** From the first row's start to the last row's end; empty without rows. */
function hull(symbol: TimedSplit, rows: readonly number[]): Span {
  if (rows.length === 0) return { start: Infinity, end: -Infinity };
  const start = span(
    symbol,
    rows.reduce((a, b) => Math.min(a, b)),
  ).start;
  return {
    start,
    end: span(
      symbol,
      rows.reduce((a, b) => Math.max(a, b)),
    ).end,
  };
}

function overlapping(symbol: TimedSplit, rows: readonly number[], other: Span): Set<number> {
  return new Set(rows.filter((t) => spansOverlap(span(symbol, t), other)));
}

/** The longest piece of `range` without a row that overlaps `other`; the later one of equals. */
function longestOutside(symbol: TimedSplit, range: RowRange, other: Span): RowRange {
  const inside = [...overlapping(symbol, rowsOf(range), other)]; // Ascending, as the range's rows are.
  const [first, last] = [inside[0], inside.at(-1)];
  if (first === undefined || last === undefined) return range;
  const before = { from: range.from, to: first };
  const after = { from: last + 1, to: range.to };
  return length(before) > length(after) ? before : after;
}

const rowsOf = ({ from, to }: RowRange): number[] => Array.from({ length: to - from }, (_, i) => from + i);
export const length = ({ from, to }: RowRange): number => to - from;
