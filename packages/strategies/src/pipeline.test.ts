// A fourth strategy is a declaration and its arithmetic: here a ridge logistic regression by gradient
// descent, which the pipeline trains, resumes, warm-starts, loads and has predict, of one symbol or of all.
import { describe, expect, test } from '@jest/globals';
import { defaultFeatures, judgingSettings } from '@ml-training/sdk';
import { sampleBars, walk } from '../test/bars.ts';
import { recorder } from '../test/context.ts';
import { pooledRows, type LabelledRows } from './dataset.ts';
import { championOf, checkpointOf, direction } from './definition.ts';
import { checkForLeaks, evaluate, walkForward } from './evaluation/index.ts';
import { featureSetOf, sliceBars } from './features/index.ts';
import { fromNdArray, toNdArray } from './ndarray.ts';
import { defineStrategy } from './pipeline.ts';
import { recordOf } from './plain.ts';
import type { Artefact, Plain, Strategy, TrainRequest } from './strategy.ts';

const features = featureSetOf(defaultFeatures);
const ridge = (scope: Strategy['scope']) =>
  defineStrategy({
    type: 'ridge',
    scope,
    promotionMetric: 'log_likelihood',
    settings: {
      ...judgingSettings,
      validation_share: { kind: 'number', default: 0.2, min: 0.05, max: 0.4 },
      steps: { kind: 'integer', default: 8, min: 1, max: 1000 },
      band: { kind: 'number', default: 0.01, min: 0, max: 0.5 },
    } as const,
    features: () => features,
    label: direction,

    warmStart: ({ state }, _, { names }) => stateOf(state, names.length),

    async fit(data, { steps }, { start, context }) {
      const rows = pooledRows(data, 'train');
      const kept = checkpointOf(start);
      let weights = championOf(start)?.weights ?? new Float64Array(rows.cols);
      let done = 0;
      if (kept !== null) ({ weights, done } = stateOf(kept, rows.cols));
      while (done < steps) {
        weights = descend(weights, rows);
        context.epoch(++done, { norm: Math.hypot(...weights) });
        context.progress(done / steps, 'training');
        await context.checkpoint(() => plainOf(weights, done));
      }
      return { state: plainOf(weights, done), details: { steps: done } };
    },

    load(state, _, { names }) {
      const { weights } = stateOf(state, names.length);
      return {
        predict: ({ features: { data, cols }, range: { from, to } }) => ({
          score: Float64Array.from({ length: to - from }, (_, i) =>
            probabilityOf(weights, data, (from + i) * cols),
          ),
        }),
      };
    },
  });

const plainOf = (weights: Float64Array, done: number) => ({
  weights: toNdArray(weights, [weights.length]),
  done,
});

function stateOf(plain: Plain | undefined, cols: number): { weights: Float64Array; done: number } {
  const { weights, done } = recordOf(plain, 'ridge');
  return { weights: fromNdArray(weights, 'float64', 'ridge.weights', [cols]), done: Number(done) };
}

function probabilityOf(weights: Float64Array, data: Float64Array, at: number): number {
  return 1 / (1 + Math.exp(-weights.reduce((sum, w, c) => sum + w * data[at + c]!, 0)));
}

function descend(weights: Float64Array, { data, rows, cols, labels }: LabelledRows): Float64Array {
  const next = weights.map((w) => 0.99 * w);
  for (let r = 0; r < rows; r++) {
    const error = labels[r]! - probabilityOf(weights, data, r * cols);
    for (let c = 0; c < cols; c++) next[c]! += (0.5 / rows) * error * data[r * cols + c]!;
  }
  return next;
}

const goog = sampleBars('GOOG', 500);
const eur = sampleBars('EURUSD', 500);
const before = (bars: typeof goog) => sliceBars(bars, { from: 0, to: 330 });
const rolledOn = (bars: typeof goog) => sliceBars(bars, { from: 40, to: bars.close.length });
const scopes = [
  ['symbol', [goog]],
  ['all', [goog, eur]],
] as const;

describe.each(scopes)('a strategy of its own, of scope %s,', (scope, bars) => {
  const strategy = ridge(scope);
  const train = (request: Partial<TrainRequest> = {}, context = recorder().context) =>
    strategy.train({ bars, seed: 1, threads: 1, ...request }, context);

  test('is trained, judged and put into a file’s form', async () => {
    const run = recorder();
    const { artefact, report, predictions } = await train({ params: { steps: 5 } }, run.context);
    expect(artefact).toMatchObject({
      feature_names: features.names,
      features_hash: features.hash,
      window: 34,
      label: { kind: 'direction', horizon: 1 },
      params: { steps: 5, horizon: 1, cost_bps: 5 },
    });
    expect(Object.keys(artefact.model_state)).toEqual(['ridge', 'scaler']);
    expect(report.symbols.map(({ symbol }) => symbol)).toEqual(bars.map(({ symbol }) => symbol));
    expect(report.lineage).toEqual({
      continued: false,
      reason: 'there is no model in use to warm-start from',
    });
    report.symbols.forEach(({ metrics, holdout, baselines, intervals, dataFrom, dataTo }, s) => {
      expect(metrics).toEqual(evaluate(bars[s]!, predictions[s]!, holdout, { horizon: 1, costBps: 5 }));
      expect(baselines.majority_class!.log_loss).toBeGreaterThan(0);
      expect(intervals.accuracy!.low).toBeLessThan(metrics.accuracy!);
      expect(dataFrom).toBe(bars[s]!.time[0]);
      expect(dataTo).toBeLessThan(bars[s]!.time[holdout.from]!);
    });
    expect(run.epochs).toHaveLength(5);
    expect(run.progress.map(({ stage }) => stage).at(-1)).toBe('evaluation');
  });

  test('is judged at each symbol’s own costs, slippage included', async () => {
    const params = { cost_bps: { EURUSD: 0.5, '*': 40 }, slippage_bps: { EURUSD: 0.25 } };
    const at: Readonly<Record<string, number>> = { GOOG: 40, EURUSD: 0.75 };
    const { report, predictions } = await train({ params });
    report.symbols.forEach(({ symbol, metrics, baselines, holdout }, s) => {
      const options = { horizon: 1, costBps: at[symbol]! };
      expect(metrics).toEqual(evaluate(bars[s]!, predictions[s]!, holdout, options));
      const long = { score: predictions[s]!.score, position: predictions[s]!.position.map(() => 1) };
      expect(baselines.buy_and_hold!.return).toBe(evaluate(bars[s]!, long, holdout, options).return);
    });
    const walks = await walkForward(strategy, bars, {
      ...{ folds: 1, params, seed: 1, threads: 1 },
      ...{ signal: new AbortController().signal, progress: () => undefined },
    });
    for (const { symbol, folds } of walks) {
      const own = bars.find((one) => one.symbol === symbol)!;
      const [first, last] = [folds[0]!.from, folds[0]!.to].map((time) => own.time.indexOf(time));
      const { return: long } = folds[0]!.baselines.buy_and_hold!;
      const costs = (2 * at[symbol]!) / 10_000;
      const moved = own.close[last! + 1]! / own.close[first!]!;
      // Paid at the first and at the last bar, whose returns are next to nothing beside it.
      expect(long! + 1).toBeCloseTo(moved * (1 - costs), 4);
    }
  });

  test('predicts from its file what was judged, and refuses rows without their window', async () => {
    const { artefact, report, predictions } = await train();
    const predictor = await strategy.load(structuredClone(artefact));
    for (const [s, { holdout }] of report.symbols.entries()) {
      expect(await predictor.predict(bars[s]!, holdout)).toEqual(predictions[s]);
      const { from } = holdout;
      const alone = await predictor.predict(bars[s]!, { from, to: from + 1 });
      expect(alone.score[0]).toBe(predictions[s]!.score[0]);
    }
    await expect(predictor.predict(goog, { from: 32, to: 40 })).rejects.toThrow('needs the 34 bars');
    await expect(predictor.predict(goog, { from: 40, to: 501 })).rejects.toMatchObject({
      code: 'TOO_FEW_BARS',
    });
    await expect(strategy.load({ ...artefact, features_hash: 'x' })).rejects.toThrow('computed otherwise');
    predictor.dispose();
  });

  test('takes no position within its band', async () => {
    const { predictions } = await train({ params: { band: 0.5 } });
    expect(new Set(predictions.flatMap(({ position }) => [...position]))).toEqual(new Set([0]));
  });

  test('is resumed from its checkpoint to the very same model', async () => {
    const whole = await train();
    let kept: Plain = null;
    const { context } = recorder();
    const stopping = {
      ...context,
      checkpoint: (state: () => Plain) => {
        kept = structuredClone(state());
        return Number(recordOf(kept, 'kept').done) === 3
          ? Promise.reject(new Error('stop'))
          : Promise.resolve();
      },
    };
    await expect(train({}, stopping)).rejects.toThrow('stop');
    const rest = recorder();
    const resumed = await train({}, { ...rest.context, resume: kept });
    expect(rest.epochs.map(({ step }) => step)).toEqual([4, 5, 6, 7, 8]);
    expect(resumed).toEqual(whole);
    await expect(train({}, { ...context, resume: [] })).rejects.toMatchObject({ code: 'INVALID_MODEL' });
  });

  test('is warm-started from a champion, on its scaler, and knows what both have seen', async () => {
    const champion = (await train({ bars: bars.map(before) })).artefact;
    const later = bars.map(rolledOn);
    const { artefact, report } = await train({ bars: later, champion, params: { steps: 1 } });
    expect(report.lineage).toEqual({
      continued: true,
      reason: 'warm start from the state and scaler of the model in use',
    });
    expect(artefact.model_state.scaler).toEqual(champion.model_state.scaler);
    const scratch = await train({ bars: later, params: { steps: 1 } });
    expect(artefact.model_state).not.toEqual(scratch.artefact.model_state);
    // Which the new training's own rows are not as old as.
    for (const { symbol, start } of champion.fitted_spans.filter(({ part }) => part === 'train'))
      expect(artefact.fitted_spans.find((span) => span.symbol === symbol)!.start).toBe(start);
    expect(report.symbols[0]!.dataTo).toBe(scratch.report.symbols[0]!.dataTo);
  });

  test.each<[string, (champion: Artefact) => Artefact, string]>([
    [
      'saw the holdout',
      (c) => ({ ...c, fitted_spans: [{ ...c.fitted_spans[0]!, end: Infinity }] }),
      'judged on',
    ],
    ['has a damaged state', (c) => ({ ...c, model_state: { ...c.model_state, ridge: 5 } }), "can't be read"],
    ['has settings of another version', (c) => ({ ...c, params: { depth: 3 } }), "can't be read"],
    ['has another horizon', (c) => ({ ...c, label: { kind: 'direction', horizon: 2 } }), '2 bars on'],
  ])('begins from scratch where the champion %s', async (_, change, reason) => {
    const champion = change((await train({ bars: bars.map(before) })).artefact);
    const { artefact, report } = await train({ champion });
    expect(report.lineage.continued).toBe(false);
    expect(report.lineage.reason).toContain(reason);
    expect(artefact).toEqual((await train()).artefact);
  });

  test('stops with the reason it was given', async () => {
    const reason = new Error('enough');
    await expect(train({}, recorder(AbortSignal.abort(reason)).context)).rejects.toBe(reason);
  });

  test('is checked for leaks as any other', () => {
    // The check asks for nothing but what every strategy prepares.
    expect(checkForLeaks(strategy as unknown as Strategy, bars, {}, 1).train_rows).toBeGreaterThan(100);
  });
});

test('a strategy of one symbol refuses two; one of all leaves out what nothing can be learnt from', async () => {
  const request = { bars: [goog, walk({ rows: 60, seed: 1, symbol: 'YOUNG' })], seed: 1, threads: 1 };
  await expect(ridge('symbol').train(request, recorder().context)).rejects.toMatchObject({
    code: 'INVALID_PARAMS',
    message: 'ridge trains on one symbol at a time, but got bars of 2; make one job a symbol',
  });
  const { report } = await ridge('all').train(request, recorder().context);
  expect(report.symbols.map(({ symbol }) => symbol)).toEqual(['GOOG']);
  expect(report.details.left_out).toEqual({ YOUNG: expect.stringContaining('60 bars leave') });
});
