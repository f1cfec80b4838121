// A file is read in pieces, whatever its format: what is held at once doesn't grow with it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Table, tableFromArrays, tableToIPC } from 'apache-arrow';
import { openBarFile } from '../src/index.ts';
import { requireSmallBatches } from '../src/feather.ts';
import { requireSmallGroups } from '../src/parquet.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ingest-memory-'));
});
afterAll(() => rm(folder, { recursive: true }));

const first = Date.UTC(2021, 0, 1);
const timeOf = (i: number): number => first + i * 60_000;
const rowsOf = <T>(count: number, row: (time: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => row(timeOf(i)));
const csv = (count: number): string =>
  `time,open,high,low,close,volume\n${rowsOf(count, (time) => `${time},10.5,12.5,9.5,11.5,5.5\n`).join('')}`;
const own = (count: number): string =>
  'time,symbol,open,high,low,close,volume\n' +
  rowsOf(count, (time) => `${new Date(time).toISOString()},X,10.5,12.5,9.5,11.5,5.5\n`).join('');

const batchRows = 5000;
function feather(count: number): Uint8Array {
  const same = (value: number) => new Float64Array(batchRows).fill(value);
  const batches = Array.from({ length: count / batchRows }, (_, batch) => {
    const time = BigInt64Array.from({ length: batchRows }, (__, i) => BigInt(timeOf(batch * batchRows + i)));
    const prices = { open: same(10.5), high: same(12.5), low: same(9.5), close: same(11.5) };
    return tableFromArrays({ time, ...prices, volume: same(5.5) }).batches[0]!;
  });
  return tableToIPC(new Table(batches), 'file');
}

/** The most that is alive at once while a file is read, in bytes beyond what was before. */
async function mostHeld(file: string, count: number): Promise<number> {
  const held = (): number => {
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = held();
  let most = 0;
  let bars = 0;
  let looked = 0;
  const opened = await openBarFile(file, file.endsWith('own.csv') ? {} : { symbol: 'X' });
  for await (const batch of opened.batches) {
    expect(batch.bars[0]!.time).toBe(timeOf(bars));
    bars += batch.bars.length;
    // Each look takes long; ten of a file will do.
    if (bars < (looked * count) / 10) continue;
    looked++;
    most = Math.max(most, held() - before);
  }
  expect(bars).toBe(count);
  return most;
}

/** What is held swings by some 6 MB; all bars of the longer files would take 19 MB and more. */
const atMost = 10e6;

test.each<[string, string, (count: number) => string | Uint8Array]>([
  ['CSV', 'x.csv', csv],
  ["the fleet's own CSV", 'own.csv', own],
  ['packed CSV', 'x.csv.gz', (count) => gzipSync(csv(count))],
  [
    'JSON arrays',
    'x.json',
    (count) => JSON.stringify(rowsOf(count, (time) => [time, 10.5, 12.5, 9.5, 11.5, 5.5])),
  ],
  [
    'JSON objects',
    'objects.json',
    (count) =>
      JSON.stringify(
        rowsOf(count, (time) => ({ time, open: 10.5, high: 12.5, low: 9.5, close: 11.5, volume: 5.5 })),
      ),
  ],
  ['Feather', 'x.feather', feather],
])('%s of ten times the bars takes no more memory', async (_, name, content) => {
  const file = path.join(folder, name);
  const held: number[] = [];
  for (const count of [15_000, 150_000]) {
    await writeFile(file, content(count));
    held.push(await mostHeld(file, count));
  }
  expect(held[1]! - held[0]!).toBeLessThan(atMost);
});

let short: number | undefined;
// Written by pyarrow, bars as above; all of the same row make them small.
test.each(['groups-of-70k-8', 'one-group', 'one-group-indexed'])(
  'Parquet of four times the bars takes no more memory: %s',
  async (name) => {
    const file = (of: string): string => path.join(import.meta.dirname, 'pyarrow', `${of}.parquet`);
    short ??= await mostHeld(file('groups-of-70k-2'), 140_000);
    expect((await mostHeld(file(name), 560_000)) - short).toBeLessThan(atMost);
  },
);

const mib = 2 ** 20;

test('a row group of Parquet that is too large to hold is refused, with what to do', () => {
  const group = (bytes: number, index = 0) => ({
    columns: ['time', 'note'].map((name) => ({
      file_offset: 0n,
      offset_index_length: index,
      meta_data: { path_in_schema: [name], total_compressed_size: BigInt(bytes) },
    })),
  });
  const check = (...groups: ReturnType<typeof group>[]): void => {
    // Of a file's list what it looks at.
    const metadata = { row_groups: groups } as unknown as Parameters<typeof requireSmallGroups>[1];
    requireSmallGroups('x.parquet', metadata, [{ name: 'time' }]);
  };
  check(group(256 * mib), group(256 * mib));
  check(group(9000 * mib, 100));
  expect(() => check(group(1), group(256 * mib + 1))).toThrow(
    /x\.parquet: its row group 2 has 257 MiB, more than the 256 MiB that are read at once: .*row_group_size=/,
  );
});

test('a record batch of Feather that is too large to hold is refused, with what to do', () => {
  requireSmallBatches('x.feather', [{ bodyLength: 256 * mib }]);
  expect(() => requireSmallBatches('x.feather', [{ bodyLength: 1 }, { bodyLength: 300 * mib }])).toThrow(
    /x\.feather: its record batch 2 has 300 MiB.*chunksize=/,
  );
});
