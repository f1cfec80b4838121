// What "ml import" offers, shows and does about prices that were not adjusted for a split.
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { readBars } from '@ml-training/core';
import { startImportLab } from './import-lab.ts';

const lab = await startImportLab();
const { ml, sql, csv, count } = lab;
afterAll(() => lab.end());
beforeEach(() => lab.reset());

const day = 86_400_000;
const timeOf = (t: number): string => new Date(Date.UTC(2024, 0, 1) + t * day).toISOString();
/** 100 days with a split of 4 for 1 before the 61st. */
const rows = Array.from({ length: 100 }, (_, t) => {
  const [price, volume] = t < 60 ? [400, 1000] : [100, 4000];
  const close = price * (1 + 0.004 * Math.sin(t * 1.7));
  return `${timeOf(t)},ACME,${price},${price * 1.006},${price * 0.994},${close},${volume + 10 * (t % 7)}`;
});
const words = 'ACME: 4:1 at 2024-03-01 00:00 UTC: 60 bars before it, prices × 1/4, volumes × 4';

test('it is told of with the option that adjusts, a dry run shows it, and the import does it', async () => {
  const file = await csv('acme.csv', ...rows);
  const plain = await ml(['import', file]);
  expect(plain.out).toMatch(
    /look at the bars: ACME: prices step by .* \(4:1\)\. .*--adjust-splits\. No score/,
  );
  await lab.reset();

  const dry = await ml(['import', file, '--adjust-splits', '--dry-run']);
  expect([dry.code, dry.out]).toEqual([
    0,
    expect.stringContaining(
      `  split     ${words}; by the file's own bars alone\n  a dry run: nothing was written`,
    ),
  ]);
  expect(await count()).toBe(0);

  const done = await ml(['import', file, '--adjust-splits']);
  expect(done.out).toBe(`${file}: 100 rows of ACME: 100 new, 0 revised, 0 unchanged\n  split     ${words}\n`);
  const { open, volume } = await readBars(sql, 'ACME', 100);
  expect([open[0], volume[0], open[60], volume[60]]).toEqual([100, 4000, 100, 4000 + 10 * 4]);

  const again: unknown = JSON.parse((await ml(['import', file, '--adjust-splits', '--json'])).out);
  expect(again).toMatchObject([
    { unchanged: 100, splits: [{ symbol: 'ACME', time: timeOf(60), ratio: '4:1', bars: 60 }] },
  ]);
});

test('where there is no clear split it says so, and leaves the bars as they are', async () => {
  const file = await csv('acme.csv', ...rows.slice(60));
  const { code, out } = await ml(['import', file, '--adjust-splits']);
  expect([code, out]).toEqual([
    0,
    expect.stringContaining('  splits    none that is clear: nothing is adjusted'),
  ]);
  expect(await count()).toBe(40);
});
