import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { perturbFrom, sampleBars, scaleFrom, walk } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { digest } from '../../test/digest.ts';
import { degenerateReason, evaluate, judgingSettings } from '../evaluation/index.ts';
import { fromNdArray } from '../ndarray.ts';
import type { Artefact, Plain, Report } from '../strategy.ts';
import { ensemble } from './index.ts';
import { readText } from './trees-text.ts';
import type { StoredMember } from './members.ts';

const bars = [sampleBars('EURUSD', 400), sampleBars('GOOG', 400), sampleBars('SP500', 400)];
/** As many trees as show what is to be seen. */
const params = { forest_trees: 30, num_boost_round: 100 };
const request = { bars, params, seed: 42, threads: 1 };
const membersOfSeveral = ['boosting', 'random_forest', 'extra_trees', 'logistic', 'logistic_by_symbol'];

describe('the ensemble', () => {
  const run = recorder();
  let artefact: Artefact;
  let report: Report;
  beforeAll(async () => {
    ({ artefact, report } = await ensemble.train(request, run.context));
  });

  test('tells how far it is and what its members lose on the way', () => {
    const fractions = run.progress.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    const curves = new Set(run.epochs.flatMap(({ values }) => Object.keys(values)));
    expect([...curves].sort()).toEqual(
      ['boosting', 'extra_trees', 'logistic', 'random_forest'].map((name) => `${name}_validation_log_loss`),
    );
    expect(run.epochs.every(({ values }) => Object.values(values).every(Number.isFinite))).toBe(true);
  });

  test('reports every symbol beside its baselines', () => {
    expect(report.symbols.map(({ symbol }) => symbol)).toEqual(['EURUSD', 'GOOG', 'SP500']);
    for (const { metrics, baselines } of report.symbols) {
      expect(metrics.rows).toBeGreaterThan(50);
      expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
      expect(baselines.majority_class!.log_loss).toBeGreaterThan(0.5);
      expect(Object.keys(baselines)).toEqual([
        'majority_class',
        'last_direction',
        'buy_and_hold',
        'always_flat',
      ]);
    }
  });

  test('dates what it was fitted and chosen on before the holdout begins', () => {
    report.symbols.forEach(({ dataFrom, dataTo, train, holdout }, s) => {
      const { time } = bars[s]!;
      expect(dataFrom).toBe(time[train.from - 33]);
      expect(dataTo).toBeLessThan(time[holdout.from]!);
    });
  });

  test('keeps the times of the rows it was fitted and chosen on, none of which fall into a holdout', () => {
    const spans = artefact.fitted_spans;
    expect(new Set(spans.map(({ symbol }) => symbol))).toEqual(new Set(['EURUSD', 'GOOG', 'SP500']));
    report.symbols.forEach(({ symbol, train, validation, holdout, dataTo }, s) => {
      const { time } = bars[s]!;
      const own = spans.filter((span) => span.symbol === symbol);
      expect(own[0]!.start).toBeGreaterThanOrEqual(time[train.from]!);
      expect(own.at(-1)!.end).toBeGreaterThan(time[validation.from]!);
      // The label's bar, at dataTo, ends where the holdout's first begins.
      expect(own.at(-1)!.end).toBeLessThanOrEqual(time[time.indexOf(dataTo) + 1]!);
      for (const { start, end } of spans)
        expect(start >= time[holdout.to]! || end <= time[holdout.from]!).toBe(true);
    });
  });

  test('weighs its members with weights that are not negative and sum to one', () => {
    const { weights, folds } = report.details as { weights: Record<string, number>; folds: number };
    expect(Object.keys(weights)).toEqual(membersOfSeveral);
    const values = Object.values(weights);
    expect(values.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(folds).toBe(5);
    expect(artefact.model_state.ensemble).toMatchObject({ mean: 'log_odds', weights: values });
  });

  test('tells how much each feature counts in the trees that the file holds', () => {
    const { members } = artefact.model_state.ensemble as unknown as { members: StoredMember[] };
    const texts = members.flatMap((member) =>
      member.kind === 'lightgbm' ? readText({ ...member }, member.name) : [],
    );
    const shares = new Map(artefact.feature_names.map((name) => [name, 0]));
    const counts = new Map(shares);
    for (const text of texts) {
      const numbers = (name: string): number[] =>
        [...text.matchAll(new RegExp(`^${name}=(.+)$`, 'gm'))].flatMap((line) =>
          line[1]!.split(' ').map(Number),
        );
      const gains = numbers('split_gain');
      const total = gains.reduce((sum, gain) => sum + gain, 0);
      numbers('split_feature').forEach((feature, i) => {
        const name = artefact.feature_names[feature]!;
        shares.set(name, shares.get(name)! + gains[i]! / total / texts.length);
        counts.set(name, counts.get(name)! + 1);
      });
    }
    const importance = report.details.importance as Record<string, number>;
    expect(texts).toHaveLength(3);
    for (const [name, share] of shares) expect(importance[name]).toBeCloseTo(share, 4);
    expect(report.details.splits).toEqual(Object.fromEntries(counts));
  });

  test('tells the coefficients of the linear member that the file holds', () => {
    const { members } = artefact.model_state.ensemble as unknown as { members: StoredMember[] };
    const linear = members.find((member) => member.kind === 'logistic') as { kernel: Plain } | undefined;
    const kernel = fromNdArray(linear?.kernel, 'float32', 'kernel', [artefact.feature_names.length, 1]);
    expect(report.details.coefficients).toEqual(
      Object.fromEntries(artefact.feature_names.map((name, c) => [name, kernel[c]])),
    );
  });

  test('tells how each member alone does on the holdouts', async () => {
    const told = report.details.holdout_of_members as Record<string, { auc: number; log_loss: number }>;
    expect(Object.keys(told)).toEqual(membersOfSeveral);
    // The mean of one member alone, uncalibrated, is that member.
    const { members } = artefact.model_state.ensemble as unknown as { members: StoredMember[] };
    const only = { members: [members[1]!], weights: [1] };
    const predictor = await ensemble.load({
      ...artefact,
      model_state: { ...artefact.model_state, ensemble: only },
    });
    let [loss, rows] = [0, 0];
    for (const [s, { holdout }] of report.symbols.entries()) {
      const prediction = await predictor.predict(bars[s]!, holdout);
      const scores = evaluate(bars[s]!, prediction, holdout, { horizon: 1, costBps: 1 });
      loss += scores.log_loss! * scores.rows!;
      rows += scores.rows!;
    }
    predictor.dispose();
    expect(told.random_forest!.log_loss).toBeCloseTo(loss / rows, 12);
  });

  test('scores exactly as in its report when it is loaded again', async () => {
    const predictor = await ensemble.load(structuredClone(artefact));
    for (const [s, { holdout, metrics }] of report.symbols.entries()) {
      const prediction = await predictor.predict(bars[s]!, holdout);
      expect(degenerateReason(prediction)).toBeNull();
      expect(
        evaluate(bars[s]!, prediction, holdout, { horizon: 1, costBps: judgingSettings.cost_bps.default }),
      ).toEqual(metrics);
    }
    predictor.dispose();
  });

  test('keeps the best round of boosting, a mean of penalties, and every tree of a forest', () => {
    const { validation_log_loss: losses, rounds } = report.details as Record<string, Record<string, number>>;
    const curveOf = (name: string): number[] =>
      run.epochs.flatMap(({ values }) => values[`${name}_validation_log_loss`] ?? []);
    for (const name of ['boosting', 'random_forest', 'extra_trees']) {
      const curve = curveOf(name);
      const forest = name.includes('_');
      const kept = forest ? curve.length : curve.indexOf(Math.min(...curve)) + 1;
      // A forest's curve has a point every ten trees and one at the end; 8 of the 30 trees are grown in folds.
      if (forest) expect(curve).toHaveLength(1);
      expect(rounds![name]).toBe(forest ? 30 : kept);
      expect(losses![name]).toBeCloseTo(curve[kept - 1]!, 9);
    }
    // It is stopped by what comes out of fold, and these bars teach next to nothing.
    expect(curveOf('boosting').length).toBeGreaterThanOrEqual(rounds!.boosting! + 30);
    // Two paths of 16 penalties and one of 7. A mean of log odds loses no more than its parts do on average,
    // and each part counts by how likely it made what came.
    const curve = curveOf('logistic');
    const best = Math.min(...curve);
    expect(curve).toHaveLength(2 * 16 + 7);
    expect(rounds!.logistic).toBe(curve.indexOf(best) + 1);
    const rows = Object.values(report.details.rows as Record<string, Record<string, number>>).reduce(
      (sum, { train_rows, validation_rows }) => sum + train_rows! + validation_rows!,
      0,
    );
    const shares = curve.map((loss) => Math.exp(rows * (best - loss)));
    const total = shares.reduce((sum, share) => sum + share, 0);
    const mean = shares.reduce((sum, share, i) => sum + (share / total) * curve[i]!, 0);
    expect(losses!.logistic).toBeLessThan(mean + 1e-9);
    expect(losses!.logistic).toBeGreaterThan(best - 0.01);
  });

  test('predicts a row from its window alone, whatever history and rows come with it', async () => {
    const predictor = await ensemble.load(artefact);
    const all = await predictor.predict(bars[2]!, { from: 33, to: 400 });
    const one = await predictor.predict(perturbFrom(bars[2]!, 201), { from: 200, to: 201 });
    expect(one.score[0]).toBe(all.score[200 - 33]);
    await expect(predictor.predict(bars[2]!, { from: 32, to: 40 })).rejects.toThrow(
      'row 32 of SP500 needs the 34 bars that lead up to it, but has 33',
    );
    predictor.dispose();
  });

  test('is the same to the last byte whatever comes after the bars it was fitted and chosen on', async () => {
    const later = bars.map((b, s) => perturbFrom(b, b.time.indexOf(report.symbols[s]!.dataTo) + 1));
    const again = await ensemble.train({ ...request, bars: later }, recorder().context);
    expect(digest(again.artefact.model_state)).toBe(digest(artefact.model_state));
    // The check above can fail: one bar earlier shows, where it turns a label.
    const turned = [2, 0.5].map(async (factor) => {
      const from = (s: number): number => bars[s]!.time.indexOf(report.symbols[s]!.dataTo);
      const earlier = bars.map((b, s) => scaleFrom(b, from(s), factor));
      const other = await ensemble.train({ ...request, bars: earlier }, recorder().context);
      expect(digest(other.artefact.model_state.scaler!)).toBe(digest(artefact.model_state.scaler!));
      return digest(other.artefact.model_state) !== digest(artefact.model_state);
    });
    expect(await Promise.all(turned)).toContain(true);
  });

  test('fits its scaler on train rows alone', async () => {
    const later = bars.map((b, s) => perturbFrom(b, report.symbols[s]!.train.to + 1));
    const again = await ensemble.train({ ...request, bars: later }, recorder().context);
    expect(digest(again.artefact.model_state.scaler!)).toBe(digest(artefact.model_state.scaler!));
  });

  test('differs by its seed', async () => {
    const other = await ensemble.train({ ...request, seed: 43 }, recorder().context);
    expect(digest(other.artefact.model_state)).not.toBe(digest(artefact.model_state));
  });
});

describe('training', () => {
  test('gives the same bytes in every process', async () => {
    const script = fileURLToPath(new URL('../../test/train-ensemble.ts', import.meta.url));
    const run = async (): Promise<string> => (await promisify(execFile)(process.execPath, [script])).stdout;
    const [first, second] = await Promise.all([run(), run()]);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toBe(first);
  });

  test('gives the same bytes with one thread and with two', async () => {
    const given = { bars: [sampleBars('GOOG', 400)], seed: 7 };
    const state = async (threads: number) =>
      digest((await ensemble.train({ ...given, threads }, recorder().context)).artefact.model_state);
    expect(await state(2)).toBe(await state(1));
  });

  test('stops soon after it is told to, with the reason it was given', async () => {
    const abort = new AbortController();
    const reason = new Error('stopped by a test');
    const run = recorder(abort.signal);
    const context = {
      ...run.context,
      epoch: (step: number, values: Readonly<Record<string, number>>): void => {
        run.context.epoch(step, values);
        // From the event loop, as a supervisor's message would come.
        if (step === 3) setImmediate(() => abort.abort(reason));
      },
    };
    await expect(
      ensemble.train({ ...request, params: { ...params, early_stopping_rounds: 1000 } }, context),
    ).rejects.toBe(reason);
    expect(run.epochs.length).toBeLessThan(30);
  });

  test.each([
    ['a hundred bars', walk({ rows: 100, seed: 1 })],
    ['bars that only rise', walk({ rows: 200, seed: 1, close: (_, before) => before * 1.001 })],
    ['no volume', { ...walk({ rows: 200, seed: 1 }), volume: new Float64Array(200).fill(Number.NaN) }],
  ])('copes with %s', async (_, only) => {
    const { report, artefact } = await ensemble.train(
      { bars: [only], seed: 1, threads: 1 },
      recorder().context,
    );
    expect(report.symbols[0]!.metrics.log_loss).toBeLessThan(1);
    await (await ensemble.load(artefact)).predict(only, { from: 33, to: only.close.length });
  });

  test('leaves out a symbol that teaches nothing, with the reason, and is not touched by it', async () => {
    const young = walk({ rows: 60, seed: 1, symbol: 'YOUNG' });
    const wrong = { ...walk({ rows: 200, seed: 2, symbol: 'WRONG' }), close: new Float64Array(200).fill(-1) };
    const all = [young, sampleBars('GOOG', 200), wrong];
    const { report, artefact } = await ensemble.train({ ...request, bars: all }, recorder().context);
    expect(report.symbols.map(({ symbol }) => symbol)).toEqual(['GOOG']);
    expect(report.details.left_out).toEqual({
      YOUNG: expect.stringContaining('60 bars leave 24 rows'),
      WRONG: expect.stringContaining('WRONG has close -1'),
    });
    const alone = await ensemble.train({ ...request, bars: [all[1]!] }, recorder().context);
    expect(digest(artefact.model_state)).toBe(digest(alone.artefact.model_state));
  });

  test.each([
    ['an unknown setting', { ...request, params: { depth: 3 } }, 'INVALID_PARAMS', 'no setting "depth"'],
    [
      'too few bars',
      { ...request, bars: [walk({ rows: 60, seed: 1, symbol: 'NEW' })] },
      'TOO_FEW_BARS',
      'NEW: 60 bars leave',
    ],
    ['no bars', { ...request, bars: [] }, 'TOO_FEW_BARS', 'no symbol'],
    [
      'a price that stands still',
      { ...request, bars: [walk({ rows: 200, seed: 1, close: (_, before) => before })] },
      'INVALID_BARS',
      'the close stands at 100',
    ],
    [
      'symbols none of which can be learnt from',
      {
        ...request,
        bars: [walk({ rows: 60, seed: 1, symbol: 'A' }), walk({ rows: 50, seed: 1, symbol: 'B' })],
      },
      'TOO_FEW_BARS',
      /^none of 2 symbols .*A: 60 bars leave .*; B: 50 bars leave/,
    ],
  ])('refuses %s', async (_, refused, code, message) => {
    const training = ensemble.train(refused, recorder().context);
    await expect(training).rejects.toMatchObject({ code });
    await expect(training).rejects.toThrow(message);
  });
});
