import { FleetError, parseBarTime } from '@ml-training/core';
import type { Bars, Needs } from '@ml-training/strategies';

/** One bar as a bot has it; `time` as milliseconds since 1970, a Date, or ISO 8601. */
export interface Bar {
  readonly time: number | Date | string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume?: number | null;
}

/** The same with further columns that a strategy looks at: `{ time, open, …, funding_rate: 0.0001 }`. */
export interface BarWithColumns extends Bar {
  readonly [column: string]: unknown;
}

/**
 * Columns of equal length, oldest first; `time` in milliseconds since 1970. Further ones that a strategy
 * looks at stand beside them or in `columns`.
 */
export interface BarColumns {
  readonly time: ArrayLike<number>;
  readonly open: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  readonly low: ArrayLike<number>;
  readonly close: ArrayLike<number>;
  readonly volume?: ArrayLike<number>;
  readonly columns?: Readonly<Record<string, ArrayLike<number>>>;
}

/** The last bars of one symbol, oldest first, closed ones only. */
export type BarsInput = readonly Bar[] | readonly BarWithColumns[] | BarColumns;

const prices = ['open', 'high', 'low', 'close'] as const;

/** Bars of other symbols that a strategy looks at as well, by symbol: closed ones only, in their own step. */
export type InputsGiven = Readonly<Record<string, BarsInput>>;

/** The inputs of bars that were read with them, as `predict` takes them. */
export const inputsOf = ({ inputs = [] }: Bars): InputsGiven =>
  Object.fromEntries(inputs.map((input) => [input.symbol, input]));

/**
 * The last `window` of the bars as columns; no older one is looked at or copied. Whether prices can be prices
 * is left to the strategy, which checks each bar it uses.
 * @param columns further ones to take along
 * @throws FleetError TOO_FEW_BARS with how many the model needs;
 *   BARS_INVALID when columns differ in length or one is missing, or a time is none
 */
export function lastBars(
  bars: BarsInput,
  symbol: string,
  window: number,
  columns: readonly string[] = [],
): Bars {
  return isList(bars) ? fromList(bars, symbol, window, columns) : fromColumns(bars, symbol, window, columns);
}

/**
 * The same with all given bars of the other symbols that a model looks at.
 * @throws FleetError BARS_INVALID naming one that is missing
 */
export function lastBarsWith(
  bars: BarsInput,
  symbol: string,
  window: number,
  { needs, inputs = {} }: { readonly needs: Needs; readonly inputs: InputsGiven | undefined },
): Bars {
  const last = lastBars(bars, symbol, window, needs.columns);
  const others = needs.symbols.filter((name) => name !== symbol);
  return {
    ...last,
    inputs: others.map((name) => {
      const given = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
      if (given === undefined)
        throw new FleetError(
          'BARS_INVALID',
          `${symbol}: this model looks at bars of ${others.join(', ')} as well, but was given ` +
            `none of ${name}: ` +
            `pass them as predict(bars, holding, { inputs: { ${JSON.stringify(name)}: bars } })`,
        );
      const rows = isList(given) ? given.length : given.close.length;
      // Not every symbol has each of the columns.
      const known = needs.columns.filter((column) => hasColumn(given, column));
      return lastBars(given, name, rows, known);
    }),
  };
}

const isList = (bars: BarsInput): bars is readonly Bar[] => Array.isArray(bars);

/** What a bar or columns have by a name that is none of those that all have. */
const furtherOf = (from: Bar | BarColumns, name: string): unknown =>
  Object.hasOwn(from, name) ? (from as unknown as Readonly<Record<string, unknown>>)[name] : undefined;

function columnOf(bars: BarColumns, name: string): ArrayLike<number> | undefined {
  const { columns = {} } = bars;
  // A caller in JavaScript may give what it likes; its length and values are looked at.
  return (Object.hasOwn(columns, name) ? columns[name] : furtherOf(bars, name)) as
    ArrayLike<number> | undefined;
}

const hasColumn = (bars: BarsInput, name: string): boolean =>
  isList(bars) ? bars.some((bar) => furtherOf(bar, name) !== undefined) : columnOf(bars, name) !== undefined;

const missingColumn = (symbol: string, name: string): FleetError =>
  new FleetError(
    'BARS_INVALID',
    `${symbol}: this model looks at the column ${name}, which the bars come without: give each ` +
      `bar its ${name}, ` +
      'or null where there is none',
  );

function fromList(bars: readonly Bar[], symbol: string, window: number, names: readonly string[]): Bars {
  const first = firstOf(bars.length, symbol, window);
  const last = emptyBars(symbol, window);
  for (let i = 0; i < window; i++) {
    const bar = bars[first + i]!;
    last.time[i] = milliseconds(bar.time, { symbol, place: i + 1, of: window });
    for (const name of prices) last[name][i] = bar[name];
    last.volume[i] = bar.volume ?? Number.NaN;
  }
  const column = (name: string): Float64Array => {
    if (window > 0 && !hasColumn(bars, name)) throw missingColumn(symbol, name);
    return Float64Array.from(
      bars.slice(first),
      (bar) => (furtherOf(bar, name) as number | null) ?? Number.NaN,
    );
  };
  return withColumns(checkTime(last), names, column);
}

function fromColumns(bars: BarColumns, symbol: string, window: number, names: readonly string[]): Bars {
  const rows = bars.close.length;
  const requireLength = (name: string, length: number): void => {
    if (length !== rows)
      throw new FleetError(
        'BARS_INVALID',
        `${symbol}: there are ${rows} closes, but ${length} values of ${name}`,
      );
  };
  for (const name of ['time', ...prices, 'volume'] as const)
    requireLength(name, bars[name]?.length ?? (name === 'volume' ? rows : 0));
  const first = firstOf(rows, symbol, window);
  const last = emptyBars(symbol, window);
  for (let i = 0; i < window; i++) {
    for (const name of ['time', ...prices] as const) last[name][i] = bars[name][first + i]!;
    last.volume[i] = bars.volume?.[first + i] ?? Number.NaN;
  }
  const column = (name: string): Float64Array => {
    const found = columnOf(bars, name);
    if (found === undefined) throw missingColumn(symbol, name);
    requireLength(name, found.length);
    return Float64Array.from({ length: window }, (_, i) => found[first + i] ?? Number.NaN);
  };
  return withColumns(checkTime(last), names, column);
}

const withColumns = (bars: Bars, names: readonly string[], column: (name: string) => Float64Array): Bars =>
  names.length === 0
    ? bars
    : { ...bars, columns: Object.fromEntries(names.map((name) => [name, column(name)])) };

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

/** @throws FleetError BARS_INVALID for a text without a zone, which would be taken for this machine's */
function milliseconds(
  time: number | Date | string,
  { symbol, place, of }: { readonly symbol: string; readonly place: number; readonly of: number },
): number {
  if (typeof time === 'number') return time;
  if (typeof time !== 'string') return time.getTime();
  const read = parseBarTime(time);
  if (typeof read === 'number') return read;
  throw new FleetError(
    'BARS_INVALID',
    `${symbol}: of the last ${of} bars, number ${place} has the time ${JSON.stringify(time.slice(0, 40))}, which ${read}`,
  );
}

/**
 * In seconds, 1973 to 2286; in milliseconds, the first
 * four months of 1970, of which nobody predicts anything.
 */
const looksLikeSeconds = (time: number): boolean => time > 1e8 && time < 1e10;

/** The year 5138 in milliseconds; microseconds are beyond it since 1973. */
const largestMs = 1e14;

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
  if (bars.time.length > 0 && looksLikeSeconds(bars.time.at(-1)!))
    throw new FleetError(
      'BARS_INVALID',
      `${bars.symbol}: the last bar's time is ${bars.time.at(-1)!}, which looks like seconds: ` +
        'pass milliseconds',
    );
  if (bars.time.length > 0 && bars.time.at(-1)! > largestMs)
    throw new FleetError(
      'BARS_INVALID',
      `${bars.symbol}: the last bar's time is ${bars.time.at(-1)!}, which looks like ` +
        `${bars.time.at(-1)! > 1e17 ? 'nanoseconds' : 'microseconds'}: pass milliseconds`,
    );
  return bars;
}
