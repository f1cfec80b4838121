import type { RowRange } from '../strategy.ts';

const yearMs = 365.25 * 86_400_000;

/**
 * Return of each bar in `range` after costs: position[i] is taken at close t = range.from + i and held to
 * close t + 1. Changing the position by one unit costs `costBps` basis points of the capital; the range
 * starts flat, and what is open at its end is closed at its last row's expense.
 * @param position −1, 0 or 1, indexed from the range's start.
 * @param close must reach to index `range.to`.
 */
export function netReturns(
  close: Float64Array,
  position: Int8Array,
  range: RowRange,
  costBps: number,
): Float64Array {
  const rows = Int32Array.from({ length: range.to - range.from }, (_, i) => range.from + i);
  return netReturnsOfRows(close, position, rows, costBps);
}

/**
 * The same of rows between which some may be missing: what is held over a gap earns and costs nothing there.
 * @param position one a row of `rows`.
 * @param rows ascending indices of bars.
 */
export function netReturnsOfRows(
  close: Float64Array,
  position: Int8Array,
  rows: Int32Array,
  costBps: number,
): Float64Array {
  const returns = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const t = rows[i]!;
    let turnover = Math.abs(position[i]! - (i === 0 ? 0 : position[i - 1]!));
    if (i === rows.length - 1) turnover += Math.abs(position[i]!);
    returns[i] = position[i]! * (close[t + 1]! / close[t]! - 1) - (turnover * costBps) / 10_000;
  }
  return returns;
}

/**
 * How many bars a year has, by this symbol's own calendar: bars over the time they span. Closed nights,
 * weekends and holidays are thereby counted as what they are (about 252 a year for daily stocks).
 */
export function barsPerYear(time: Float64Array): number {
  const span = time.at(-1)! - time[0]!;
  return span > 0 ? ((time.length - 1) * yearMs) / span : 1;
}

/** Which rows opened a position, 1 or 0; a reversal opens one. */
export function openings(position: Int8Array): Uint8Array {
  return Uint8Array.from(position, (p, i) => (p !== 0 && p !== (i === 0 ? 0 : position[i - 1]) ? 1 : 0));
}

/** Capital after each row, compounded from 1 before the first; what is lost stays lost. */
export function equityOf(returns: Float64Array): Float64Array {
  let capital = 1;
  return returns.map((r) => (capital *= Math.max(0, 1 + r)));
}

/**
 * Of fewer rows a Sharpe ratio says nothing, so there is none: its standard error is about the square root of
 * bars a year over rows, which is 2.1 for 60 daily bars.
 */
export const minSharpeRows = 60;

type Figures = Readonly<Record<'return' | 'max_drawdown' | 'trades' | 'exposure', number>> & {
  readonly sharpe?: number;
};

/**
 * Figures of a costed back-test. `return` and `max_drawdown` are shares of the capital (0.1 = 10 %),
 * compounded; `sharpe` is the mean over the standard deviation of the bars' returns, annualised, with no
 * risk-free rate; 0 when nothing moved, left out of fewer than 60 rows. `trades` counts positions opened, a
 * reversal being one; `exposure` is the share of bars not flat.
 */
export function backtest(
  close: Float64Array,
  position: Int8Array,
  range: RowRange,
  options: { readonly costBps: number; readonly barsPerYear: number },
): Figures {
  const returns = netReturns(close, position, range, options.costBps);
  return figures({ returns, position, opened: openings(position) }, options.barsPerYear);
}

/** The same of rows whose returns are known. */
export function figures(
  rows: {
    readonly returns: Float64Array;
    readonly position: Int8Array;
    readonly opened: Uint8Array;
  },
  perYear: number,
): Figures {
  const { returns, position, opened } = rows;
  const equity = equityOf(returns);
  let peak = 1;
  let drawdown = 0;
  let trades = 0;
  let exposed = 0;
  for (let i = 0; i < returns.length; i++) {
    peak = Math.max(peak, equity[i]!);
    drawdown = Math.max(drawdown, 1 - equity[i]! / peak);
    trades += opened[i]!;
    if (position[i] !== 0) exposed++;
  }
  return {
    return: (equity.at(-1) ?? 1) - 1,
    ...(returns.length < minSharpeRows ? {} : { sharpe: sharpeRatio(momentsOf(returns), perYear) }),
    max_drawdown: drawdown,
    trades,
    exposure: exposed / returns.length,
  };
}

/** Mean and sample variance of bars' returns. */
function momentsOf(returns: Float64Array): { readonly mean: number; readonly variance: number } {
  const n = returns.length;
  const mean = returns.reduce((sum, r) => sum + r, 0) / n;
  return { mean, variance: returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (n - 1) };
}

/**
 * Sharpe ratio with no risk-free rate: mean over standard deviation of the bars' returns, 0 when they don't
 * vary.
 * @param barsPerYear annualises it; a bar's own ratio when left out.
 */
export function sharpeRatio(
  { mean, variance }: { readonly mean: number; readonly variance: number },
  barsPerYear = 1,
): number {
  return variance > 0 ? (mean / Math.sqrt(variance)) * Math.sqrt(barsPerYear) : 0;
}

/**
 * Long where the probability of a rise is above 0.5 + band, short below 0.5 − band, flat between.
 * NaN is flat.
 */
export function positionsFromProbability(probability: Float64Array, band: number): Int8Array {
  const position = new Int8Array(probability.length);
  for (let t = 0; t < position.length; t++)
    position[t] = probability[t]! > 0.5 + band ? 1 : probability[t]! < 0.5 - band ? -1 : 0;
  return position;
}
