// A strategy that looks at another symbol and a further column, through the command: import, evaluate,
// predict.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadStrategy, type Bars } from '@ml-training/strategies';
import { readBars, saveModel, withClosedInputs } from '@ml-training/core';
import { startLab } from './ml.ts';

const lab = await startLab();
const folder = await mkdtemp(path.join(tmpdir(), 'inputs-'));
const settings = { STRATEGIES_DIR: path.join(folder, 'strategies'), MODEL_DIR: path.join(folder, 'models') };
afterAll(async () => {
  await lab.end();
  await rm(folder, { recursive: true });
});
const ml = (...args: string[]) => lab.ml(args, settings);
const file = (name: string) => path.join(folder, name);

/** Hourly bars whose price follows the funding rate of the bar before. */
const rows = (symbol: string, count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => {
    const close = 100 + 5 * Math.sin(i / 4) + Math.sin(i * i);
    const time = new Date(Date.UTC(2024, 0, 1) + (from + i) * 3_600_000).toISOString();
    return `${time},${symbol},${close},${close + 1},${close - 1},${close},,${i % 8 === 0 ? i / 1000 : ''}`;
  });

beforeAll(async () => {
  await mkdir(path.join(settings.STRATEGIES_DIR, 'funded'), { recursive: true });
  await writeFile(
    path.join(settings.STRATEGIES_DIR, 'funded/strategy.ts'),
    `export default {
      learner: 'ensemble', scope: 'symbol', window: 30, settings: { num_boost_round: 5, forest_trees: 2 },
      inputs: [{ symbol: 'BTC/USDT' }], columns: ['funding_rate'],
      features: ({ bars, inputs: [btc], ta }) => ({
        btc: ta.logReturn(btc.close, 3), own: ta.logReturn(bars.close, 3),
        funding: ta.fillForward(bars.columns.funding_rate, 8),
        other: ta.fillForward(btc.columns.funding_rate, 9),
      }),
    };`,
  );
  const header = 'time,symbol,open,high,low,close,volume,funding_rate';
  await writeFile(
    file('bars.csv'),
    [header, ...rows('ETH/USDT', 420), ...rows('BTC/USDT', 440, -10), ''].join('\n'),
  );
});

test('import takes the column and says so', async () => {
  expect(await ml('import', file('bars.csv'))).toMatchObject({
    code: 0,
    out:
      `${file('bars.csv')}: 860 rows of BTC/USDT, ETH/USDT with funding_rate: ` +
      '860 new, 0 revised, 0 unchanged\n',
  });
});

test('evaluate walks forward over it', async () => {
  // On a busy machine it says how far it is.
  const { code, out } = await ml('evaluate', 'funded', 'ETH/USDT', '--folds', '2', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ symbols: [{ symbol: 'ETH/USDT', folds: [{}, {}] }] });
});

test('predict reads what the model looks at', async () => {
  const strategy = await loadStrategy('funded', { strategiesDir: settings.STRATEGIES_DIR });
  const own = await readBars(lab.sql, 'ETH/USDT', 400, strategy.needs!.columns);
  const [bars] = (await withClosedInputs(lab.sql, [own], { NEGATIVE_PRICES: [] }, strategy.needs)) as [Bars];
  const { artefact, report } = await strategy.train(
    { bars: [bars], seed: 1, threads: 1 },
    {
      signal: new AbortController().signal,
      progress: () => undefined,
      epoch: () => undefined,
      resume: null,
      checkpoint: () => Promise.resolve(),
    },
  );
  const predictor = await strategy.load(artefact);
  const { score: probability } = await predictor.predict(bars, { from: 399, to: 400 });
  predictor.dispose();
  const at = new Date().toISOString();
  const model = await saveModel(settings.MODEL_DIR, {
    strategy_type: 'funded',
    symbol: 'ETH/USDT',
    ...artefact,
    metrics: report.symbols[0]!.metrics,
    lineage: {
      ...{ job_id: crypto.randomUUID(), model_id: crypto.randomUUID(), parent_model_id: null, generation: 0 },
      ...{ data_from: at, data_to: at, data_sha256: 'a sum' },
    },
  });
  await lab.sql`
    INSERT INTO ml_model_registry (strategy_type, symbol, is_active, file_path, sha256, size_bytes, metrics,
      decision, data_from, data_to, data_sha256, params)
    VALUES ('funded', 'ETH/USDT', true, ${model.filePath}, ${model.sha256}, ${model.sizeBytes}, '{}',
      'the first', now(), now(), 'a sum', '{}')`;
  const { code, out, err } = await ml('predict', 'funded', 'ETH/USDT', '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toMatchObject({ probability: probability[0] });
});
