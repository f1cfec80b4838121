// What is wrong with a symbol's bars, in one place for all doors: files, tables, jobs and predictions.
import {
  gridOfBars,
  implausibleBars,
  intervalInWords,
  isUnclosed,
  rhythmOf,
  splitRatio,
  type Bars,
  type BarStamp,
} from '@ml-training/sdk';
import { findGaps, overdueBars } from '../gaps.ts';
import { notPositive, repeatedBars, stuckBars, untradedBars, withoutRows } from './columns.ts';
import { gapText, timeText } from './words.ts';

/** In the order in which they are told. */
export const findingKinds = [
  'future',
  'unclosed',
  'off_grid',
  'two_stampings',
  'mixed_intervals',
  'doubled',
  'split',
  'outlier',
  'negative',
  'gap',
  'stuck',
  'zero_volume',
  'too_old',
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** All bars of a symbol that have one thing wrong with them. */
export interface Finding {
  readonly kind: FindingKind;
  /** Of the newest such bar, ms since the epoch; of a gap of the bar after it. */
  readonly time: number;
  /** Its place among the bars that were looked at, the oldest being 1. */
  readonly row: number;
  /** How many bars, or gaps. */
  readonly count: number;
  /** One sentence with the symbol and time, and one with what to do. */
  readonly words: string;
}

export interface DataCheck {
  readonly symbol: string;
  /** From one bar to the next, in milliseconds; null where they keep to none. */
  readonly interval: number | null;
  /** One of a kind at the most. */
  readonly findings: readonly Finding[];
  /** Places of bars that can't be ones of the symbol, whatever they hold: of the future, off the grid… */
  readonly unusable: readonly number[];
}

export interface CheckOptions {
  /** ms since the epoch. */
  readonly now: number;
  /** What the time of a bar is; when it opens, unless given. */
  readonly stamped?: BarStamp;
  /** Symbols whose prices may be 0 or below. */
  readonly negative?: readonly string[];
  /** Whether the bars should go on until now: of an archive they need not. Default true. */
  readonly upToNow?: boolean;
  /** So many of the first bars were looked at before: nothing is told of them again. Default 0. */
  readonly seen?: number;
}

/** @param rows places of the bars that are told of */
type Words = (at: string, rows: readonly number[]) => string;

/** Clocks of two machines may differ by so much. */
const clocksMs = 60_000;

/**
 * Looks at the bars of one symbol: a few passes over its columns, less than a second for a million bars. Says nothing of what
 * it can't know: a grid and moves take 20 bars at least, usual hours some days.
 */
export function checkBars(
  bars: Bars,
  { now, negative = [], upToNow = true, stamped = 'open', seen = 0 }: CheckOptions,
): DataCheck {
  const { symbol, time } = bars;
  const grid = gridOfBars(bars);
  const findings: Finding[] = [];
  const found = (kind: FindingKind, all: readonly number[], words: Words): void => {
    const rows = seen === 0 ? all : all.filter((row) => row >= seen);
    const newest = rows.at(-1);
    if (newest === undefined) return;
    const at = time[newest]!;
    findings.push({
      kind,
      time: at,
      row: newest + 1,
      count: rows.length,
      words: `${symbol}: ${words(timeText(at), rows)}`,
    });
  };
  const rowsWhere = (is: (row: number) => boolean): number[] => {
    const rows: number[] = [];
    for (let row = 0; row < time.length; row++) if (is(row)) rows.push(row);
    return rows;
  };
  const step = grid.interval === null ? '' : intervalInWords(grid.interval);

  const future = rowsWhere((row) => time[row]! > now + clocksMs);
  found(
    'future',
    future,
    (at, rows) =>
      `${bar(rows)} after now, the last one at ${at}. Nothing uses them: look at the time zone and unit of ` +
      'their times, and delete them',
  );
  const offGrid = grid.offGrid.filter((row) => time[row]! <= now + clocksMs);
  const isOff = new Set([...offGrid, ...future]);
  // PostgreSQL's -infinity is no time to measure from.
  const notThere = new Set([...isOff, ...rowsWhere((row) => !Number.isFinite(time[row]))]);
  const kept = notThere.size === 0 ? time : time.filter((_, row) => !notThere.has(row));
  const isOther = new Set(grid.otherInterval.map((row) => time[row]!));
  const rhythm = rhythmOf(kept, stamped);
  const last = kept.at(-1);
  const unclosed =
    last !== undefined && !isOther.has(last) && rhythm !== null && isUnclosed(last, rhythm, now)
      ? [time.indexOf(last)]
      : [];
  found(
    'unclosed',
    unclosed,
    (at) =>
      `the newest bar, of ${at}, has not closed yet, as one lasts ${step}. No training uses it until then: store ` +
      'closed bars alone; where their times say when bars close, set BAR_TIMES=close',
  );
  found(
    'off_grid',
    offGrid,
    (at, rows) =>
      `${bar(rows)} between the times of all others, which come every ${step}, the last one at ${at}. ` +
      'Most likely stored while it was still running: store closed bars alone, and delete these. No training and ' +
      'no score uses them',
  );
  const { otherStamp } = grid;
  found(
    'two_stampings',
    otherStamp,
    (at, rows) =>
      `${bar(rows)} stamped by another rule than the rest, the last one at ${at}: as the others of ` +
      `${timeText(time[mostLike(otherStamp, time)]!)}. One of two sources says when a bar opens, the other when it ` +
      'closes: import one of them again, from the beginning',
  );
  found(
    'mixed_intervals',
    grid.otherInterval,
    (at, rows) =>
      `${bar(rows)} of ${intervalInWords(grid.other ?? 0)} among those of ${step}, the last one at ` +
      `${at}. No training uses them: keep each interval under a symbol of its own`,
  );
  // PostgreSQL's infinities are left to those who use the bars: no time goes before or after them.
  const unusable = [...new Set([...isOff, ...unclosed, ...grid.otherInterval])]
    .filter((row) => Number.isFinite(time[row]))
    .sort((a, b) => a - b);
  // What is left out says nothing of the prices of the others.
  const leftOut = new Set(unusable);
  const usable = withoutRows(bars, leftOut);
  const places = unusable.length === 0 ? null : rowsWhere((row) => !leftOut.has(row));
  const foundOf = (kind: FindingKind, of: readonly number[], words: Words): void =>
    found(kind, places === null ? of : of.map((row) => places[row]!), words);
  const repeated = repeatedBars(usable);
  foundOf(
    'doubled',
    repeated,
    (at, rows) =>
      `${bar(rows)} the same as the one before in every price and in volume, the last one at ${at}. Stored ` +
      'under two times: delete one of each two',
  );
  const moves = implausibleBars(usable);
  const splits = moves.filter(({ split }) => split !== undefined);
  foundOf(
    'split',
    splits.map(({ bar: row }) => row),
    (at) =>
      `prices step by a whole factor, volume the other way, at ${at} (${splitText(splits.at(-1)!.split!)}` +
      `${splits.length === 1 ? '' : `, the last of ${splits.length}`}). Most likely a split that they were not ` +
      `adjusted for: import adjusted ones${splits.some(({ clear }) => clear) ? ', or a file of all of them with --adjust-splits' : ''}. ` +
      'No score crosses it',
  );
  const outliers = moves.filter(({ split }) => split === undefined);
  foundOf(
    'outlier',
    outliers.map(({ bar: row }) => row),
    (at) =>
      `${outliers.length === 1 ? 'a move' : `${outliers.length} moves`} of the close that no market makes, the last ` +
      `one of ${percent(outliers.at(-1)!.move)} at ${at}. A wrong price, or a split that prices were not adjusted ` +
      'for: look at the bars around it. No score crosses it',
  );
  const below = negative.includes(symbol) ? [] : notPositive(usable);
  foundOf(
    'negative',
    below,
    (at, rows) =>
      `${bar(rows)} with a price of 0 or below, the last one at ${at}. Delete them; where such a price is real, as ` +
      'that of a future or a spread, name the symbol in NEGATIVE_PRICES',
  );

  const { gaps, calendar } = findGaps(kept);
  const real = gaps.filter(({ from, to }) => !(isOther.has(from) || isOther.has(to)));
  const newestGap = real.at(-1);
  if (newestGap !== undefined) {
    const missing = real.reduce((sum, gap) => sum + gap.missing, 0);
    findings.push({
      kind: 'gap',
      time: newestGap.to,
      row: time.indexOf(newestGap.to) + 1,
      count: real.length,
      words:
        `${symbol}: ${missing} ${missing === 1 ? 'bar is' : 'bars are'} missing in ` +
        `${real.length === 1 ? 'one gap' : `${real.length} gaps`} at times that usually have some` +
        (calendar === null
          ? `, the last one from ${gapText(newestGap)}. Import them; where its market was closed for that long, ` +
            'nothing is wrong'
          : ` on trading days of ${calendar}, the last one from ${gapText(newestGap)}. Import them`),
    });
  }
  const stuck = stuckBars(usable);
  foundOf(
    'stuck',
    stuck,
    (at, rows) =>
      `${bar(rows)} in a row of the very same prices, the last one at ${at}. A feed that stood still, or filled ` +
      'what was missing: delete them, or import them from another source',
  );
  const untraded = untradedBars(usable);
  foundOf('zero_volume', untraded.rows, (at, rows) =>
    untraded.all
      ? 'its volume is 0 in all bars. Leave it empty where the source has none: features of volume say nothing here'
      : `${bar(rows)} whose price moves without volume, the last one at ${at}. Leave volume empty where the ` +
        'source has none',
  );
  const overdue = upToNow && last !== undefined ? overdueBars(kept, now) : 0;
  if (overdue > 0)
    findings.push({
      kind: 'too_old',
      time: last!,
      row: time.indexOf(last!) + 1,
      count: 1,
      words:
        `${symbol}: its newest bar is of ${timeText(last!)}, and about ${overdue} have been due since. Look ` +
        'whether its feed still runs, or import what is missing',
    });
  return { symbol, interval: grid.interval, findings, unusable: unusable.filter((row) => row >= seen) };
}

const bar = ({ length }: readonly number[]): string => (length === 1 ? '1 bar' : `${length} bars`);

const splitText = (factor: number): string => splitRatio(factor).join(':');

const percent = (move: number): string => `${move > 0 ? '+' : '−'}${Math.abs(100 * move).toFixed(1)} %`;

/** A bar that is no such bar, the nearest before the last of them. */
function mostLike(rows: readonly number[], time: Float64Array): number {
  const such = new Set(rows);
  let row = rows.at(-1)!;
  while (row > 0 && such.has(row)) row--;
  return such.has(row) ? time.findIndex((_, at) => !such.has(at)) : row;
}
