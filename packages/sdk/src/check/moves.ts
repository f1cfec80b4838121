// Moves that no market makes: a split that prices were not adjusted for, a decimal point that slipped.
import type { Bars } from '../types.ts';

/** A bar whose close is too far from the one before it. */
export interface ImplausibleBar {
  /** Index of the bar in its bars. */
  readonly bar: number;
  /** Its close over the one before, less 1: −0.5 of an unadjusted split of 2 for 1. */
  readonly move: number;
  /**
   * Of what looks like a split, how many shares were made of one: 2, 1.5, or 0.1 of a reverse one; left out of any
   * other move.
   */
  readonly split?: number;
  /** Of a split that is plain enough to adjust prices by: step, range and volume all say so, by five bars at least. */
  readonly clear?: boolean;
}

/** In robust deviations. */
const far = { alone: 12, thatComesBack: 10 };
/** As logarithms: a move to 0.607 or 1.65 times the price, and to 0.779 or 1.28 times. */
const floor = { alone: 0.5, thatComesBack: 0.25 };
/** A wrong price is followed by a right one within so many bars. */
const backWithin = 3;
/** Bars before a bar whose moves may be wilder than the symbol's usual ones; fewer say nothing. */
const window = { most: 100, least: 20 };
/** From the median of moves' sizes to a normal's deviation. */
const medianToDeviation = 1.4826;

const found = new WeakMap<Bars, readonly ImplausibleBar[]>();

/**
 * Bars whose close-to-close move is beyond any plausible one of this symbol: further than 12 robust
 * deviations and than a fall to 0.61 or a rise to 1.65 times the price; or further than 10 and than a fall
 * to 0.78 or a rise to 1.28 times where the price is back within 3 bars, as after a single wrong price. The
 * deviation is the larger of that of all moves and of those of the 100 bars before, by the median of their
 * sizes, bars without a move left out: a few wild moves, splits among them, don't widen it, a stretch of
 * wild ones does. And bars that look like a split of 3 for 2 or of a whole number, see `splitAt`.
 *
 * A market's own falls stay: that of the 19th of October 1987 was to 0.795. In the sample bars of EURUSD,
 * GOOG and SP500 nothing is found, nor in 400 series of 1,000 bars each with normal moves of 1, 4 or 6 %,
 * with GARCH(1,1) moves, or without a trade in 70 % of the bars; in as many with Student's t moves of 3
 * degrees of freedom 0, 1, 7 and 68 bars at scales of 0.3, 0.6, 1 and 2 % (a deviation of 3.5 %), each a
 * move to 0.61 or 1.65. Of 150 splits each of 2, 3, 5 and 10 for 1 and the reverse at random places of the
 * samples and of such series at least 99 in 100 were found, but for 2 for 1 where moves have a deviation of
 * 5 %, 79; of 3 for 2 those whose volume says so.
 */
export function implausibleBars(bars: Bars): readonly ImplausibleBar[] {
  const known = found.get(bars);
  if (known !== undefined) return known;
  const result = find(bars);
  found.set(bars, result);
  return result;
}

function find(given: Bars): ImplausibleBar[] {
  const { close } = given;
  const moves = new Float64Array(Math.max(0, close.length));
  for (let t = 1; t < close.length; t++) moves[t] = Math.log(close[t]! / close[t - 1]!);
  const overall = deviation(moves);
  const bars: ImplausibleBar[] = [];
  for (let t = 1; t < close.length; t++) {
    const size = Math.abs(moves[t]!);
    if (size <= floor.thatComesBack || size <= 8 * overall) continue;
    const before = moves.subarray(Math.max(1, t - window.most), t);
    const usual = Math.max(overall, before.length < window.least ? 0 : deviation(before));
    const alone = size > Math.max(floor.alone, far.alone * usual);
    const comesBack = isOneOfAPair(moves, t);
    const wrongPrice = size > far.thatComesBack * usual && comesBack;
    const split = comesBack ? null : splitAt(given, t, { usual, implausible: alone });
    if (alone || wrongPrice || split !== null)
      bars.push({ bar: t, move: close[t]! / close[t - 1]! - 1, ...split });
  }
  return bars;
}

/** Whether the move is undone by one as large within a few bars, or undoes such a one itself. */
function isOneOfAPair(moves: Float64Array, t: number): boolean {
  const size = Math.abs(moves[t]!);
  for (let s = Math.max(1, t - backWithin); s <= Math.min(moves.length - 1, t + backWithin); s++)
    if (s !== t && Math.abs(moves[t]! + moves[s]!) < 0.2 * size) return true;
  return false;
}

/** A split as its two numbers: shares made, of how many. 4 is 4:1, 1.5 is 3:2, 0.1 is 1:10. */
export function splitRatio(factor: number): readonly [number, number] {
  if (factor < 1) return [...splitRatio(1 / factor)].reverse() as [number, number];
  return factor === 1.5 ? [3, 2] : [Math.round(factor), 1];
}

/** Shares made of one; reverse splits are one over these. */
const factors = [1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 100, 200, 500, 1000];
/** Bars before and after whose volume is compared, and how few are too few to go by. */
const compared = 40;
const enough = 5;
/** How far a step may be off a factor, and how much wider than usual a bar's range may be. */
const strict = { within: 0.04, range: 2.5 };

/**
 * How many shares were made of one where a bar looks like the first after a split that prices were not adjusted
 * for: the step from the close before to its open or close is such a factor, within 4 of the symbol's usual moves
 * and 4 or 5 %; its own range is no wilder than usual, as it is after bad news; and the volume has changed the other way,
 * by at least the root of the factor. Without any volume, a move that is implausible anyhow is told so by its
 * size alone.
 * @returns null where it does not look like one
 */
function splitAt(
  { open, high, low, close, volume }: Bars,
  t: number,
  { usual, implausible }: { readonly usual: number; readonly implausible: boolean },
): Pick<ImplausibleBar, 'split' | 'clear'> | null {
  const size = Math.abs(Math.log(close[t]! / close[t - 1]!));
  if (size <= 8 * usual) return null;
  // What no market makes is looked at less closely: it only is to get its name.
  const strictly = Math.min(strict.within, Math.max(0.01, 4 * usual));
  const within = implausible ? Math.min(0.05, Math.max(0.02, 4 * usual)) : strictly;
  const steps = [Math.log(close[t - 1]! / open[t]!), Math.log(close[t - 1]! / close[t]!)];
  const nearest = factors
    .flatMap((factor) => [factor, 1 / factor])
    .map((factor) => ({ factor, off: Math.min(...steps.map((step) => Math.abs(step - Math.log(factor)))) }))
    .reduce((best, one) => (one.off < best.off ? one : best));
  if (!(nearest.off <= within)) return null;
  const { factor, off } = nearest;
  const before = rowsBefore(t);
  const range = (row: number): number => (high[row]! - low[row]!) / close[row]!;
  const usualRange = median(before.map(range).filter((one) => one > 0));
  if (usualRange !== null && range(t) > (implausible ? 6 : strict.range) * usualRange) return null;
  const traded = (rows: readonly number[]): number[] =>
    rows.map((row) => volume[row]!).filter((one) => one > 0);
  const [volumes, newVolumes] = [traded(before), traded(rowsFrom(t, Math.min(close.length, t + compared)))];
  const usualVolume = before.length < enough ? null : median(volumes);
  const newVolume = median(newVolumes);
  if (usualVolume === null || newVolume === null) return implausible ? { split: factor, clear: false } : null;
  const grown = Math.log(newVolume / usualVolume) / Math.log(factor);
  const first = volume[t]! / usualVolume / factor;
  if (!(grown >= 0.5 && grown <= 3 && first > 0.2 && first < 3)) return null;
  const plain = off <= strictly && usualRange !== null && range(t) <= strict.range * usualRange;
  return { split: factor, clear: plain && volumes.length >= enough && newVolumes.length >= enough };
}

const rowsFrom = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
const rowsBefore = (t: number): number[] => rowsFrom(Math.max(0, t - compared), t);

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? null;
}

function deviation(moves: Float64Array): number {
  const sizes = moves
    .filter((move) => move !== 0 && Number.isFinite(move))
    .map(Math.abs)
    .sort();
  return medianToDeviation * (sizes[sizes.length >> 1] ?? 0);
}
