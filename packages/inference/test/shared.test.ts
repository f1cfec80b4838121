// The models of several symbols in one file: answers of each, of what was learnt and loaded once.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readModel, saveSharedModel, type RegisteredModel } from '@ml-training/core';
import { loadModelFile, loadPredictor, loadRegistered } from '../src/index.ts';
import { sharedPredictor } from '../src/artefact.ts';
import { trainBriefly, waves, type Trained } from './models.ts';

const modelDir = await mkdtemp(path.join(tmpdir(), 'shared-'));
afterAll(() => rm(modelDir, { recursive: true }));
const symbols = ['AAPL', 'BTC/USD', 'GOOG'];
const bars = waves(300);

let trained: Trained;
let rows: Map<string, RegisteredModel>;
beforeAll(async () => {
  trained = await trainBriefly('ensemble', bars);
  rows = await save(trained);
}, 60_000);

/** Writes a model's file as a training over all symbols does. */
async function save({ artefact, report }: Trained): Promise<Map<string, RegisteredModel>> {
  const span = {
    data_from: new Date(report.dataFrom).toISOString(),
    data_to: new Date(report.dataTo).toISOString(),
  };
  const of = { job_id: crypto.randomUUID(), generation: 0, ...span };
  const lineage = (symbol: string) => ({
    ...of,
    model_id: `of ${symbol}`,
    parent_model_id: null,
    data_sha256: 'd',
  });
  const { files } = await saveSharedModel(modelDir, {
    strategyType: 'ensemble',
    artefact,
    metrics: {},
    lineage: of,
    symbols: new Map(
      symbols.map((symbol) => [symbol, { metrics: report.metrics, lineage: lineage(symbol) }]),
    ),
  });
  return new Map(
    [...files].map(([symbol, { filePath, sha256, sizeBytes }]) => [
      symbol,
      // What loading looks at.
      {
        model_id: `of ${symbol}`,
        file_path: filePath,
        sha256,
        size_bytes: String(sizeBytes),
      } as RegisteredModel,
    ]),
  );
}

test('each symbol has its own model, which answers as what was trained', async () => {
  const { artefact } = trained;
  const alone = await loadPredictor({
    ...(await readModel(modelDir, rows.get('AAPL')!.file_path)),
    ...artefact,
  });
  const at = { from: bars.close.length - 1, to: bars.close.length };
  const { score } = await alone.predict(bars, at);
  for (const symbol of symbols) {
    const model = await loadRegistered(modelDir, rows.get(symbol)!);
    expect(model.info).toMatchObject({ symbol, modelId: `of ${symbol}`, strategy: 'ensemble' });
    const { close, time, open, high, low, volume } = bars;
    const given = [...close].map((_, i) => ({
      time: time[i]!,
      open: open[i]!,
      high: high[i]!,
      low: low[i]!,
      close: close[i]!,
      volume: volume[i]!,
    }));
    expect((await model.predict(given)).score).toBe(score[0]);
    await model.retire();
  }
  alone.dispose();
});

/** What is one and the same of predictors that were loaded once. */
const loadedOf = (predictor: object): unknown => Reflect.get(predictor, 'predict');

test('what was learnt is loaded once, goes on for who still asks, and is freed with the last', async () => {
  const contents = await Promise.all(symbols.map((one) => readModel(modelDir, rows.get(one)!.file_path)));
  const [a, b, c] = await Promise.all(contents.map((content) => sharedPredictor(content)));
  expect([b, c].map((one) => loadedOf(one!))).toEqual([loadedOf(a!), loadedOf(a!)]);
  const at = { from: bars.close.length - 1, to: bars.close.length };
  a!.dispose();
  b!.dispose();
  await expect(c!.predict(bars, at)).resolves.toMatchObject({ score: expect.anything() });
  c!.dispose();
  const again = await sharedPredictor(contents[0]!);
  expect(loadedOf(again)).not.toBe(loadedOf(a!));
  again.dispose();
});

test('one that can not be loaded is refused for each, and the next try is a new one', async () => {
  const content = await readModel(modelDir, rows.get('GOOG')!.file_path);
  const broken = { ...content, features_hash: 'another' };
  for (let i = 0; i < 2; i++)
    await expect(sharedPredictor(broken)).rejects.toThrow(/were computed otherwise/);
  (await sharedPredictor(content)).dispose();
});

test('a copy that lies elsewhere answers for the symbol that is asked for', async () => {
  const copy = path.join(modelDir, 'copy.pkl');
  await cp(path.join(modelDir, rows.get('GOOG')!.file_path.replace(/^models\//, '')), copy);
  await expect(loadModelFile(copy)).rejects.toThrow('AAPL, BTC/USD, GOOG: say for which of them');
  const model = await loadModelFile(copy, undefined, { symbol: 'BTC/USD' });
  expect(model.info).toMatchObject({ symbol: 'BTC/USD', modelId: 'of BTC/USD' });
  await model.retire();
});
