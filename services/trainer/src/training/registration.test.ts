import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readModel } from '@ml-training/core';
import type { Artefact, Bars, SymbolReport } from '@ml-training/strategies';
import { refuseNonFinite, writeModel } from './registration.ts';

let modelDir: string;
beforeAll(async () => {
  modelDir = await mkdtemp(path.join(tmpdir(), 'registration-'));
});
afterAll(() => rm(modelDir, { recursive: true }));

test.each([
  ['sharpe', { sharpe: NaN }, 'GOOG.sharpe is NaN'],
  ['a bound', { intervals: { auc: { low: -Infinity, high: 1 } } }, 'GOOG.intervals.auc.low is -Infinity'],
  [
    'a baseline',
    { baselines: { buy_and_hold: { return: Infinity } } },
    'GOOG.baselines.buy_and_hold.return is Inf',
  ],
])('a model with %s that is no number is refused by name', (_, metrics, message) => {
  expect(() => refuseNonFinite(metrics, 'GOOG')).toThrow(message);
});

test('numbers, and scores that are not defined, are let through', () => {
  expect(() =>
    refuseNonFinite({ sharpe: 0, deflated_excess_sharpe: null, baselines: { a: { b: -1e300 } } }, 'GOOG'),
  ).not.toThrow();
});

/** Daily bars; those of GOOG from day 10 on. */
const day = 86_400_000;
const column = Float64Array.from({ length: 10 }, (_, t) => (10 + t) * day);
const bars: Bars = {
  symbol: 'GOOG',
  time: column,
  open: column,
  high: column,
  low: column,
  close: column,
  volume: column,
};
const rows = { from: 0, to: 1 };
const report: SymbolReport = {
  symbol: 'GOOG',
  train: rows,
  validation: rows,
  holdout: rows,
  dataFrom: 10 * day,
  dataTo: 15 * day,
  metrics: {},
  intervals: {},
  baselines: {},
};
const decided = {
  ground: 'first',
  policy: 'not-worse',
  metric: 'log_likelihood',
  champion_id: null,
  floor: { rule: 'majority_class', rows: 3, difference: 0.1, low: -0.1, high: 0.2, passed: true },
  comparison: null,
  nothing_learnt: false,
  incomparable_runs: 0,
} as const;
const iso = (days: number): string => new Date(days * day).toISOString();

test('row and file tell of the bars that the report says it has seen, and of its parent', async () => {
  const artefact: Artefact = {
    model_state: { lstm: {}, scaler: {} },
    feature_names: ['a'],
    features_hash: 'a sum',
    window: 1,
    label: { kind: 'direction', horizon: 1 },
    params: { cost_bps: { GOOG: 4, '*': 7 }, slippage_bps: 1 },
    fitted_spans: [],
  };
  const holdout = {
    rows: 3,
    times: [15 * day, 16 * day, 17 * day],
    closes: [1, 2, 3],
    // Of a broken model.
    task: 'binary' as const,
    scores: [0.5, NaN, 0.25],
    positions: [0, 1, -1],
    returns: [0, 0.5, -0.5],
    equity: [1, 1.5, 0.75],
    buyAndHold: [2, 3, 4],
    calibration: [],
  };
  const parentId = crypto.randomUUID();
  const order = { jobId: crypto.randomUUID(), attempt: 1, strategy_type: 'lstm', symbol: 'GOOG' } as const;
  const evaluated = {
    artefact,
    report,
    refit: null,
    bars,
    metrics: {},
    holdout,
    decision: '',
    decisionFacts: decided,
    promote: true,
    championId: null,
  };
  const row = await writeModel(modelDir, order, {
    ...evaluated,
    parentId,
    generation: 3,
    codeSum: null,
    trainLabels: { counts: [10, 12] },
  });
  expect(row.holdout).toEqual({
    rows: 3,
    train_labels: { counts: [10, 12] },
    horizon: 1,
    cost_bps: 5,
    times: [iso(15), iso(16), iso(17)],
    closes: [1, 2, 3],
    task: 'binary',
    scores: [0.5, null, 0.25],
    positions: [0, 1, -1],
    returns: [0, 0.5, -0.5],
    equity: [1, 1.5, 0.75],
    buy_and_hold: [2, 3, 4],
    calibration: [],
  });
  expect(row).toMatchObject({ data_from: iso(10), data_to: iso(15), parent_model_id: parentId });
  expect(row.decision_facts).toEqual(decided);
  const { lineage } = await readModel(modelDir, row.file_path, row);
  expect(lineage).toMatchObject({
    data_from: iso(10),
    data_to: iso(15),
    parent_model_id: parentId,
    generation: 3,
  });
  expect(lineage.refit).toBeUndefined();
  expect(row).toMatchObject({ judged_data_to: null, refit_rows: null });

  // The same once it was refitted: what was judged stays known, in the row and in the file.
  const judged = { model_state: { lstm: {}, scaler: {} }, fitted_spans: [] };
  const refitted = await writeModel(modelDir, order, {
    ...evaluated,
    artefact: { ...artefact, judged },
    refit: { dataFrom: 9 * day, dataTo: 18 * day, rows: 7 },
    parentId,
    generation: 3,
    codeSum: null,
    trainLabels: { counts: [10, 12] },
  });
  const { from, to } = report.holdout;
  const known = { judged_data_to: iso(15) };
  const rows = { holdout_from: barTime(from), holdout_to: barTime(to - 1) };
  expect(refitted).toMatchObject({ data_from: iso(9), data_to: iso(18), ...known, ...rows, refit_rows: 7 });
  const file = await readModel(modelDir, refitted.file_path, refitted);
  expect(file.judged).toEqual(judged);
  expect(file.lineage).toMatchObject({ data_to: iso(18), refit: { ...known, ...rows, rows: 7 } });
});

const barTime = (row: number): string => new Date(bars.time[row]!).toISOString();
