// What the ensemble learns from: rows of all symbols pooled, each symbol's parts cleared of the others' in
// time.
import { StrategyError } from '../errors.ts';
import { directionLabels, fitScaler, rowSpan, spansOverlap, splitBars } from '../evaluation/index.ts';
import type { Scaler, Span, Split } from '../evaluation/index.ts';
import { computeFeatures } from '../features/index.ts';
import type { FeatureTable } from '../features/index.ts';
import type { Bars, RowRange } from '../strategy.ts';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import type { Matrix } from './members.ts';

/** Rows of all symbols to learn from, with their labels. */
export interface LabelledRows extends Matrix {
  /** 1 where the close a horizon later is higher. */
  readonly labels: Uint8Array;
  /** When each row's bar began; rows of several symbols are not in its order. */
  readonly time?: Float64Array;
  /** What each row weighs; equal unless given. */
  readonly weights?: Float32Array;
}

/** A symbol with its features and its own split in time. */
interface SplitSymbol {
  readonly bars: Bars;
  readonly table: FeatureTable;
  readonly split: Split;
}

export interface SymbolRows extends SplitSymbol {
  /** What is left of the symbol's own split once the other symbols are heeded. */
  readonly purged: Purged;
}

/**
 * Everything fitting may look at, and where each symbol's parts lie. Holdout rows are in none of the
 * matrices.
 */
export interface Pool {
  readonly symbols: readonly SymbolRows[];
  /** Symbols that nothing could be learnt from, and why. */
  readonly leftOut: { readonly [symbol: string]: string };
  /** Unscaled. */
  readonly train: LabelledRows;
  readonly validation: LabelledRows;
}

/** Fewer rows over all symbols teach nothing. */
const minRows = { train: 20, validation: 5 };

/**
 * Features, splits and labels of every symbol, pooled.
 * @throws StrategyError TOO_FEW_BARS or INVALID_BARS when no symbol can be learnt from.
 */
export function poolSymbols(allBars: readonly Bars[], settings: Settings): Pool {
  const { horizon } = settings;
  const { symbols: split, leftOut } = splitSymbols(allBars, settings);
  const purged = purgeAcrossSymbols(split.map((symbol) => ({ ...symbol, time: symbol.bars.time, horizon })));
  const symbols = split.map((symbol, s) => ({ ...symbol, purged: purged[s]! }));
  const train = gather(symbols, 'train', horizon);
  const validation = gather(symbols, 'validation', horizon);
  if (train.rows < minRows.train || validation.rows < minRows.validation)
    throw new StrategyError(
      'TOO_FEW_BARS',
      `keeping the symbols' parts apart in time left ${train.rows} training and ${validation.rows} ` +
        `validation rows of all symbols, but ${minRows.train} and ${minRows.validation} are needed; ` +
        'give bars of symbols that cover the same time',
    );
  return { symbols, leftOut, train, validation };
}

/** Mean and deviation of the train rows alone. */
export const poolScaler = ({ train }: Pool): Scaler =>
  fitScaler(train.data, train.cols, { from: 0, to: train.rows });

/**
 * Features and split of every symbol that can be learnt from; one with too few or impossible bars is left
 * out, with the reason, rather than keep all others from a new model.
 * @throws StrategyError when none is left: the symbol's own when there is but one.
 */
function splitSymbols(
  allBars: readonly Bars[],
  settings: Settings,
): { symbols: SplitSymbol[]; leftOut: { readonly [symbol: string]: string } } {
  const symbols: SplitSymbol[] = [];
  const leftOut: [symbol: string, reason: StrategyError][] = [];
  for (const bars of allBars) {
    try {
      const table = computeFeatures(bars);
      symbols.push({ bars, table, split: splitBars(bars, table.firstRow, settings) });
    } catch (error) {
      if (!(error instanceof StrategyError)) throw error;
      leftOut.push([bars.symbol, error]);
    }
  }
  const [first, ...others] = leftOut;
  if (symbols.length === 0 && first !== undefined)
    throw others.length === 0
      ? first[1]
      : new StrategyError(
          first[1].code,
          `none of ${leftOut.length} symbols can be learnt from: ` +
            leftOut.map(([, { message }]) => message).join('; '),
        );
  return { symbols, leftOut: Object.fromEntries(leftOut.map(([symbol, { message }]) => [symbol, message])) };
}

function gather(symbols: readonly SymbolRows[], part: 'train' | 'validation', horizon: number): LabelledRows {
  const cols = symbols[0]!.table.cols;
  const rows = symbols.reduce((sum, { purged }) => sum + purged[part].length, 0);
  const data = new Float64Array(rows * cols);
  const labels = new Uint8Array(rows);
  const time = new Float64Array(rows);
  let r = 0;
  for (const { bars, table, purged } of symbols) {
    const ofSymbol = directionLabels(bars.close, horizon);
    for (const t of purged[part]) {
      data.set(table.data.subarray(t * cols, (t + 1) * cols), r * cols);
      time[r] = bars.time[t]!;
      labels[r++] = ofSymbol[t]!;
    }
  }
  return { data, rows, cols, labels, time };
}

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
const length = ({ from, to }: RowRange): number => to - from;
