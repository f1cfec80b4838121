// A model read from its file is the model that was trained: the same answers to the bit, the same scores.
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readModel } from '@ml-training/core';
import {
  costBpsOf,
  evaluate,
  loadStrategy,
  builtInTypes,
  type Bars,
  type Predictor,
  type Prediction,
} from '@ml-training/strategies';
import { loadModelFile, loadPredictor, type Bar, type LoadedModel } from '../src/index.ts';
import { store, trainBriefly, waves, type Trained } from './models.ts';

const began = Date.now();

const bars = waves(300);
const modelDir = await mkdtemp(path.join(tmpdir(), 'inference-'));
afterAll(() => rm(modelDir, { recursive: true }));

describe.each(builtInTypes)('%s', (type) => {
  let trained: Trained;
  let file: string;
  let fromFile: Predictor;
  let scores: Prediction;
  let model: LoadedModel;

  beforeAll(async () => {
    trained = await trainBriefly(type, bars);
    const { filePath, sha256 } = await store(modelDir, type, trained);
    const content = await readModel(modelDir, filePath, { sha256 });
    fromFile = await loadPredictor(content);
    scores = await fromFile.predict(bars, trained.report.holdout);
    // Anywhere, under any name, as a bot's author may have copied it.
    file = path.join(modelDir, `${type}.pkl`);
    await copyFile(path.join(modelDir, filePath.replace(/^models\//, '')), file);
    model = await loadModelFile(file);
  });
  afterAll(async () => {
    fromFile.dispose();
    await model.retire();
  });

  test("gives the trained model's holdout scores to the bit", async () => {
    const strategy = await loadStrategy(type);
    const asTrained = await strategy.load(trained.artefact);
    const expected = await asTrained.predict(bars, trained.report.holdout);
    asTrained.dispose();
    expect(scores).toEqual(expected);
    expect(new Set(scores.score).size).toBeGreaterThan(1);
  });

  test('gives the metrics that were reported', async () => {
    const { artefact, report } = trained;
    const costBps = costBpsOf(artefact.params, bars.symbol);
    const label = (await loadStrategy(type)).label(artefact.params);
    const options = { horizon: artefact.label.horizon, costBps, label };
    const recomputed = evaluate(bars, scores, report.holdout, options);
    expect(report.metrics).toMatchObject(recomputed);
    expect(recomputed['rows']).toBe(report.holdout.to - report.holdout.from);
  });

  test('answers a bot, who has the last bars only, as it was judged', async () => {
    const { from } = trained.report.holdout;
    // An agent's later answers depend on what it holds since when; at its first row it is flat.
    const rows = type === 'rl' ? [0] : [0, 1, 2, 17];
    for (const row of rows) {
      const position = (row === 0 ? 0 : scores.position[row - 1]) as -1 | 0 | 1;
      const last = list(bars, from + row - model.info.window + 1, from + row + 1);
      const answer = await model.predict(last, { position });
      expect(answer.score).toBeCloseTo(scores.score[row]!, 6);
      expect(answer.probability).toBe(type === 'rl' ? null : answer.score);
      expect(answer.position).toBe(scores.position[row]);
      expect(answer.time).toEqual(new Date(bars.time[from + row]!));
    }
  });

  test('gives the same answer for objects, columns and arrays, whatever lies before its window', async () => {
    const objects = list(bars, 0, bars.close.length);
    // Ages are of the moment it is asked at.
    const say = async (given: Parameters<typeof model.predict>[0]) => {
      const { barAgeSeconds, modelAgeSeconds, ...said } = await model.predict(given);
      expect([barAgeSeconds, modelAgeSeconds]).toEqual([expect.any(Number), expect.any(Number)]);
      return said;
    };
    const answer = await say(objects);
    const { time, open, high, low, close, volume } = bars;
    const columns = { time: [...time], open: [...open], high, low, close, volume };
    expect(await say(columns)).toEqual(answer);
    expect(await say(objects.slice(-model.info.window))).toEqual(answer);
    const iso = objects.map((bar) => ({ ...bar, time: new Date(bar.time as number).toISOString() }));
    expect(await say(iso)).toEqual(answer);
    const damagedBefore = objects.map((bar, i) =>
      i < 300 - model.info.window ? { ...bar, close: -1 } : bar,
    );
    expect(await say(damagedBefore)).toEqual(answer);
  });

  test('says how many bars it needs', async () => {
    const { window } = model.info;
    await expect(model.predict(list(bars, 0, window - 1))).rejects.toMatchObject({
      code: 'TOO_FEW_BARS',
      message: expect.stringContaining(`looks at the last ${window} bars, but was given ${window - 1}`),
    });
  });

  test('says who it is', () => {
    expect(model.info).toMatchObject({ strategy: type, symbol: 'WAVES', filePath: file, horizon: 1 });
    // In whole seconds.
    expect(model.info.createdAt.getTime()).toBeGreaterThan(began - 1000);
    expect(model.info.createdAt.getTime()).toBeLessThan(Date.now() + 60_000);
  });
});

const list = ({ time, open, high, low, close, volume }: Bars, from: number, to: number): Bar[] =>
  Array.from({ length: to - from }, (_, i) => ({
    time: time[from + i]!,
    open: open[from + i]!,
    high: high[from + i]!,
    low: low[from + i]!,
    close: close[from + i]!,
    volume: volume[from + i]!,
  }));
