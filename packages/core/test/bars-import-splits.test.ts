// Splits that the prices of a file were not adjusted for, and what --adjust-splits makes of them.
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { importBars, readBars, splitInWords, storeBars, type AdjustedSplit } from '../src/index.ts';
import { readBarsCsv } from '../src/bars/parse-csv.ts';
import { startBarsLab, warn } from './bars-lab.ts';

const lab = await startBarsLab();
const { sql, csv, count } = lab;
beforeEach(() => lab.reset());
afterAll(() => lab.end());

const day = 86_400_000;
const start = Date.UTC(2024, 0, 1);
const days = 240;
/** Without a random state: noise of sines that never repeat. */
const noise = (t: number): number => Math.sin(t * 1.7) + Math.sin(t * 2.3 + 1) + Math.sin(t * 0.91 + 2);
const closes = Array.from({ length: days }, () => 0);
closes.reduce((close, _, t) => (closes[t] = close * Math.exp(0.004 * noise(t))), 100);

interface Step {
  readonly at: number;
  readonly factor: number;
  /** By what the volume changes; the factor unless given. */
  readonly volume?: number;
}

/** Days as they were traded, with these splits among them: prices before one are higher by its factor, volumes lower. */
const traded = (splits: readonly Step[], from = 0, to = days): string[] =>
  Array.from({ length: to - from }, (_, i) => {
    const t = from + i;
    const later = splits.filter(({ at }) => t < at);
    const price = later.reduce((all, { factor }) => all * factor, 1);
    const volume = later.reduce((all, { factor, volume: of = factor }) => all * of, 1);
    const [open, close] = [(closes[t - 1] ?? 100) * price, closes[t]! * price];
    const [high, low] = [Math.max(open, close) * 1.001, Math.min(open, close) * 0.999];
    return `${new Date(start + t * day).toISOString()},ACME,${open},${high},${low},${close},${(1e6 + 2e5 * noise(t + 50)) / volume}`;
  });

const adjusting = async (rows: readonly string[]) => {
  const file = await csv(rows);
  const source = { name: file, totalBytes: 0, batches: readBarsCsv(file) };
  return storeBars(sql, source, { check: warn, adjustSplits: true });
};
const split = (at: number, ratio: readonly [number, number], bars: number): AdjustedSplit => ({
  symbol: 'ACME',
  time: start + at * day,
  ratio,
  bars,
});

/** That the days from one on are stored as if there had been no split. */
async function expectAdjusted(from = 0, to = days): Promise<void> {
  const { time, close, volume } = await readBars(sql, 'ACME', days);
  expect(time).toHaveLength(to - from);
  close.forEach((one, i) => expect(one / closes[from + i]!).toBeCloseTo(1, 9));
  volume.forEach((one, i) => expect(one / (1e6 + 2e5 * noise(from + i + 50))).toBeCloseTo(1, 9));
}

test.each<[string, number, readonly [number, number]]>([
  ['4:1', 4, [4, 1]],
  ['3:2', 1.5, [3, 2]],
  ['1:10', 0.1, [1, 10]],
])('bars before a split of %s are adjusted; again changes nothing', async (_, factor, ratio) => {
  const rows = traded([{ at: 120, factor }]);
  expect(await adjusting(rows)).toMatchObject({
    inserted: days,
    splits: [split(120, ratio, 120)],
    checks: [{ findings: [] }],
  });
  await expectAdjusted();
  expect(await adjusting(rows)).toMatchObject({ unchanged: days, splits: [split(120, ratio, 120)] });
  // Without, the file's own values are stored again, and told of.
  const { revised, checks } = await importBars(sql, await csv(rows), { check: warn });
  expect(revised).toBe(120);
  expect(checks).toMatchObject([{ findings: [{ kind: 'split', row: 121 }] }]);
  expect(checks![0]!.findings[0]!.words).toContain('--adjust-splits');
});

test('of several splits each is adjusted for, and of a file that is adjusted in part those that are left', async () => {
  const two = traded([
    { at: 80, factor: 2 },
    { at: 160, factor: 5 },
  ]);
  expect(await adjusting(two)).toMatchObject({ splits: [split(80, [2, 1], 80), split(160, [5, 1], 160)] });
  await expectAdjusted();
  expect(await adjusting(traded([{ at: 160, factor: 5 }]))).toMatchObject({
    splits: [split(160, [5, 1], 160)],
    revised: expect.any(Number),
  });
  await expectAdjusted();
  expect(await adjusting(traded([]))).toMatchObject({ splits: [] });
});

describe('nothing is adjusted where it is no clear split', () => {
  test.each<[string, string[]]>([
    ['a fall to a half whose volume stays', traded([{ at: 120, factor: 2, volume: 1 }])],
    ['one without volumes', traded([{ at: 120, factor: 2 }]).map((row) => row.replace(/[^,]*$/, ''))],
    ['one with four bars after it', traded([{ at: days - 4, factor: 2 }])],
    ['one after four bars', traded([{ at: 4, factor: 2 }])],
    [
      'one whose bar is wilder than usual, as after bad news',
      traded([{ at: 120, factor: 2 }]).map((row, t) => {
        const [time, symbol, open, high, , close, volume] = row.split(',');
        return t === 120 ? [time, symbol, open, high, Number(close) * 0.97, close, volume].join(',') : row;
      }),
    ],
  ])('%s', async (_, rows) => {
    const { splits, checks } = await adjusting(rows);
    expect(splits).toEqual([]);
    expect(checks![0]!.findings.map(({ kind }) => kind)).toEqual([
      expect.stringMatching(/^(split|outlier)$/),
    ]);
    expect(checks![0]!.findings[0]!.words).not.toContain('--adjust-splits');
    const { close } = await readBars(sql, 'ACME', days);
    expect(close[0]).toBe(Number(rows[0]!.split(',')[5]));
  });
});

describe('beside bars that are stored', () => {
  const splits = [{ at: 120, factor: 4 }];

  test('older ones are adjusted by the step to those after the split', async () => {
    await importBars(sql, await csv(traded(splits, 120)));
    expect(await adjusting(traded(splits, 0, 120))).toMatchObject({ splits: [split(120, [4, 1], 120)] });
    await expectAdjusted();
  });

  test('newer ones with a split are refused where those before are not adjusted; a file of all of them does', async () => {
    await importBars(sql, await csv(traded(splits, 0, 90)));
    await expect(adjusting(traded(splits, 90))).rejects.toMatchObject({
      code: 'BARS_REFUSED',
      message: expect.stringMatching(
        /nothing was imported: .* before the split 4:1 of ACME at 2024-04-30 .* as that of 2024-03-30 .*: import a file that has all bars before the split$/,
      ),
    });
    expect(await count()).toBe(90);
    expect(await adjusting(traded(splits))).toMatchObject({ inserted: 150, revised: 90 });
    await expectAdjusted();
  });

  test('that are adjusted, any part of the file fits again, and later bars are added as they are', async () => {
    await adjusting(traded(splits, 0, 200));
    for (const [from, to] of [
      [90, 200],
      [0, 150],
      [0, 70],
      [60, 100],
    ] as const)
      expect(await adjusting(traded(splits, from, to))).toMatchObject({ unchanged: to - from });
    expect(await adjusting(traded(splits, 200))).toMatchObject({ inserted: 40, splits: [] });
    await expectAdjusted();
  });
});

test('a split is worded with what is done to prices and volumes', () => {
  expect(splitInWords(split(120, [3, 2], 1))).toBe(
    'ACME: 3:2 at 2024-04-30 00:00 UTC: 1 bar before it, prices × 2/3, volumes × 3/2',
  );
  expect(splitInWords(split(120, [1, 10], 120))).toMatch(/1:10 .* prices × 10, volumes × 1\/10$/);
});
