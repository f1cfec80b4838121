// `ml evaluate`: walk-forward over bars in the database.
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startLab } from './ml.ts';

const lab = await startLab();
const { sql } = lab;
/** With positions of any lean: by what a change costs these models hold on throughout, as the naive rule does. */
const params = { TRAINING_PARAMS: '{"ensemble": {"position_rule": "threshold"}}' };
const ml: typeof lab.ml = (args, settings) => lab.ml(args, { ...params, ...settings });
afterAll(() => lab.end());

const samples = path.join(import.meta.dirname, '../../../infra/sample-data');
const quick = ['--folds', '2', '--bars', '400'];

beforeAll(async () => {
  await ml(['import', path.join(samples, 'GOOG.csv'), path.join(samples, 'SP500.csv')]);
  await lab.addBars('SHORT', 150);
});

describe('ml evaluate', () => {
  test('shows each fold and all rows beside the naive rules, with intervals, a picture and words', async () => {
    const { code, out, err } = await ml(['evaluate', 'ensemble', 'GOOG', ...quick]);
    expect(code).toBe(0);
    // Whoever has to wait sees how far it is, and nothing else.
    expect(err.replaceAll(/^ *\d+ % .*\n/gm, '')).toBe('');
    const lines = out.split('\n');
    expect(lines[0]).toBe('ensemble GOOG: 2 folds, each judged by a model of the bars before it');
    const start = lines.findIndex((line) => line.startsWith('fold  from'));
    // 400 − 33 − 1 = 366 labelled rows, half of them in 2 blocks.
    expect(lines.slice(start + 1, start + 4).map((line) => line.split(/ {2,}/).slice(0, 4))).toEqual([
      ['1', expect.stringMatching(/^2012-/), expect.stringMatching(/^2012-/), '91'],
      ['2', expect.stringMatching(/^2012-/), expect.stringMatching(/^2013-/), '91'],
      ['all', expect.stringMatching(/^2012-/), expect.stringMatching(/^2013-/), '182'],
    ]);
    expect(lines[start + 3]).toMatch(/ {2}\d\d\.\d \(\d\d\.\d\) {2,}0\.\d{3} \(0\.\d{3}\)/);
    expect(lines[start + 4]).toMatch(/^95 % .*\d\d\.\d to \d\d\.\d/);

    const picture = lines.slice(lines.findIndex((line) => line.startsWith('AUC 0.')));
    expect(picture.slice(1, 4).map((line) => line.slice(0, 6).trim())).toEqual(['fold 1', 'fold 2', 'all']);
    for (const line of picture.slice(1, 4)) {
      expect(line).toMatch(/├.*●.*┤/);
      expect(line.length).toBeLessThanOrEqual(80);
    }
    expect(out).toMatch(/naive rule(s)? beyond noise/);
    expect(out).toMatch(
      /Deflated Sharpe ratio over \w+, the best naive rule: \d\.\d{3}, .* nothing else was tried for this pair/,
    );
  });

  test('counts what was tried for the pair, other evaluations among it and itself once', async () => {
    await sql`TRUNCATE ml_training_trials`;
    const tried = async (...more: string[]): Promise<string | undefined> =>
      /(nothing else was|\d+ were) tried for this pair/.exec(
        (await ml(['evaluate', 'ensemble', 'GOOG', ...quick, ...more])).out,
      )?.[1];
    expect(await tried()).toBe('nothing else was');
    expect(await tried()).toBe('nothing else was');
    expect(await tried('--seed', '5')).toBe('2 were');
    await sql`
      INSERT INTO ml_training_trials (strategy_type, symbol, key, kind, tries)
      VALUES ('ensemble', 'GOOG', '', 'earlier', 3), ('ensemble', 'SP500', '', 'earlier', 9)`;
    expect(await tried()).toBe('5 were');
    expect(
      await sql`SELECT kind, excess_sharpe IS NULL AS none FROM ml_training_trials WHERE key <> ''`,
    ).toEqual([
      { kind: 'evaluation', none: false },
      { kind: 'evaluation', none: false },
    ]);
    await sql`TRUNCATE ml_training_trials`;
  });

  test('--json has everything, the same each time, and another seed something else', async () => {
    const json = async (seed: string): Promise<string> =>
      (await ml(['evaluate', 'ensemble', 'GOOG', ...quick, '--seed', seed, '--json'])).out;
    const text = await json('7');
    const found = JSON.parse(text) as { symbols: [{ folds: object[] }] };
    expect(found).toMatchObject({
      strategy_type: 'ensemble',
      seed: 7,
      bars: 400,
      skipped: [],
      symbols: [
        {
          symbol: 'GOOG',
          pooled: {
            metrics: { rows: 182 },
            baselines: { always_flat: { return: 0 } },
            excess: { trials: 1 },
          },
        },
      ],
    });
    expect(found.symbols[0].folds[0]).toMatchObject({ from: expect.stringMatching(/^2012-.*T.*Z$/) });
    expect(await json('7')).toBe(text);
    expect(await json('8')).not.toBe(text);
  });

  test('without a symbol judges all that have enough bars, and says which have not', async () => {
    const { code, out } = await ml(['evaluate', 'ensemble', ...quick]);
    expect(code).toBe(0);
    expect(out).toContain('ensemble GOOG: 2 folds');
    expect(out).toContain('ensemble SP500: 2 folds');
    expect(out).toContain('not judged: SHORT: 150 bars are too few for 2 folds, which take 236');
  });

  test.each([
    [['gru'], /"gru" is no strategy: it must be one of ensemble, lstm, rl/],
    [['lstm', 'AAPL'], /AAPL has no bars in market_data \(there are bars of GOOG, SHORT, SP500\)/],
    [
      ['lstm', 'SHORT'],
      /SHORT: 150 bars are too few for 5 folds, which take 236: import more .* fewer --folds/,
    ],
    [
      ['lstm', 'GOOG', '--bars', '500', '--folds', '50'],
      /500 bars are too few for 50 folds, which take 2036/,
    ],
    [['lstm', '--bars', '100'], /no symbol has the 236 bars that 5 folds take/],
    [['lstm', '--folds', '0'], /must be a whole number of 1 or more/],
    [['lstm', '--seed', '-1'], /must be a whole number of 0 or more/],
  ])('%j is refused', async (args, message) => {
    const { code, err } = await ml(['evaluate', ...args]);
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });
});
