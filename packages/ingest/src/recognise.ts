import { FleetError, quote } from '@ml-training/core';
import { findPlaces, givenColumns, plainName, type ColumnOf, type Places } from './columns.ts';
import type { TextFormat } from './format.ts';
import { textFormats } from './formats/index.ts';
import { yfinanceRounding } from './formats/yfinance.ts';
import type { FileOptions, Role } from './options.ts';
import { textOf, type BarPlaces, type Cells } from './rows.ts';
import type { TextHead } from './text.ts';

/** Which format a file of text has, and where in its rows the bars are. */
export interface RecognisedText {
  readonly format: TextFormat;
  readonly header: readonly string[] | null;
  /** The line after which the bars begin. */
  readonly after: number;
  readonly fields: number;
  readonly bars: readonly BarPlaces[];
}

const isNumberOrDate = (cell: string): boolean => /^\s*[-+$]?[\d.,]*\d/.test(cell);

/**
 * @param name of the file
 * @throws FleetError BARS_INVALID where it is of no format, or not of the one that was named
 */
export function recogniseText(
  file: string,
  name: string,
  { rows }: TextHead,
  options: FileOptions,
): RecognisedText {
  const tables = symbolTable(rows);
  if (tables !== null && (options.format ?? 'yfinance') === 'yfinance' && options.columns === undefined)
    return tables;
  const named = textFormats.filter(({ name: one }) => one === options.format);
  const candidates = named.length === 0 ? textFormats : named;
  for (const format of candidates) {
    const found = fits(format, name, rows, named.length > 0);
    if (found === null) continue;
    const { header, first } = found;
    const fields = header?.length ?? rows[first]?.cells.length ?? 0;
    const given = options.columns === undefined ? {} : givenColumns(file, header, fields, options.columns);
    // Who names the time means all of it.
    const alone = given.time !== undefined && given.date === undefined ? { date: null } : {};
    const places = placesOf(file, header, rows[first]?.cells ?? [], {
      ...format.columns,
      ...alone,
      ...given,
    });
    const after = first === 0 ? 0 : rows[first - 1]!.at;
    return { format, header, after, fields, bars: [{ places, symbol: null }] };
  }
  throw new FleetError(
    'BARS_INVALID',
    `${file} is not of the format ${options.format ?? ''}: its first line is ${firstLine(rows)}; ` +
      'leave --format out, and it is told by itself, or say --columns',
  );
}

const firstLine = (rows: TextHead['rows']): string =>
  rows[0] === undefined ? 'empty' : quote(rows[0].cells.join(' '));

/** @returns its header, and which row is the first of bars; null where the format doesn't fit */
function fits(
  format: TextFormat,
  name: string,
  rows: TextHead['rows'],
  wasNamed: boolean,
): { header: readonly string[] | null; first: number } | null {
  if (format.fileName !== undefined && !wasNamed && !format.fileName.test(name)) return null;
  let first = 0;
  const title = rows[0]?.cells.join(',') ?? '';
  // Excel's own word on what stands between fields.
  if (/^sep=/i.test(title)) first++;
  if (format.preamble !== undefined) {
    if (!format.preamble.test(title)) return null;
    first++;
  }
  const top = rows[first]?.cells ?? [];
  const header = top.some(isNumberOrDate) ? null : top;
  if (format.row !== undefined) {
    const some = rows.slice(first, first + 5);
    const { row } = format;
    const alike = some.every(
      ({ cells }) => row.length === cells.length && row.every((pattern, i) => pattern.test(cells[i]!.trim())),
    );
    return header === null && (row.length === 0 || (some.length > 0 && alike))
      ? { header: null, first }
      : null;
  }
  if (header === null) return null;
  const names = header.map(plainName);
  const has = (wanted: string | RegExp): boolean =>
    typeof wanted === 'string' ? names.includes(wanted) : names.some((one) => wanted.test(one));
  if (format.firstColumn?.test(names[0] ?? '') === false) return null;
  return format.header!.every(has) ? { header, first: first + 1 } : null;
}

function placesOf(
  file: string,
  header: readonly string[] | null,
  row: readonly string[],
  given: Partial<Record<Role, ColumnOf>>,
): Places {
  // Without names each is where the format, or --columns, says.
  const names = header ?? row.map((_, place) => `#${place + 1}`);
  const places = findPlaces(names, given);
  if (typeof places !== 'string') return withClock(places, row);
  const shown = header === null ? 'it has no header, and its rows look like' : 'its header is';
  throw new FleetError(
    'BARS_INVALID',
    `${file} is of no format that is known: ${shown} ${quote((header ?? row).join(','))}; ${places}. ` +
      'Say which column is what, by name or place: --columns time=1,open=2,high=3,low=4,close=5,volume=6',
  );
}

/** A day's column beside one that has the day as well adds nothing. */
export function withClock(places: Places, row: Cells): Places {
  const clock = textOf(row[places.time]);
  const isClock = /^\d{1,2}:\d\d/.test(clock) || /^\d{4,6}$/.test(clock);
  return places.date === null || isClock ? places : { ...places, date: null };
}

/** yfinance's tables: names of values, then of symbols, or the other way; then Date; a column each. */
function symbolTable(rows: TextHead['rows']): RecognisedText | null {
  const [one, two, three] = rows.map(({ cells }) => cells);
  if (one === undefined || two === undefined || three === undefined) return null;
  const tickers = /^ticker$/i.test(two[0] ?? '') ? two : /^ticker$/i.test(one[0] ?? '') ? one : null;
  if (
    tickers === null ||
    !/^(date|datetime)$/i.test(three[0] ?? '') ||
    three.slice(1).some((cell) => cell !== '')
  )
    return null;
  const values = (tickers === two ? one : two).map(plainName);
  const symbols = [...new Set(tickers.slice(1))];
  const bars = symbols.map((symbol): BarPlaces | null => {
    const place = (value: string): number =>
      values.findIndex((name, i) => i > 0 && name === value && tickers[i] === symbol);
    const places = {
      time: 0,
      date: null,
      symbol: null,
      open: place('open'),
      high: place('high'),
      low: place('low'),
      close: place('close'),
      volume: place('volume'),
    };
    const whole = [places.open, places.high, places.low, places.close].every((one) => one > 0);
    return whole ? { symbol, places: { ...places, volume: places.volume > 0 ? places.volume : null } } : null;
  });
  const found = bars.filter((one) => one !== null);
  if (found.length === 0) return null;
  const header = values.map((value, i) => (i === 0 ? 'Date' : `${value} ${tickers[i] ?? ''}`));
  return { format: yfinanceTable, header, after: rows[2]!.at, fields: one.length, bars: found };
}

/** Told by its three lines of header, not by one. */
export const yfinanceTable: TextFormat = {
  name: 'yfinance',
  title: 'yfinance, three header rows',
  rounding: yfinanceRounding,
  zoneHint:
    "yfinance's times without a zone are the exchange's, or UTC after reset: look at the first bar of a day.",
  note: 'a symbol, or several side by side; a symbol has no bar where its fields are empty',
};
