import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Bar } from '@ml-training/core';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { formatTable } from '../src/index.ts';
import { inFolder, readFile as readBars } from './read.ts';
import { samples } from './samples.ts';

const { folder, read: readContent } = inFolder();

describe('a file as its vendor writes it is recognised, and its bars are read', () => {
  test.each(samples.map((sample) => [`${sample.format}: ${sample.file}`, sample] as const))(
    '%s',
    async (_, sample) => {
      const { bars, told } = await readContent(sample.file, sample.content, sample.options);
      expect(told).toMatchObject({
        format: sample.format,
        symbols: sample.symbols,
        interval: sample.interval,
        order: sample.order ?? 'ascending',
        bars: bars.length,
      });
      const { time, open, high, low, close, volume } = told.first!;
      expect([open, high, low, close, volume]).toEqual(sample.bar);
      expect(new Date(time)).toEqual(new Date(sample.first));
      expect(new Date(told.last!.time)).toEqual(new Date(sample.last));
    },
  );
});

test('every format has a sample', () => {
  // Those that have one for each, and the two of the next tests.
  const counted = (names: readonly string[], of: string): number => names.filter((one) => one === of).length;
  const sampled = [...samples.map(({ format }) => format), 'feather', 'parquet'];
  const names = formatTable.map(({ name }) => name);
  expect(names.filter((name) => counted(sampled, name) < counted(names, name))).toEqual([]);
});

test('docs/data.md has the table of formats', async () => {
  const page = await readFile(path.resolve(import.meta.dirname, '../../../docs/data.md'), 'utf8');
  const plain = page.replaceAll(/ +/g, ' ');
  for (const { name, title, note } of formatTable)
    expect(plain).toContain(`| ${name} | ${title} | ${note} |`);
});

describe('what pandas writes by pyarrow is read', () => {
  const hours = [10, 11, 12, 13, 14].map((open, i) => ({
    time: Date.UTC(2024, 0, 2, i),
    open,
    high: open + 2,
    low: open - 1,
    close: open + 1,
    volume: i + 1.5,
  }));
  const plain = ({ time, open, high, low, close, volume }: Bar) => ({ time, open, high, low, close, volume });
  const file = (name: string): string => path.join(import.meta.dirname, 'pyarrow', name);

  test.each(['BTC_USDT-1h.feather', 'BTC_USDT-4h.feather', 'ETH_USDT-1h.feather'])('%s', async (name) => {
    const { bars, told } = await readBars(file(name));
    expect(bars.map(plain)).toEqual(hours);
    expect(told).toMatchObject({
      format: 'feather',
      symbols: [`${name.slice(0, 3)}/USDT`],
      interval: 3_600_000,
    });
  });

  test.each(['snappy', 'gzip', 'zstd', 'lz4', 'brotli', 'none'])('%s.parquet', async (name) => {
    const { bars, told } = await readBars(file(`${name}.parquet`), { symbol: 'BTC/USDT' });
    expect(bars.map(plain)).toEqual(hours);
    expect(told).toMatchObject({ format: 'parquet', symbols: ['BTC/USDT'], symbolFrom: '--symbol' });
  });

  test('Parquet has only those columns read that bars are made of', async () => {
    const content = await readFile(file('with-note.parquet'));
    const { row_groups } = await parquetMetadataAsync(await asyncBufferFromFile(file('with-note.parquet')));
    const { columns } = row_groups[0]!;
    const damaged = async (name: string): Promise<string> => {
      const { meta_data } = columns.find((column) => column.meta_data!.path_in_schema[0] === name)!;
      const from = Number(meta_data!.data_page_offset);
      const changed = Buffer.from(content).fill(0xff, from, from + Number(meta_data!.total_compressed_size));
      await writeFile(path.join(folder(), 'X.parquet'), changed);
      return path.join(folder(), 'X.parquet');
    };
    const { bars, told } = await readBars(await damaged('note'));
    expect(bars.map(plain)).toEqual(hours);
    expect(told.leftOut).toEqual(['note']);
    await expect(readBars(await damaged('volume'))).rejects.toThrow(/cut short or damaged/);
    const close = { columns: { close: 'note' } };
    await expect(readBars(await damaged('note'), close)).rejects.toThrow(/cut short or damaged/);
  });

  test.each(['naive.feather', 'naive.parquet'])('%s, which has no zone, and symbols', async (name) => {
    await expect(readBars(file(name))).rejects.toThrow(
      /2024-07-02T09:30:00, don't say of which zone.*--timezone/,
    );
    const { bars, told } = await readBars(file(name), { timezone: 'America/New_York' });
    expect(bars.map(({ time }) => time)).toEqual(hours.map((_, i) => Date.UTC(2024, 6, 2, 13, 30 + i)));
    expect(told.symbols).toEqual(['AAPL']);
  });

  test.each(['BTC_USDT-1h.feather', 'zstd.parquet'])(
    '%s that is cut short is refused in words',
    async (name) => {
      const whole = await readFile(file(name));
      const cut = path.join(folder(), `cut-${name}`);
      await writeFile(cut, whole.subarray(0, whole.length - 300));
      await expect(readBars(cut, { symbol: 'X' })).rejects.toThrow(/cut short or damaged/);
    },
  );
});
