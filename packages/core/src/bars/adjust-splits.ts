// Splits that prices were not adjusted for: an import adjusts its bars by those that are clear.
import { implausibleBars, splitRatio, type Bars } from '@ml-training/sdk';
import type postgres from 'postgres';
import { FleetError } from '../errors.ts';
import { inFile, stagedBars } from './check/staged.ts';
import { timeText } from './check/words.ts';

export interface Split {
  readonly symbol: string;
  /** Of the first bar after it, ms since the epoch. */
  readonly time: number;
  /** Shares made, of how many. */
  readonly ratio: readonly [number, number];
}

/** A split that bars were adjusted for. */
export interface AdjustedSplit extends Split {
  /** How many bars before it. */
  readonly bars: number;
}

/**
 * Splits that step, range and volume all show, oldest first, with the bar each is at. Of any other move, a split
 * without a volume that says so among them, nothing is certain enough to change prices by.
 */
export const clearSplits = (bars: Bars): (Split & { readonly row: number })[] =>
  implausibleBars(bars).flatMap(({ bar: row, split, clear }) =>
    split !== undefined && clear === true
      ? [{ symbol: bars.symbol, time: bars.time[row]!, ratio: splitRatio(split), row }]
      : [],
  );

/** `ACME: 4:1 at 2024-03-01 00:00 UTC: 60 bars before it, prices × 1/4, volumes × 4`. */
export function splitInWords({ symbol, time, ratio: [made, of], bars }: AdjustedSplit): string {
  const fraction = (above: number, below: number): string => (below === 1 ? `${above}` : `${above}/${below}`);
  return (
    `${symbol}: ${made}:${of} at ${timeText(time)}: ${bars} ${bars === 1 ? 'bar' : 'bars'} before it, ` +
    `prices × ${fraction(of, made)}, volumes × ${fraction(made, of)}`
  );
}

/** More than a split is told by, so that each is seen whole in one of two stretches of bars. */
const overlap = 200;

/**
 * Adjusts the rows of pg_temp.ml_training_import before each clear split, as they would stand beside those of
 * market_data, which stay as they are.
 * @returns the splits, oldest first of each symbol
 * @throws FleetError BARS_REFUSED where market_data has bars besides that are not adjusted for them
 */
export async function adjustStaged(
  own: postgres.TransactionSql,
  source: string,
  symbols: readonly string[],
): Promise<AdjustedSplit[]> {
  const adjusted: AdjustedSplit[] = [];
  for (const symbol of symbols) {
    const splits = await splitsOf(own, symbol);
    for (const split of splits) {
      const [made, of] = split.ratio;
      const price = (name: string): postgres.Fragment => own`${own(name)} = ${own(name)} * ${of} / ${made}`;
      const { count } = await own`
        UPDATE pg_temp.ml_training_import SET ${price('open')}, ${price('high')}, ${price('low')},
          ${price('close')}, volume = volume * ${made} / ${of}
        WHERE symbol = ${symbol} AND time < ${new Date(split.time)}`;
      adjusted.push({ ...split, bars: count });
    }
    if (splits.length > 0) await requireAlike(own, source, symbol, splits);
  }
  return adjusted;
}

/** Only those after a bar of the file: what lies before a stored one is not the file's to change. */
async function splitsOf(own: postgres.TransactionSql, symbol: string): Promise<Split[]> {
  const found = new Map<number, Split>();
  for await (const { bars } of stagedBars(own, symbol, overlap))
    for (const { row, ...split } of clearSplits(bars))
      if (bars.columns![inFile]![row - 1] === 1) found.set(split.time, split);
  return [...found.values()].sort((a, b) => a.time - b.time);
}

/**
 * Bars of market_data beside adjusted ones must be adjusted as well: of two neighbours the prices are then alike, and
 * else a factor apart.
 */
async function requireAlike(
  own: postgres.TransactionSql,
  source: string,
  symbol: string,
  splits: readonly Split[],
): Promise<void> {
  for await (const { bars } of stagedBars(own, symbol, 1)) {
    const { time, close } = bars;
    const of = bars.columns![inFile]!;
    for (let row = 1; row < time.length; row++) {
      if (of[row] === of[row - 1]) continue;
      const [adjusted, stored] = of[row] === 1 ? [row, row - 1] : [row - 1, row];
      const factor = splits.reduce(
        (product, { time: at, ratio: [made, from] }) =>
          time[adjusted]! < at ? (product * made) / from : product,
        1,
      );
      const apart = Math.abs(Math.log(close[row]! / close[row - 1]!));
      if (factor === 1 || apart <= Math.abs(Math.log(factor)) / 2) continue;
      const { time: at, ratio } = splits.find((split) => time[adjusted]! < split.time)!;
      throw new FleetError(
        'BARS_REFUSED',
        `${source}: nothing was imported: --adjust-splits adjusts the bars before the split ${ratio.join(':')} of ` +
          `${symbol} at ${timeText(at)}, and market_data has bars before it that the file has not, as that of ` +
          `${timeText(time[stored]!)}, which are not adjusted: import a file that has all bars before the split`,
      );
    }
  }
}
