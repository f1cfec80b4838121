import { textFormats } from './formats/index.ts';
import { yfinanceTable } from './recognise.ts';

/** Formats that are no text of fields. */
const otherFormats = [
  {
    name: 'fleet',
    title: "this fleet's own CSV",
    note: 'time,symbol,open,high,low,close,volume and further columns of numbers; times of ISO 8601 with a zone',
  },
  {
    name: 'ccxt',
    title: 'JSON arrays: freqtrade, ccxt, Binance REST',
    note: '[[ms, open, high, low, close, volume], …]',
  },
  { name: 'json', title: 'a JSON array of objects', note: '[{"time": …, "open": …}, …]; names as of csv' },
  {
    name: 'feather',
    title: 'Feather, Arrow: freqtrade, pandas',
    note: 'plain, LZ4 or zstd; names as of csv; the type says the unit and the zone of its times',
  },
  {
    name: 'parquet',
    title: 'Parquet: pandas, polars, DuckDB',
    note: 'snappy, gzip, zstd, LZ4, brotli; names as of csv; the type says the unit and the zone of its times',
  },
] as const;

/** All formats, in the order in which files are tried, those of the table in docs/data.md. */
export const formatTable: readonly {
  readonly name: string;
  readonly title: string;
  readonly note: string;
}[] = [
  ...otherFormats.slice(0, 1),
  ...textFormats.slice(0, -2),
  yfinanceTable,
  ...otherFormats.slice(1),
  ...textFormats.slice(-2),
];

/** What --format takes. */
export const formatNames: readonly string[] = [...new Set(['auto', ...formatTable.map(({ name }) => name)])];
