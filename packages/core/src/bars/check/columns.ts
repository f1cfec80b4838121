// What prices and volumes say of a feed, bar by bar.
import type { Bars } from '@ml-training/sdk';

const isSame = ({ open, high, low, close }: Bars, row: number): boolean =>
  open[row] === open[row - 1] &&
  high[row] === high[row - 1] &&
  low[row] === low[row - 1] &&
  close[row] === close[row - 1];

/**
 * Bars that are the one before once more: the same prices, of which open and close differ, so that the price would
 * have had to jump back, and the same volume.
 */
export function repeatedBars(bars: Bars): number[] {
  const { time, open, close, volume } = bars;
  const rows: number[] = [];
  for (let row = 1; row < time.length; row++) {
    const doubled = time[row] === time[row - 1];
    const again = isSame(bars, row) && open[row] !== close[row] && volume[row]! > 0;
    if (doubled || (again && volume[row] === volume[row - 1])) rows.push(row);
  }
  return rows;
}

/**
 * Shorter stretches of the same prices happen; also longer ones where the volume says that there were trades, at the
 * one price that a coarse tick leaves.
 */
const leastStuck = { silent: 10, traded: 20 };

/**
 * Bars in a stretch of the very same prices, ten or more, and longer by far than chance makes it of a symbol that
 * often has no trade: three times the stretch to be expected where each bar repeats the one before as often as
 * outside of such stretches; twice that where the volume goes on changing.
 */
export function stuckBars(bars: Bars): number[] {
  const { volume } = bars;
  const count = volume.length;
  const runs: { from: number; to: number; silent: boolean }[] = [];
  let [short, others] = [0, 0];
  for (let row = 1; row < count;) {
    if (!isSame(bars, row)) {
      others++;
      row++;
      continue;
    }
    const from = row;
    let traded = 0;
    for (; row < count && isSame(bars, row); row++)
      if (volume[row]! > 0 && volume[row] !== volume[row - 1]) traded++;
    if (row - from >= leastStuck.silent) runs.push({ from, to: row, silent: traded < 0.5 * (row - from) });
    else short += row - from;
  }
  if (runs.length === 0) return [];
  // Where most bars are in such stretches it is how the symbol trades, unless they are one stretch.
  const all = runs.reduce((sum, { from, to }) => sum + to - from, 0);
  if (runs.length > 3 && all > 0.2 * count) return [];
  const often = Math.min(0.99, (short + 1) / (short + others + 2));
  const expected = Math.log(count) / -Math.log(often);
  return runs
    .filter(({ from, to, silent }) =>
      silent
        ? to - from >= Math.max(leastStuck.silent, 3 * expected)
        : to - from >= Math.max(leastStuck.traded, 6 * expected),
    )
    .flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
}

/** Bars whose volume is 0 although their price moved, of a symbol that usually has volume; or all, where all have 0. */
export function untradedBars({ high, low, volume }: Bars): {
  readonly rows: number[];
  readonly all: boolean;
} {
  let [traded, zeros] = [0, 0];
  const moved: number[] = [];
  for (let row = 0; row < volume.length; row++) {
    if (volume[row]! > 0) traded++;
    else if (volume[row] === 0) {
      zeros++;
      if (high[row]! > low[row]!) moved.push(row);
    }
  }
  if (zeros === 0) return { rows: [], all: false };
  if (traded === 0 && moved.length > 0) return { rows: Array.from(volume.keys()), all: true };
  return { rows: traded >= 0.9 * (traded + moved.length) ? moved : [], all: false };
}

/** Bars with a price of 0 or below. */
export function notPositive({ open, high, low, close }: Bars): number[] {
  const rows: number[] = [];
  for (let row = 0; row < close.length; row++)
    if (open[row]! <= 0 || high[row]! <= 0 || low[row]! <= 0 || close[row]! <= 0) rows.push(row);
  return rows;
}

/**
 * Of a symbol in NEGATIVE_PRICES its bars but for those with a price of 0 or below, which no return leads to. Of any
 * other such a price is wrong, and stays to be told of.
 */
export const withoutNegative = (bars: Bars, negative: readonly string[]): Bars =>
  negative.includes(bars.symbol) ? withoutRows(bars, new Set(notPositive(bars))) : bars;

/** The others; the very same bars where there are none to leave out. */
export function withoutRows(bars: Bars, rows: ReadonlySet<number>): Bars {
  if (rows.size === 0) return bars;
  const left = (column: Float64Array): Float64Array => column.filter((_, row) => !rows.has(row));
  const { columns, ...others } = bars;
  return {
    ...others,
    time: left(bars.time),
    open: left(bars.open),
    high: left(bars.high),
    low: left(bars.low),
    close: left(bars.close),
    volume: left(bars.volume),
    ...(columns === undefined
      ? {}
      : { columns: Object.fromEntries(Object.entries(columns).map(([name, of]) => [name, left(of)])) }),
  };
}
