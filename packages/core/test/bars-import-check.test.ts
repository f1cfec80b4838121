// The data check of an import: what it tells, and when nothing is written.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startServers } from '@ml-training/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { connectDatabase, importBars, migrate, type Database } from '../src/index.ts';

const servers = await startServers();
let sql: Database;
let folder: string;
beforeAll(async () => {
  sql = connectDatabase(servers.databaseUrl, { applicationName: 'test' });
  await migrate(sql);
  folder = await mkdtemp(path.join(tmpdir(), 'bars-check-'));
});
beforeEach(async () => {
  await sql`TRUNCATE market_data`;
});
afterAll(async () => {
  await sql.end({ timeout: 5 });
  await servers.stop();
  await rm(folder, { recursive: true });
});

const hour = 3_600_000;
const start = Date.UTC(2024, 0, 1);
async function csv(rows: readonly string[]): Promise<string> {
  const file = path.join(folder, `${crypto.randomUUID()}.csv`);
  await writeFile(file, ['time,symbol,open,high,low,close,volume', ...rows, ''].join('\n'));
  return file;
}
const bar = (time: number, i = Math.round(time / hour), symbol = 'BTC/USDT'): string => {
  const price = 100 + Math.sin(i);
  return `${new Date(time).toISOString()},${symbol},${price},${price + 1},${price - 1},${price + Math.cos(i) / 2},${1000 + (i % 7)}`;
};
const hours = (from: number, to: number, symbol?: string): string[] =>
  Array.from({ length: to - from }, (_, i) => bar(start + (from + i) * hour, from + i, symbol));
const warn = { DATA_CHECK: 'warn', BAR_TIMES: 'open', NEGATIVE_PRICES: [] } as const;
const refuse = { ...warn, DATA_CHECK: 'refuse' } as const;
const count = async () => (await sql<{ n: number }[]>`SELECT count(*)::int AS n FROM market_data`)[0]?.n;

test('a file that fits to the bars that are there is stored, and nothing is told of', async () => {
  expect((await importBars(sql, await csv(hours(0, 100)), { check: warn })).checks).toEqual([
    { symbol: 'BTC/USDT', interval: hour, findings: [], unusable: [] },
  ]);
  const { checks } = await importBars(sql, await csv(hours(100, 110)), { check: refuse });
  expect(checks).toEqual([{ symbol: 'BTC/USDT', interval: hour, findings: [], unusable: [] }]);
  expect(await count()).toBe(110);
});

test('what does not fit to the bars that are there is told of; with refuse nothing is written', async () => {
  await importBars(sql, await csv(hours(0, 100)));
  const gap = await csv([...hours(104, 120), bar(start + 119.7 * hour)]);
  await expect(importBars(sql, gap, { check: refuse })).rejects.toMatchObject({
    code: 'BARS_REFUSED',
    message: expect.stringMatching(
      /: nothing was imported: DATA_CHECK=refuse, .* 1 bar between the times .* 4 bars are missing in one gap /,
    ),
  });
  expect(await count()).toBe(100);
  const { checks } = await importBars(sql, gap, { check: warn });
  expect(checks![0]!.findings).toMatchObject([
    { kind: 'off_grid', count: 1, row: 117 },
    { kind: 'gap', count: 1, row: 101 },
  ]);
  expect(await count()).toBe(117);
});

test('each of several symbols is checked by itself', async () => {
  const names = ['A', 'B', 'C', 'D', 'E'];
  const rows = names.flatMap((name, i) => [...hours(0, 50, name), ...hours(50 + i, 100, name)]);
  const { checks } = await importBars(sql, await csv(rows), { check: warn });
  expect(checks!.map(({ symbol, findings }) => [symbol, findings.map(({ kind }) => kind)])).toEqual(
    names.map((name, i) => [name, i === 0 ? [] : ['gap']]),
  );
});

test('bars after now are refused, whatever DATA_CHECK says', async () => {
  const file = await csv([...hours(0, 50), bar(Date.now() + 2 * hour)]);
  await expect(importBars(sql, file, { check: warn })).rejects.toMatchObject({
    code: 'BARS_REFUSED',
    message: expect.stringMatching(
      /BTC\/USDT has 1 bar after now, .*; nothing was imported: look at the time zone/,
    ),
  });
  expect(await count()).toBe(0);
});
