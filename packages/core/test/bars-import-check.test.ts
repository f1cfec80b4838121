// The data check of an import: what it tells, and when nothing is written.
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { importBars } from '../src/index.ts';
import { refuse, startBarsLab, warn } from './bars-lab.ts';

const lab = await startBarsLab();
const { sql, csv, count } = lab;
beforeEach(() => lab.reset());
afterAll(() => lab.end());

const hour = 3_600_000;
const start = Date.UTC(2024, 0, 1);
const bar = (time: number, i = Math.round(time / hour), symbol = 'BTC/USDT'): string => {
  const price = 100 + Math.sin(i);
  return `${new Date(time).toISOString()},${symbol},${price},${price + 1},${price - 1},${price + Math.cos(i) / 2},${1000 + (i % 7)}`;
};
const hours = (from: number, to: number, symbol?: string): string[] =>
  Array.from({ length: to - from }, (_, i) => bar(start + (from + i) * hour, from + i, symbol));

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

test('prices below 0 are imported of a symbol that NEGATIVE_PRICES names, and of no other', async () => {
  const oil = `${new Date(start + 100 * hour).toISOString()},WTI,17.7,17.9,-40.3,-37.6,5`;
  const file = await csv([...hours(0, 100, 'WTI'), oil]);
  await expect(importBars(sql, file, { check: warn })).rejects.toMatchObject({
    code: 'BARS_INVALID',
    message: expect.stringContaining(
      `line 102: low "-40.3" is not above 0, and NEGATIVE_PRICES doesn't name WTI`,
    ),
  });
  expect(await count()).toBe(0);
  const check = { ...refuse, NEGATIVE_PRICES: ['WTI'] };
  expect(await importBars(sql, file, { check })).toMatchObject({ inserted: 101 });
  expect(await sql`SELECT low, close FROM market_data WHERE low < 0`).toEqual([{ low: -40.3, close: -37.6 }]);
});
