import { open } from 'node:fs/promises';
import { zstdDecompressSync } from 'node:zlib';
import { FleetError } from '@ml-training/core';
import {
  compressionRegistry,
  CompressionType,
  DataType,
  RecordBatchReader,
  type RecordBatch,
} from 'apache-arrow';
import type { TextFormat } from './format.ts';
import { decodeLz4Frame } from './lz4.ts';
import type { Cell, Row } from './rows.ts';
import { largestBlock, requireSeekable, tooLarge } from './seekable.ts';
import type { Source } from './source.ts';
import { typedStamp } from './stamp.ts';
import type { Table } from './table.ts';

const batchRows = 4096;

compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: decodeLz4Frame });
compressionRegistry.set(CompressionType.ZSTD, { decode: (data) => zstdDecompressSync(data) });

/**
 * A file of Arrow, which Feather is since its version 2, read a record batch at a time.
 * @throws FleetError BARS_INVALID for one that is damaged or packed, or comes through a pipe
 */
export async function openFeather(
  source: Source,
): Promise<{ table: Table; format: Pick<TextFormat, 'name' | 'title'> }> {
  const { file } = source;
  requireSeekable(source, 'Feather');
  const [sample, header] = await inOwnWords(file, async () => {
    for await (const batch of batchesOf(file)) {
      const names = batch.schema.fields.map(({ name }) => name);
      if (batch.numRows > 0) return [[...rowsOf(batch, 0)][0] ?? [], names] as const;
    }
    return [[], []] as const;
  });
  let bytes = 0;
  const table: Table = {
    header,
    sample,
    rows: async function* () {
      let at = 0;
      try {
        for await (const batch of batchesOf(file)) {
          for (const rows of rowsOf(batch, at)) yield rows;
          at += batch.numRows;
          bytes = Math.min(source.totalBytes, bytes + batch.data.byteLength);
        }
      } catch (error) {
        throw damaged(file, error);
      }
    },
    again: async () => table,
    word: 'row',
    bytesRead: () => bytes,
  };
  return { table, format: { name: 'feather', title: 'Feather (Arrow)' } };
}

async function* batchesOf(file: string): AsyncGenerator<RecordBatch> {
  const handle = await open(file);
  try {
    const reader = await RecordBatchReader.from(handle).then((one) => one.open());
    if (reader.isFile()) requireSmallBatches(file, reader.footer?.recordBatches() ?? []);
    yield* reader;
  } finally {
    await handle.close().catch(() => undefined); // The reader may have done so.
  }
}

/**
 * A record batch is in memory as a whole.
 * @throws FleetError BARS_INVALID where one is larger than `largestBlock`
 */
export function requireSmallBatches(file: string, blocks: Iterable<{ readonly bodyLength: number }>): void {
  let i = 0;
  for (const { bodyLength } of blocks) {
    i++;
    if (bodyLength > largestBlock)
      throw tooLarge(
        file,
        `record batch ${i}`,
        bodyLength,
        'smaller record batches (pandas, pyarrow: chunksize=100_000; polars: record_batch_size=100_000)',
      );
  }
}

/** From the units of Arrow's times, s, ms, µs and ns, to ms; a bigint of ns is more than a double holds. */
const toMs = [
  (raw: bigint) => Number(raw) * 1000,
  Number,
  (raw: bigint) => Number(raw) / 1000,
  (raw: bigint) => Number(raw / 1000n) / 1000,
] as const;

/** Its words are those of one integer in two's complement, the lowest first. */
function decimal(words: Uint32Array, scale: number): number {
  let value = 0n;
  for (const word of words.toReversed()) value = (value << 32n) | BigInt(word);
  return Number(`${BigInt.asIntN(32 * words.length, value)}e${-scale}`);
}

function* rowsOf(batch: RecordBatch, before: number): Generator<readonly Row[]> {
  const columns = batch.schema.fields.map((field, i): ((row: number) => Cell) => {
    const vector = batch.getChildAt(i)!;
    const type: unknown = field.type;
    if (DataType.isTimestamp(type)) {
      const zoned = typeof type.timezone === 'string' && type.timezone !== '';
      const ms = toMs[type.unit as 0 | 1 | 2 | 3];
      const data = vector.data[0]!;
      const raw = data.values as BigInt64Array;
      return (row) => (data.getValid(row) ? typedStamp(ms(raw[row]!), zoned, true) : null);
    }
    if (DataType.isDate(type))
      return (row) => {
        const ms: unknown = vector.get(row);
        return ms === null ? null : typedStamp(Number(ms), false, false);
      };
    if (DataType.isDecimal(type))
      return (row) => {
        const words = vector.get(row) as Uint32Array | null;
        return words === null ? null : decimal(words, type.scale);
      };
    return (row) => vector.get(row) as Cell;
  });
  for (let start = 0; start < batch.numRows; start += batchRows) {
    const rows: Row[] = [];
    for (let row = start; row < Math.min(batch.numRows, start + batchRows); row++)
      rows.push({ cells: columns.map((cell) => cell(row)), at: before + row + 1 });
    yield rows;
  }
}

async function inOwnWords<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw damaged(file, error);
  }
}

function damaged(file: string, cause: unknown): unknown {
  if (cause instanceof FleetError) return cause;
  const reason = cause instanceof Error ? cause.message.slice(0, 120) : String(cause);
  return new FleetError(
    'BARS_INVALID',
    `${file} is Feather that is cut short or damaged (${reason}): get it again`,
    {
      cause,
    },
  );
}
