import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { FleetError } from '@ml-training/core';
import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetRead,
  type AsyncBuffer,
  type DecodedArray,
  type FileMetaData,
  type SchemaElement,
} from 'hyparquet';
import { compressors as others } from 'hyparquet-compressors';
import type { TextFormat } from './format.ts';
import type { Cell, Row } from './rows.ts';
import { largestBlock, requireSeekable, tooLarge } from './seekable.ts';
import type { Source } from './source.ts';
import { typedStamp } from './stamp.ts';
import type { Table } from './table.ts';

const batchRows = 4096;
/** Rows unpacked at once: a row group may have a million, which take some hundred MB. */
const windowRows = 131_072;
const sampleRows = 2000;

/** Node's own where it has them, which are faster. */
const compressors = {
  ...others,
  GZIP: (input: Uint8Array) => gunzipSync(input),
  ZSTD: (input: Uint8Array) => zstdDecompressSync(input),
  BROTLI: (input: Uint8Array) => brotliDecompressSync(input),
};

/** Milliseconds, with a fraction where the file's are finer. */
const parsers = {
  timestampFromMilliseconds: Number,
  timestampFromMicroseconds: (micros: bigint) => Number(micros) / 1000,
  timestampFromNanoseconds: (nanos: bigint) => Number(nanos / 1000n) / 1000,
  dateFromDays: (days: number) => days * 86_400_000,
};

/**
 * A file of Parquet, read a row group at a time, and of it only the columns that bars are made of: the others may be many,
 * and of kinds that can't be read.
 * @param placesIn which columns those are, by the names of all
 * @throws FleetError BARS_INVALID for one that is damaged or packed, or comes through a pipe
 */
export async function openParquet(
  source: Source,
  placesIn: (header: readonly string[]) => ReadonlySet<number>,
): Promise<{ table: Table; format: Pick<TextFormat, 'name' | 'title'> }> {
  const { file } = source;
  requireSeekable(source, 'Parquet');
  const { buffer, metadata } = await inOwnWords(file, async () => {
    const opened = await asyncBufferFromFile(file);
    return { buffer: opened, metadata: await parquetMetadataAsync(opened, { parsers }) };
  });
  const all = flatColumns(metadata);
  const header = all.map(({ name }) => name);
  const places = placesIn(header);
  const columns = all.map((column, place) => (places.has(place) ? column : null));
  requireSmallGroups(
    file,
    metadata,
    columns.filter((column) => column !== null),
  );
  let bytes = 0;
  const groups = async function* (): AsyncGenerator<readonly Row[], void, void> {
    let from = 0;
    for (const group of metadata.row_groups) {
      const until = from + Number(group.num_rows);
      const packed = Number(group.total_compressed_size ?? group.total_byte_size);
      for (; from < until; from = Math.min(until, from + windowRows)) {
        const count = Math.min(until - from, windowRows);
        const cells = await inOwnWords(file, () => readRange(buffer, metadata, columns, from, from + count));
        bytes = Math.min(source.totalBytes, bytes + (packed * count) / Number(group.num_rows));
        for (let start = 0; start < count; start += batchRows) yield rowsOf(cells, from, start, count);
      }
    }
  };
  const sampled = Math.min(sampleRows, Number(metadata.num_rows));
  const sample = await inOwnWords(file, () => readRange(buffer, metadata, columns, 0, sampled));
  const table: Table = {
    header,
    sample: rowsOf(sample, 0, 0, sampled),
    rows: groups,
    again: async () => table,
    word: 'row',
    bytesRead: () => bytes,
  };
  return { table, format: { name: 'parquet', title: 'Parquet' } };
}

/**
 * Of a row group without an index of its pages each column is in memory as a whole, packed.
 * @throws FleetError BARS_INVALID where that is more than `largestBlock`
 */
export function requireSmallGroups(
  file: string,
  { row_groups }: Pick<FileMetaData, 'row_groups'>,
  columns: readonly Pick<SchemaElement, 'name'>[],
): void {
  const names = new Set(columns.map(({ name }) => name));
  for (const [i, group] of row_groups.entries()) {
    let bytes = 0;
    for (const { meta_data, offset_index_length } of group.columns)
      if (names.has(meta_data?.path_in_schema[0] ?? '') && (offset_index_length ?? 0) === 0)
        bytes += Number(meta_data?.total_compressed_size ?? 0);
    if (bytes > largestBlock)
      throw tooLarge(
        file,
        `row group ${i + 1}`,
        bytes,
        'smaller row groups (pandas, pyarrow, polars: row_group_size=1_000_000), or with an index of its pages ' +
          '(pyarrow: write_page_index=True)',
      );
  }
}

/** Columns of single values: the others are no part of a bar. */
function flatColumns({ schema }: FileMetaData): readonly SchemaElement[] {
  const found: SchemaElement[] = [];
  // The first is the root; an element with children is followed by them.
  for (let i = 1; i < schema.length; i++) {
    let left = schema[i]!.num_children ?? 0;
    if (left === 0 && schema[i]!.repetition_type !== 'REPEATED') found.push(schema[i]!);
    while (left > 0) left += (schema[++i]?.num_children ?? 0) - 1;
  }
  return found;
}

function rowsOf(
  cells: readonly ((row: number) => Cell)[],
  before: number,
  start: number,
  count: number,
): Row[] {
  const rows: Row[] = [];
  for (let row = start; row < Math.min(count, start + batchRows); row++)
    rows.push({ cells: cells.map((cell) => cell(row)), at: before + row + 1 });
  return rows;
}

/** @param columns those to be read; null for one that is left, whose cells are undefined */
async function readRange(
  file: AsyncBuffer,
  metadata: FileMetaData,
  columns: readonly (SchemaElement | null)[],
  rowStart: number,
  rowEnd: number,
): Promise<((row: number) => Cell)[]> {
  const chunks = new Map<string, { data: DecodedArray; from: number; to: number }[]>();
  await parquetRead({
    file,
    metadata,
    rowStart,
    rowEnd,
    columns: columns.flatMap((column) => column?.name ?? []),
    compressors,
    parsers,
    // Where there is an index of pages, only those of these rows are read.
    useOffsetIndex: true,
    onChunk: ({ columnName, columnData, rowStart: from, rowEnd: to }) => {
      const list = chunks.get(columnName) ?? [];
      list.push({ data: columnData, from: from - rowStart, to: to - rowStart });
      chunks.set(columnName, list);
    },
  });
  return columns.map((element) => {
    if (element === null) return () => undefined;
    const parts = chunks.get(element.name) ?? [];
    const time = timeOf(element);
    let part = parts[0];
    return (row) => {
      if (part === undefined || row < part.from || row >= part.to)
        part = parts.find(({ from, to }) => row >= from && row < to);
      const value: unknown = part?.data[row - part.from];
      if (time === null || value === null || value === undefined) return value as Cell;
      return typedStamp(Number(value), time.zoned, time.clock);
    };
  });
}

/** Whether a column is of times, and of which kind. */
function timeOf({
  type,
  converted_type,
  logical_type,
}: SchemaElement): { zoned: boolean; clock: boolean } | null {
  if (logical_type?.type === 'TIMESTAMP') return { zoned: logical_type.isAdjustedToUTC, clock: true };
  // Before there were logical types, all were of UTC, by the format's definition.
  if (converted_type === 'TIMESTAMP_MILLIS' || converted_type === 'TIMESTAMP_MICROS')
    return { zoned: true, clock: true };
  if (converted_type === 'DATE') return { zoned: false, clock: false };
  return type === 'INT96' ? { zoned: false, clock: true } : null;
}

async function inOwnWords<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.slice(0, 120) : String(cause);
    throw new FleetError(
      'BARS_INVALID',
      `${file} is Parquet that is cut short or damaged (${reason}): get it again`,
      { cause },
    );
  }
}
