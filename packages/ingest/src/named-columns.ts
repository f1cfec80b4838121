import { FleetError, quote } from '@ml-training/core';
import { findPlaces, givenColumns } from './columns.ts';
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
 * The columns of a table that is no text, by their names.
 * @throws FleetError BARS_INVALID where they can't be told
 */
export function formatOfNames(file: string, table: Table, { columns }: FileOptions): readonly BarPlaces[] {
  const row = table.sample[0]?.cells ?? [];
  const count = table.header?.length ?? row.length;
  const given = columns === undefined ? {} : givenColumns(file, table.header, count, columns);
  const alone = given.time !== undefined && given.date === undefined ? { date: null } : {};
  const names =
    table.header ?? (columns === undefined ? arrays[count] : undefined) ?? row.map((_, i) => `#${i + 1}`);
  const places = findPlaces(names, { ...alone, ...given });
  if (typeof places !== 'string') return [{ places: withClock(places, row), symbol: null }];
  const has =
    table.header === null
      ? `its rows are arrays of ${count} values`
      : `its columns are ${quote(table.header.join(','))}`;
  throw new FleetError(
    'BARS_INVALID',
    `${file}: ${has}; ${places}. Say which column is what, by name or place: ` +
      '--columns time=1,open=2,high=3,low=4,close=5,volume=6',
  );
}
