import { FleetError } from '@ml-training/core';
import type { Bars } from '@ml-training/strategies';

/** One bar as a bot has it; `time` as milliseconds since 1970, a Date, or ISO 8601. */
export interface Bar {
  readonly time: number | Date | string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume?: number | null;
}

/** Columns of equal length, oldest first; `time` in milliseconds since 1970. */
export interface BarColumns {
  readonly time: ArrayLike<number>;
  readonly open: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly low: ArrayLike<number>;
  readonly close: ArrayLike<number>;
  readonly volume?: ArrayLike<number>;
}

/** The last bars of one symbol, oldest first, closed ones only. */
export type BarsInput = readonly Bar[] | BarColumns;

const prices = ['open', 'high', 'low', 'close'] as const;

/**
 * The last `window` of the bars as columns; no older one is looked at or copied. Whether prices can be prices
 * is left to the strategy, which checks each bar it uses.
 * @throws FleetError TOO_FEW_BARS with how many the model needs;
 *   BARS_INVALID when columns differ in length, or a time is none
 */
export function lastBars(bars: BarsInput, symbol: string, window: number): Bars {
  return isList(bars) ? fromList(bars, symbol, window) : fromColumns(bars, symbol, window);
}

const isList = (bars: BarsInput): bars is readonly Bar[] => Array.isArray(bars);

function fromList(bars: readonly Bar[], symbol: string, window: number): Bars {
  const first = firstOf(bars.length, symbol, window);
  const last = emptyBars(symbol, window);
  for (let i = 0; i < window; i++) {
    const bar = bars[first + i]!;
    last.time[i] = milliseconds(bar.time);
    for (const name of prices) last[name][i] = bar[name];
    last.volume[i] = bar.volume ?? Number.NaN;
  }
  return checkTime(last);
}

function fromColumns(bars: BarColumns, symbol: string, window: number): Bars {
  const rows = bars.close.length;
  for (const name of ['time', ...prices, 'volume'] as const) {
    const length = bars[name]?.length ?? (name === 'volume' ? rows : 0);
    if (length !== rows)
      throw new FleetError(
        'BARS_INVALID',
        `${symbol}: there are ${rows} closes, but ${length} values of ${name}`,
      );
  }
  const first = firstOf(rows, symbol, window);
  const last = emptyBars(symbol, window);
  for (let i = 0; i < window; i++) {
    for (const name of ['time', ...prices] as const) last[name][i] = bars[name][first + i]!;
    last.volume[i] = bars.volume?.[first + i] ?? Number.NaN;
  }
  return checkTime(last);
}

function firstOf(rows: number, symbol: string, window: number): number {
  if (rows >= window) return rows - window;
  throw new FleetError(
    'TOO_FEW_BARS',
    `${symbol}: this model looks at the last ${window} bars, but was given ${rows}: ` +
      `pass at least ${window}, oldest first`,
  );
}

function emptyBars(symbol: string, rows: number): Bars {
  const column = (): Float64Array => new Float64Array(rows);
  return {
    symbol,
    time: column(),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: column(),
  };
}

function milliseconds(time: number | Date | string): number {
  if (typeof time === 'number') return time;
  return typeof time === 'string' ? Date.parse(time) : time.getTime();
}

/**
 * In seconds, 1973 to 2286; in milliseconds, the first
 * four months of 1970, of which nobody predicts anything.
 */
const looksLikeSeconds = (time: number): boolean => time > 1e8 && time < 1e10;

function checkTime(bars: Bars): Bars {
  const bad = bars.time.findIndex(
    (time, i) => !(Number.isFinite(time) && (i === 0 || time > bars.time[i - 1]!)),
  );
  if (bad !== -1)
    throw new FleetError(
      'BARS_INVALID',
      `${bars.symbol}: of the last ${bars.time.length} bars, number ${bad + 1} has no time, ` +
        'or none after that of the bar before it: pass them oldest first, each once',
    );
  if (looksLikeSeconds(bars.time.at(-1)!))
    throw new FleetError(
      'BARS_INVALID',
      `${bars.symbol}: the last bar's time is ${bars.time.at(-1)!}, which looks like seconds: ` +
        'pass milliseconds',
    );
  return bars;
}
