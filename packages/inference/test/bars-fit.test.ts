// A model knows how the bars of its training follow each other, and is asked with no others.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { rhythmOf, type BarRhythm } from '@ml-training/core';
import { loadModelFile } from '../src/index.ts';
import { store, trainBriefly, waves } from './models.ts';

const root = await mkdtemp(path.join(tmpdir(), 'bars-fit-'));
afterAll(() => rm(root, { recursive: true }));

const bars = waves(400);
const trained = await trainBriefly('ensemble', bars);
const opened = async (rhythm?: BarRhythm) => {
  const { filePath } = await store(root, 'ensemble', trained, rhythm);
  return loadModelFile(path.join(root, filePath.replace(/^models\//, '')));
};
const hour = 3_600_000;
/** The same bars at other times, the newest at `newest`. */
const endingAt = (newest: number, step = hour) => ({
  ...bars,
  time: bars.time.map((_, t) => newest - (bars.time.length - 1 - t) * step),
});
const now = Date.now();

test('it answers of a closed bar, and refuses one that runs and bars of another interval, with why', async () => {
  const model = await opened(rhythmOf(bars.time)!);
  const running = endingAt(now - hour / 2);
  expect((await model.predict(endingAt(now - hour))).time.getTime()).toBe(now - hour);
  for (const ask of [() => model.predict(running), () => model.explain(running)])
    await expect(ask()).rejects.toMatchObject({ code: 'BARS_UNCLOSED', retryable: true });
  await expect(model.predict(endingAt(now - hour, hour / 4))).rejects.toMatchObject({
    code: 'BARS_OTHER_INTERVAL',
    message: expect.stringContaining('every 15 minutes, and this model was trained on bars of 1 hour'),
  });
  await model.retire();
});

test('a model that is older knows no interval, and refuses bars after now alone', async () => {
  const model = await opened();
  expect((await model.predict(endingAt(now - hour / 2, hour / 4))).position).toEqual(expect.any(Number));
  await expect(model.predict(endingAt(now + 8 * hour))).rejects.toMatchObject({ code: 'BARS_UNCLOSED' });
  await model.retire();
});

test('a file whose interval is none is refused', async () => {
  const damaged = { ...rhythmOf(bars.time)!, interval_ms: 0 };
  await expect(opened(damaged)).rejects.toMatchObject({
    code: 'MODEL_FILE_INVALID',
    message: expect.stringContaining('lineage.bars that is not a dict of interval_ms, lasts_ms'),
  });
});
