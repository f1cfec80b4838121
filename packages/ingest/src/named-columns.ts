import { FleetError, quote } from '@ml-training/core';
import { findPlaces, givenColumns, type Places } from './columns.ts';
import type { FileOptions } from './options.ts';
import { withClock } from './recognise.ts';
import type { BarPlaces } from './rows.ts';
import type { Table } from './table.ts';

/** What JSON arrays of so many values hold. */
const arrays: Readonly<Record<number, readonly string[]>> = {
  6: ['time', 'open', 'high', 'low', 'close', 'volume'],
  // Binance's klines over REST.
  12: ['time', 'open', 'high', 'low', 'close', 'volume', '', '', '', '', '', ''],
};

/**
 * Which columns are a bar's, by their names alone: no row is looked at.
 * @returns their places; or what is missing or ambiguous, in words
 * @throws FleetError BARS_INVALID where --columns names one that is not there
 */
function placesOfNames(
  file: string,
  { header, count }: { readonly header: readonly string[] | null; readonly count: number },
  { columns }: FileOptions,
): Places | string {
  const given = columns === undefined ? {} : givenColumns(file, header, count, columns);
  // Who names the time means all of it.
  const alone = given.time !== undefined && given.date === undefined ? { date: null } : {};
  const names =
    header ??
    (columns === undefined ? arrays[count] : undefined) ??
    Array.from({ length: count }, (_, i) => `#${i + 1}`);
  return findPlaces(names, { ...alone, ...given });
}

/**
 * Which columns of a header are to be read for its bars; none where they can't be told, as `formatOfNames` then says.
 * @throws FleetError BARS_INVALID where --columns names one that is not there
 */
export function barColumns(
  file: string,
  header: readonly string[],
  options: FileOptions,
): ReadonlySet<number> {
  const places = placesOfNames(file, { header, count: header.length }, options);
  return new Set(
    typeof places === 'string'
      ? []
      : Object.values<number | null>({ ...places }).filter((place) => place !== null),
  );
}

/**
 * The columns of a table that is no text, by their names.
 * @throws FleetError BARS_INVALID where they can't be told
 */
export function formatOfNames(file: string, table: Table, options: FileOptions): readonly BarPlaces[] {
  const { header } = table;
  const row = table.sample[0]?.cells ?? [];
  const count = header?.length ?? row.length;
  const places = placesOfNames(file, { header, count }, options);
  if (typeof places !== 'string') return [{ places: withClock(places, row), symbol: null }];
  const has =
    header === null ? `its rows are arrays of ${count} values` : `its columns are ${quote(header.join(','))}`;
  throw new FleetError(
    'BARS_INVALID',
    `${file}: ${has}; ${places}. Say which column is what, by name or place: ` +
      '--columns time=1,open=2,high=3,low=4,close=5,volume=6',
  );
}
