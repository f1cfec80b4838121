import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { defaultFeatures } from '@ml-training/sdk';
import { laggedBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import type { Artefact, Bars, Plain, RowRange } from '../strategy.ts';
import { lstm } from './index.ts';

const small = { units: 12, window: 8, learning_rate: 0.01, epochs: 25, patience: 6 };

const train = (bars = laggedBars(900), params: Record<string, Plain> = small, seed = 5) =>
  lstm.train({ bars: [bars], params, seed, threads: 1 }, recorder().context);

const bars = laggedBars(900);
const { artefact, report } = await train(bars);
const [scores] = report.symbols;

describe('on bars that repeat the direction of three bars before', () => {
  test('it beats every baseline clearly', () => {
    const { metrics, baselines } = scores!;
    const naive = Math.max(...Object.values(baselines).map(({ accuracy }) => accuracy ?? 0));
    expect(metrics.accuracy).toBeGreaterThan(naive + 0.15);
    expect(metrics.log_loss).toBeLessThan(baselines.majority_class!.log_loss! - 0.1);
    expect(metrics.auc).toBeGreaterThan(0.75);
  });

  test('the report says which bars were used up to where', () => {
    const { train, validation, holdout, dataFrom, dataTo } = scores!;
    expect(train.to).toBeLessThan(validation.from);
    expect(validation.to).toBeLessThan(holdout.from);
    expect(dataFrom).toBe(bars.time[0]);
    expect(dataTo).toBe(bars.time[validation.to]);
    expect(scores!.metrics.rows).toBe(holdout.to - holdout.from);
  });

  test('the stored model predicts the holdout to the bit as it was judged', async () => {
    const { holdout } = scores!;
    const predictor = await lstm.load(structuredClone(artefact));
    const { score: probability } = await predictor.predict(bars, holdout);
    let hits = 0;
    let loss = 0;
    probability.forEach((p, i) => {
      const t = holdout.from + i;
      const rose = bars.close[t + 1]! > bars.close[t]!;
      if (p > 0.5 === rose) hits++;
      loss -= Math.log(rose ? p : 1 - p);
    });
    expect(hits / probability.length).toBe(scores!.metrics.accuracy);
    expect(loss / probability.length).toBeCloseTo(scores!.metrics.log_loss!, 12);
    // Neither where the range begins nor what history lies before the window changes a bit.
    const { score: late } = await predictor.predict(bars, { from: holdout.from + 37, to: holdout.to });
    expect([...late]).toEqual([...probability.slice(37)]);
    for (const row of [holdout.from, holdout.from + 20, holdout.to - 1]) {
      const alone = await predictor.predict(bars, { from: row, to: row + 1 });
      expect([...alone.score]).toEqual([probability[row - holdout.from]]);
    }
    const cut = Object.fromEntries(
      Object.entries(bars).map(([k, v]) => [k, typeof v === 'string' ? v : (v as Float64Array).slice(500)]),
    ) as unknown as typeof bars;
    const moved: RowRange = { from: holdout.from - 500, to: holdout.to - 500 };
    expect([...(await predictor.predict(cut, moved)).score]).toEqual([...probability]);
    predictor.dispose();
  });

  test("a prediction needs the artefact's window of bars, its own included, and no more", async () => {
    const predictor = await lstm.load(artefact);
    const first = artefact.window - 1;
    expect(artefact.window).toBe(lstm.features().window - 1 + small.window);
    expect((await predictor.predict(bars, { from: first, to: first + 1 })).score).toHaveLength(1);
    const end = bars.close.length;
    await expect(predictor.predict(bars, { from: end, to: end + 1 })).rejects.toThrow(`of its ${end} bars`);
    await expect(predictor.predict(bars, { from: first - 1, to: first + 1 })).rejects.toMatchObject({
      code: 'TOO_FEW_BARS',
    });
  });
});

test('on bars that follow no pattern it stays at the baseline', async () => {
  const { report } = await train(laggedBars(900, { flips: 0.5 }));
  const { metrics, baselines } = report.symbols[0]!;
  // Two standard errors of 170 rows.
  expect(Math.abs(metrics.accuracy! - 0.5)).toBeLessThan(0.08);
  expect(metrics.log_loss).toBeGreaterThan(baselines.majority_class!.log_loss! - 0.02);
  expect(metrics.log_loss).toBeLessThan(baselines.majority_class!.log_loss! + 0.05);
});

test('two processes make the same bytes of the same bars and seed', async () => {
  const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `
    const { lstm } = await import(${url('index.ts')});
    const { laggedBars } = await import(${url('../../test/bars.ts')});
    const { recorder } = await import(${url('../../test/context.ts')});
    const { createHash } = await import('node:crypto');
    const request = { bars: [laggedBars(300)], params: { epochs: 2, window: 8 }, seed: 5, threads: 2 };
    const { artefact } = await lstm.train(request, recorder().context);
    const hash = createHash('sha256');
    for (const { data } of artefact.model_state.lstm.weights) hash.update(data);
    console.log(hash.digest('hex'));`;
  const run = async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    return stdout.trim().split('\n').at(-1);
  };
  const [first, second] = await Promise.all([run(), run()]);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(second).toBe(first);
});

test('no bar after the validation labels has any part in the model', async () => {
  const quick = { ...small, epochs: 2 };
  const state = async (given: Bars) => (await train(given, quick)).artefact.model_state;
  const { train: training, validation } = scores!;
  // The last validation row's label is the close one bar, the horizon, later.
  const end = validation.to;
  const doubledFrom = (first: number): Bars => {
    const double = (column: Float64Array) => column.map((price, t) => (t < first ? price : 2 * price));
    const { open, high, low, close } = bars;
    return { ...bars, open: double(open), high: double(high), low: double(low), close: double(close) };
  };
  const untouched = await state(bars);
  expect(await state(doubledFrom(end + 1))).toEqual(untouched);
  expect(await state(doubledFrom(training.to - 20))).not.toEqual(untouched);
});

describe('refuses', () => {
  const context = recorder().context;
  const request = { bars: [bars], seed: 1, threads: 1 };

  test('bars of two symbols', async () => {
    await expect(lstm.train({ ...request, bars: [bars, bars] }, context)).rejects.toMatchObject({
      code: 'INVALID_PARAMS',
    });
  });

  test('settings it does not have', async () => {
    await expect(lstm.train({ ...request, params: { neurons: 5 } }, context)).rejects.toThrow('neurons');
  });

  test('too few bars, saying how many there are', async () => {
    await expect(train(laggedBars(50))).rejects.toMatchObject({ code: 'TOO_FEW_BARS' });
  });

  test('bars whose holdout begins before the first prediction can be made, before it trains', async () => {
    const training = train(laggedBars(70), { window: 32 });
    await expect(training).rejects.toMatchObject({ code: 'TOO_FEW_BARS' });
    await expect(training).rejects.toThrow('the holdout begins after 63 of the 70 bars');
  });

  test('models trained on other features', async () => {
    const other: Artefact = { ...artefact, feature_names: artefact.feature_names.with(0, 'moon_phase') };
    await expect(lstm.load(other)).rejects.toMatchObject({ code: 'INVALID_MODEL' });
    await expect(lstm.load(other)).rejects.toThrow('moon_phase');
    const otherwise = lstm.load({ ...artefact, features_hash: 'another' });
    await expect(otherwise).rejects.toThrow('computed otherwise (their sum is another');
  });
});

test('the smallest history the fleet trains on, 100 bars, is enough', async () => {
  const { artefact } = await train(laggedBars(100), { epochs: 2 });
  expect(artefact.feature_names).toEqual(defaultFeatures);
});
