// What a user finds in models/ after two runs over the same bars.
import { execFileSync, spawnSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  attemptsOf,
  epochsOf,
  holdoutOf,
  importancesOf,
  logLinesOf,
  readBars,
  readModel,
  writePickle,
  type Pair,
  type RegisteredModel,
} from '@ml-training/core';
import { judgedModel, loadStored } from '@ml-training/strategies';
import { startLab } from './fleet.ts';

const lab = await startLab();
const python = spawnSync('python3', ['--version']).status === 0;

const onDisk = (file: string): string => path.join(lab.modelDir, file.replace(/^models\//, ''));

const everything: Pair[] = [
  { strategy_type: 'ensemble', symbol: '@ALL' },
  { strategy_type: 'lstm', symbol: 'GOOG' },
  { strategy_type: 'rl', symbol: 'SP500' },
];
let runs: RegisteredModel[][] = [];

beforeAll(async () => {
  // More than 60 rows to judge, so that there are Sharpe ratios.
  lab.start('trainer', {
    TRAINING_FULL_FIT_EVERY: '1',
    TRAINING_BATCH_SIZE: '400',
    // Whether 71 bars of a market can be told is luck; see floor.test.ts for the floor.
    MODEL_FLOOR: 'none',
  });
  for (let run = 0; run < 2; run += 1) {
    await lab.request(...everything);
    await lab.allEnded();
  }
  const models = await lab.sql<RegisteredModel[]>`
    SELECT m.* FROM ml_model_registry m JOIN ml_training_jobs j USING (job_id)
    ORDER BY j.created_at, m.strategy_type, m.symbol`;
  const perRun = models.length / 2;
  runs = [models.slice(0, perRun), models.slice(perRun)];
}, 150_000);
afterAll(async () => {
  await lab.stopServices();
  await lab.end();
});

test('the ensemble has a file a symbol, the others one each', () => {
  expect(runs[0]!.map((model) => `${model.strategy_type} ${model.symbol}`)).toEqual([
    'ensemble GOOG',
    'ensemble SP500',
    'lstm GOOG',
    'rl SP500',
  ]);
});

test('what the ensemble learnt lies on the disk once, under the name of each symbol', async () => {
  for (const models of runs) {
    const [goog, sp500] = models;
    expect(sp500!.sha256).toBe(goog!.sha256);
    const facts = await Promise.all([goog!, sp500!].map((model) => stat(onDisk(model.file_path))));
    expect(facts[1]!.ino).toBe(facts[0]!.ino);
    expect(facts[0]!.nlink).toBe(2);
    for (const model of [goog!, sp500!]) {
      const { symbol, metrics, lineage } = await readModel(lab.modelDir, model.file_path, model);
      expect(symbol).toBe(model.symbol);
      expect(lineage).toMatchObject({ model_id: model.model_id, job_id: model.job_id });
      expect(structuredClone(metrics)).toEqual(model.metrics);
    }
    expect(goog!.metrics).not.toEqual(sp500!.metrics);
  }
});

test('the same seed and bars give byte-identical model_state', async () => {
  for (const [i, first] of runs[0]!.entries()) {
    const second = runs[1]![i]!;
    expect(second.file_path).not.toBe(first.file_path);
    const [one, two] = await Promise.all(
      [first, second].map((model) => readModel(lab.modelDir, model.file_path, model)),
    );
    expect(writePickle(two!.model_state).equals(writePickle(one!.model_state))).toBe(true);
  }
});

test('each model was refitted on all bars once it was judged; file and row say what was judged', async () => {
  for (const model of runs.flat()) {
    const { data_to, judged_data_to, holdout_from, holdout_to, refit_rows } = model;
    const order = [judged_data_to, holdout_from, holdout_to, data_to].map((time) => time!.getTime());
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(new Set(order).size).toBe(4);
    const [newest] = await lab.sql<[{ time: Date }]>`
      SELECT max(time) AS time FROM market_data WHERE symbol = ${model.symbol}`;
    expect(data_to).toEqual(newest.time);
    expect(refit_rows).toBeGreaterThan(300);
    const file = await readModel(lab.modelDir, model.file_path, model);
    expect(file.lineage).toMatchObject({
      data_to: data_to.toISOString(),
      refit: {
        judged_data_to: judged_data_to!.toISOString(),
        holdout_from: holdout_from!.toISOString(),
        holdout_to: holdout_to!.toISOString(),
        rows: refit_rows,
      },
    });
    expect(writePickle(file.model_state).equals(writePickle(file.judged!.model_state))).toBe(false);
    // What is told of its scores is of what was judged.
    const { times, scores, rows } = (await holdoutOf(lab.sql, model.model_id))!;
    expect(times.length).toBeLessThanOrEqual(rows);
    const bars = await readBars(lab.sql, model.symbol, 400);
    const predictor = await loadStored(file.strategy_type, judgedModel(file));
    const from = bars.time.indexOf(new Date(times[0]!).getTime());
    const said = await predictor.predict(bars, { from, to: from + 1 });
    predictor.dispose();
    expect(said.score[0]).toBeCloseTo(scores[0]!, 12);
  }
  const [{ result }] = await lab.sql<[{ result: object }]>`SELECT result FROM ml_training_jobs LIMIT 1`;
  expect(result).toMatchObject({ refit: { refitted: true, rows: expect.any(Number) } });
});

test('the registry says how sure the scores are, how many were tried, and that no leak was found', async () => {
  for (const { metrics, strategy_type } of runs.flat()) {
    // The second run was of the same bars with the same settings and seed.
    expect(metrics).toMatchObject({
      trials: 1,
      excess_over: expect.any(String),
      excess_sharpe_by_luck: 0,
      intervals: { sharpe: { low: expect.any(Number), high: expect.any(Number) } },
    });
    const { deflated_excess_sharpe: deflated, no_sharpe } = metrics as {
      deflated_excess_sharpe: number | null;
      no_sharpe: string | null;
    };
    expect(deflated ?? 0.5).toBeGreaterThanOrEqual(0);
    expect(deflated ?? 0.5).toBeLessThanOrEqual(1);
    expect(deflated === null).toBe(no_sharpe !== null);
    // An agent is judged by what it earns alone.
    const { accuracy, intervals } = metrics as {
      accuracy?: number;
      intervals: { accuracy?: { low: number; high: number } };
    };
    expect([strategy_type, accuracy === undefined, intervals.accuracy === undefined]).toEqual([
      strategy_type,
      strategy_type === 'rl',
      strategy_type === 'rl',
    ]);
    if (accuracy === undefined || intervals.accuracy === undefined) continue;
    expect(accuracy).toBeGreaterThanOrEqual(intervals.accuracy.low);
    expect(accuracy).toBeLessThanOrEqual(intervals.accuracy.high);
  }
  const results = await lab.sql<{ result: { leaks: { train_rows: number }; warnings: string[] } }[]>`
    SELECT result FROM ml_training_jobs`;
  for (const { result } of results) {
    expect(result.leaks.train_rows).toBeGreaterThan(20);
    expect(result.warnings).toEqual([]);
  }
});

test('each job tells its attempt, its curves and what was logged of it', async () => {
  for (const { job_id, strategy_type, symbol } of await lab.jobs()) {
    expect(await attemptsOf(lab.sql, job_id)).toMatchObject([{ seq: 1, attempt: 1, outcome: 'completed' }]);
    expect((await epochsOf(lab.sql, job_id)).length).toBeGreaterThan(0);
    const judged = strategy_type === 'ensemble' ? ['GOOG', 'SP500'] : [symbol];
    const lines = await logLinesOf(lab.sql, job_id);
    expect(lines.map(({ message, facts }) => [message, facts['model_symbol']])).toEqual([
      ['training', undefined],
      ['trained', undefined],
      ['refitted on all bars', undefined],
      ...judged.map((of) => ['judged', of]),
      ['completed', undefined],
    ]);
  }
});

test('the registered return and drawdown can be read off each model’s stored curves, as buy and hold’s', async () => {
  for (const { model_id, metrics, symbol, strategy_type } of runs.flat()) {
    const record = await holdoutOf(lab.sql, model_id);
    const { rows, baselines, ...scores } = metrics as Record<string, number> & {
      baselines: { buy_and_hold: Record<string, number> };
    };
    const told = (curve: readonly number[]) => ({
      return: curve.at(-1)! - 1,
      max_drawdown: curve.reduce(
        ({ peak, most }, capital) => ({
          peak: Math.max(peak, capital),
          most: Math.max(most, 1 - capital / Math.max(peak, capital)),
        }),
        { peak: 1, most: 0 },
      ).most,
    });
    expect([strategy_type, symbol, told(record!.equity)]).toEqual([
      strategy_type,
      symbol,
      { return: scores['return'], max_drawdown: scores['max_drawdown'] },
    ]);
    const { return: held, max_drawdown } = baselines.buy_and_hold;
    expect(told(record!.buy_and_hold)).toEqual({ return: held, max_drawdown });
    // Each row is the bar of its time, and what stood there was decided at its close.
    const bars = await lab.sql<{ close: number }[]>`
      SELECT close FROM market_data
      WHERE symbol = ${symbol} AND time = ANY (${[...record!.times]}::text[]::timestamptz[]) ORDER BY time`;
    expect(record!.closes).toEqual(bars.map(({ close }) => close));
    expect(record!.times).toHaveLength(rows!);
    expect(record!.positions.filter((position) => position !== 0).length / rows!).toBe(scores['exposure']);
    // An agent's preference is no probability that could be compared to what came.
    const calibrated = record!.calibration.reduce((sum, { count }) => sum + count, 0);
    expect(calibrated).toBe(strategy_type === 'rl' ? 0 : rows);
    // Both are annualised alike.
    const long = record!.buy_and_hold.map((capital, i, all) => capital / (i === 0 ? 1 : all[i - 1]!) - 1);
    expect(sharpeOf(record!.returns) * baselines.buy_and_hold['sharpe']!).toBeCloseTo(
      sharpeOf(long) * scores['sharpe']!,
      9,
    );
  }
});

const sharpeOf = (returns: readonly number[]): number => {
  const mean = returns.reduce((sum, r) => sum + r, 0) / returns.length;
  const variance = returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (returns.length - 1);
  return variance > 0 ? mean / Math.sqrt(variance) : 0;
};

test('each model is told what shuffling a feature costs it, an ensemble also what its parts make of it', async () => {
  for (const { model_id, strategy_type } of runs.flat()) {
    const found = await importancesOf(lab.sql, model_id);
    const { metric, rows, features, groups } = found!.permutation!;
    expect(metric).toBe(strategy_type === 'rl' ? 'net_return' : 'log_likelihood');
    expect(rows).toBeGreaterThan(0);
    // As the file names them, in another order; the most first, as the database keeps it.
    expect(features.length).toBeGreaterThan(20);
    expect(features.map(({ loss }) => loss)).toEqual(features.map(({ loss }) => loss).sort((a, b) => b - a));
    const grouped = groups.flatMap((group) => group.features);
    expect(grouped.sort()).toEqual(features.map(({ name }) => name).sort());
    if (strategy_type !== 'ensemble') {
      expect(found!.importance).toBeUndefined();
      continue;
    }
    const importance = found!.importance!;
    const shares = Object.values(importance);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    for (const counted of [found!.splits, found!.coefficients])
      expect(Object.keys(counted!).sort()).toEqual(Object.keys(importance).sort());
  }
});

test('the first model goes live, and the reason is stored in words and figures', () => {
  for (const { decision, decision_facts } of runs[0]!) {
    expect(decision).toBe('Promoted: it is the first model here and works.');
    expect(decision_facts).toMatchObject({
      ground: 'first',
      champion_id: null,
      comparison: null,
      floor: null,
    });
  }
});

test('the same model once more is no promotion: nothing was learnt', () => {
  for (const [i, model] of runs[1]!.entries()) {
    expect(model).toMatchObject({
      is_active: false,
      decision:
        'Not promoted: nothing was learnt: its weights and answers are those of the present model, ' +
        'which stays.',
      decision_facts: { ground: 'nothing_learnt', nothing_learnt: true, champion_id: runs[0]![i]!.model_id },
    });
    expect(runs[0]![i]!.is_active).toBe(true);
  }
});

(python ? test : test.skip)(`bare Python reads every file${python ? '' : ' [there is no python3]'}`, () => {
  for (const model of runs.flat()) {
    const file = onDisk(model.file_path);
    const keys = execFileSync(
      'python3',
      [
        '-I',
        '-S',
        '-c',
        "import pickle, sys; print(list(pickle.load(open(sys.argv[1], 'rb'))['model_state'].keys()))",
        file,
      ],
      { encoding: 'utf8' },
    );
    expect(keys.trim()).toBe(`['${model.strategy_type}', 'scaler']`);
  }
});

test('TRAINING_PARAMS reach the training, for all and for the strategy, and the registry tells them', async () => {
  await lab.stopServices();
  lab.start('trainer', {
    TRAINING_PARAMS:
      '{"all": {"cost_bps": {"GOOG": 7, "*": 2}, "features": ["lag_2", "return_1", "corr_10"]},' +
      ' "lstm": {"cost_bps": 3, "weights": "float16"}}',
  });
  await lab.request(
    { strategy_type: 'lstm', symbol: 'SP500' },
    { strategy_type: 'ensemble', symbol: '@ALL' },
  );
  await lab.allEnded();
  const [lstm] = await lab.sql<[RegisteredModel]>`
    SELECT * FROM ml_model_registry WHERE strategy_type = 'lstm' ORDER BY created_at DESC LIMIT 1`;
  const { params, model_state, feature_names } = await readModel(lab.modelDir, lstm.file_path, lstm);
  expect(params).toMatchObject({ cost_bps: 3, weights: 'float16' });
  const features = ['return_1', 'lag_2', 'corr_10'];
  expect(feature_names).toEqual(features);
  expect(model_state).toMatchObject({
    lstm: { weights: expect.arrayContaining([expect.objectContaining({ dtype: 'float16' })]) },
  });
  const [ensemble] = await lab.sql<[{ params: object }]>`
    SELECT params FROM ml_model_registry WHERE strategy_type = 'ensemble' ORDER BY created_at DESC LIMIT 1`;
  expect(ensemble.params).toMatchObject({ cost_bps: { GOOG: 7, '*': 2 }, features });
  const costs = await lab.sql<{ symbol: string; cost_bps: number }[]>`
    SELECT symbol, cost_bps FROM ml_model_holdouts JOIN ml_model_registry USING (model_id)
    WHERE job_id = (SELECT job_id FROM ml_model_registry WHERE strategy_type = 'ensemble'
      ORDER BY created_at DESC LIMIT 1)`;
  for (const { symbol, cost_bps } of costs) expect(cost_bps).toBe(symbol === 'GOOG' ? 7 : 2);
  expect(costs.map(({ symbol }) => symbol)).toContain('GOOG');
}, 60_000);
