import { createHash } from 'node:crypto';
import type { Bars } from '@ml-training/sdk';
import type postgres from 'postgres';
import type { Database } from '../database/connect.ts';
import { requireColumns } from './columns.ts';
import { barsIn } from './source.ts';
import { symbolsOf } from './symbols.ts';

/** Columns as PostgreSQL sends double precision: eight bytes a value, big-endian; null for no rows. */
type Packed = Readonly<Record<'time' | 'open' | 'high' | 'low' | 'close' | 'volume', Uint8Array | null>>;

/**
 * The newest `limit` bars of a symbol, oldest first; no bars, no error, for a symbol that isn't there.
 * @param columns further columns of market_data to read
 * @throws RangeError for a limit that is not a whole number of 1 or more; FleetError BARS_INVALID for a
 *   column that isn't there
 */
export async function readBars(
  sql: Database,
  symbol: string,
  limit: number,
  columns: readonly string[] = [],
): Promise<Bars> {
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new RangeError(`limit must be a whole number of 1 or more, not ${limit}`);
  const bars = await barsIn(sql);
  const newest = sql`
    SELECT m.* FROM ${bars.from} WHERE m.symbol = ${symbol} ORDER BY ${bars.time} DESC LIMIT ${limit}`;
  await requireColumns(sql, columns);
  return readPacked(sql, symbol, newest, columns);
}

/**
 * The bars of a symbol from one time to another, both included (ms since the epoch), oldest first: what a
 * checkpoint says that a training was given.
 * @throws FleetError BARS_INVALID for a column that isn't there
 */
export async function readBarsBetween(
  sql: Database,
  symbol: string,
  from: number,
  to: number,
  columns: readonly string[] = [],
): Promise<Bars> {
  await requireColumns(sql, columns);
  const bars = await barsIn(sql);
  const between = sql`
    SELECT m.* FROM ${bars.from}
    WHERE m.symbol = ${symbol} AND ${bars.when('>=', sql`to_timestamp(${from / 1000}::float8)`)}
      AND ${bars.when('<=', sql`to_timestamp(${to / 1000}::float8)`)}
    ORDER BY ${bars.time} DESC`;
  return readPacked(sql, symbol, between, columns);
}

/** Bars of a query with their columns, newest first; oldest first in what it gives. */
export async function readPacked(
  sql: Database | postgres.TransactionSql,
  symbol: string,
  newestFirst: postgres.Fragment,
  columns: readonly string[],
): Promise<Bars> {
  // One row of packed columns: a row a bar, printed and parsed as text, took 1.5 to 2 times as long (100,000
  // bars).
  const further = columns.map(
    (name, c) =>
      sql`, string_agg(float8send(coalesce(${sql(name)}::float8, 'NaN')), '') AS ${sql(`further_${c}`)}`,
  );
  const [packed] = await sql<[Packed & Readonly<Record<string, Uint8Array | null>>]>`
    SELECT ${packedColumns(sql)} ${further.length === 0 ? sql`` : further}
    FROM (${newestFirst}) AS newest_first`;
  return {
    ...unpackBars(symbol, packed),
    ...(columns.length === 0
      ? {}
      : {
          columns: Object.fromEntries(
            columns.map((name, c) => [name, unpack(packed[`further_${c}`] ?? null)]),
          ),
        }),
  };
}

const packedColumns = (sql: Database | postgres.TransactionSql): postgres.Fragment => sql`
  string_agg(float8send(date_part('epoch', time)), '') AS time,
  string_agg(float8send(open), '') AS open,
  string_agg(float8send(high), '') AS high,
  string_agg(float8send(low), '') AS low,
  string_agg(float8send(close), '') AS close,
  string_agg(float8send(coalesce(volume, 'NaN')), '') AS volume`;

const unpackBars = (symbol: string, packed: Packed): Bars => ({
  symbol,
  // Seconds as a double are good to a microsecond, which is what PostgreSQL keeps.
  time: unpack(packed.time).map((seconds) => Math.round(seconds * 1e6) / 1e3),
  open: unpack(packed.open),
  high: unpack(packed.high),
  low: unpack(packed.low),
  close: unpack(packed.close),
  volume: unpack(packed.volume),
});

/**
 * As `readBars`, of several symbols in one statement and in their order.
 * @param limit of each
 */
export async function readBarsOfEach(
  sql: Database,
  symbols: readonly string[],
  limit: number,
): Promise<Bars[]> {
  if (symbols.length === 0) return [];
  const bars = await barsIn(sql);
  const rows = await sql<(Packed & { readonly symbol: string })[]>`
    SELECT s.symbol, packed.*
    FROM unnest(${[...symbols]}::text[]) WITH ORDINALITY AS s (symbol, place)
    CROSS JOIN LATERAL (
      SELECT ${packedColumns(sql)} FROM (
        SELECT m.* FROM ${bars.from} WHERE m.symbol = s.symbol
        ORDER BY ${bars.time} DESC LIMIT ${sql.unsafe(String(limit))}) newest_first) packed
    ORDER BY s.place`;
  return rows.map(({ symbol, ...packed }) => unpackBars(symbol, packed));
}

/** Oldest first. */
export function unpack(newestFirst: Uint8Array | null): Float64Array {
  const { buffer } = new Uint8Array(newestFirst ?? []); // A copy that begins at a multiple of 8.
  Buffer.from(buffer).swap64();
  return new Float64Array(buffer).reverse();
}

export interface SymbolSummary {
  readonly symbol: string;
  /** How many there are, or `upTo` where there are more. */
  readonly bars: number;
  readonly from: Date;
  readonly to: Date;
}

/**
 * Every symbol that has bars, in order of name. Each is found by a step in the index, whatever lies between:
 * 500 symbols of 10,000 bars, counted up to 100, take some 10 ms, and 1.4 s counted to the end.
 * @param options.upTo where counting stops: whoever asks for enough bars needs no more. To the end unless
 *   given.
 * @param options.only these symbols; all unless given
 */
export async function listSymbols(
  sql: Database,
  options: { readonly upTo?: number; readonly only?: readonly string[] } = {},
): Promise<SymbolSummary[]> {
  const { upTo = null, only = null } = options;
  // In the statement's text, and with an order: else PostgreSQL may plan to collect all of a symbol's bars
  // before it stops.
  const limit = upTo === null ? sql`` : sql`LIMIT ${sql.unsafe(String(Math.ceil(upTo)))}`;
  const { from, time, ...bars } = await barsIn(sql);
  // The ends by order, not by min and max, whose expression has no index in a table of other times.
  const end = (order: postgres.Fragment): postgres.Fragment =>
    sql`(SELECT m.time FROM ${from} WHERE m.symbol = s.symbol ORDER BY ${time} ${order} LIMIT 1)`;
  const ends =
    bars.foreign === null
      ? sql`(SELECT min(time) AS "from", max(time) AS "to" FROM ${from} WHERE m.symbol = s.symbol)`
      : sql`(SELECT ${end(sql`ASC`)} AS "from", ${end(sql`DESC`)} AS "to")`;
  return sql<SymbolSummary[]>`
    SELECT s.symbol, counted.bars, ends."from", ends."to"
    FROM (${symbolsOf(sql, { from }, only)}) s,
    LATERAL (SELECT count(*)::float8 AS bars
             FROM (SELECT FROM ${from} WHERE m.symbol = s.symbol
               ORDER BY ${time} DESC ${limit}) m) counted,
    LATERAL ${ends} ends
    WHERE counted.bars > 0
    ORDER BY s.symbol COLLATE "C"`;
}

/**
 * SHA-256, in hexadecimal, of symbols and columns: the same bars always give the same sum, and any other
 * value, row or order of symbols another. Little-endian IEEE 754, NaN as 0x7ff8000000000000, each symbol
 * after the lengths of symbol and columns; then further columns, each after its name, and inputs.
 */
export function barsSha256(...sets: readonly Bars[]): string {
  const hash = createHash('sha256');
  const add = ({ symbol, time, open, high, low, close, volume, columns = {}, inputs = [] }: Bars): void => {
    hash.update(Uint32Array.of(Buffer.byteLength(symbol), time.length)).update(symbol);
    for (const column of [time, open, high, low, close, volume]) addValues(column);
    for (const [name, column] of Object.entries(columns).sort(([a], [b]) => (a < b ? -1 : 1))) {
      hash.update(name);
      addValues(column);
    }
    inputs.forEach(add);
  };
  const addValues = (column: Float64Array): void => {
    const values = new BigUint64Array(column.slice().buffer);
    for (let i = 0; i < values.length; i++) if (Number.isNaN(column[i])) values[i] = 0x7ff8000000000000n;
    hash.update(values);
  };
  sets.forEach(add);
  return hash.digest('hex');
}
