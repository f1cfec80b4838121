// What a bot is told by models that say something else than up or down.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { loadModelFile, type LoadedModel } from '../src/index.ts';
import { store, trainOwn, waves } from './models.ts';

const root = await mkdtemp(path.join(tmpdir(), 'answers-'));
const strategiesDir = path.join(root, 'strategies');
afterAll(() => rm(root, { recursive: true }));

const bars = waves(400);
/** A model of a strategy with this label, from its file. */
async function opened(name: string, label: string, learner = 'lightgbm'): Promise<LoadedModel> {
  await mkdir(path.join(strategiesDir, name), { recursive: true });
  await writeFile(
    path.join(strategiesDir, name, 'strategy.ts'),
    `export default { learner: '${learner}', scope: 'symbol', window: 21, label: ${label},
      features: ({ bars, ta }) => ({ fast: ta.logReturn(bars.close, 1), slow: ta.logReturn(bars.close, 20) }) };`,
  );
  const { filePath } = await store(root, name, await trainOwn(strategiesDir, name, bars));
  return loadModelFile(path.join(root, filePath.replace(/^models\//, '')), strategiesDir);
}

test('of several classes: the probability of each by its name, and no probability of a rise', async () => {
  const model = await opened(
    'barriers',
    "{ kind: 'triple_barrier', horizon: 6, upper: 1, lower: 1, window: 20 }",
  );
  const { probability, probabilities, score, says, position } = await model.predict(bars);
  expect(probability).toBeNull();
  expect(Object.keys(probabilities!)).toEqual(['lower', 'timeout', 'upper']);
  const { lower = 0, timeout = 0, upper = 0 } = probabilities!;
  expect(lower + timeout + upper).toBeCloseTo(1, 9);
  expect(score).toBeCloseTo(upper - lower, 9);
  const likeliest = Math.max(lower, timeout, upper);
  expect([lower, timeout, upper].indexOf(likeliest) - 1).toBe(position);
  expect(says).toMatch(
    /^probabilities lower 0\.\d{4}, timeout 0\.\d{4}, upper 0\.\d{4} within the next 6 bars$/,
  );
  expect(model.info.score).toMatch(/^position to be expected, -1 to 1/);
  await model.retire();
});

test.each([
  ["{ kind: 'regression', horizon: 3 }", 'expected log return over the next 3 bars'],
  ["{ kind: 'regression', of: 'return', horizon: 1 }", 'expected return over the next bar'],
  [
    "{ kind: 'regression', horizon: 2, of: ({ bars }) => bars.close.map((c, t) => bars.high[t + 2] - c) }",
    'expected value of its label over the next 2 bars',
  ],
])('of a regression %s: the expected label, with its unit', async (label, meaning) => {
  const model = await opened('expected', label);
  const answer = await model.predict(bars);
  expect(answer).toMatchObject({ probability: null, probabilities: null, score: expect.any(Number) });
  expect(answer.says).toMatch(/^expected -?[\d.e-]+, /);
  expect(model.info.score).toBe(meaning);
  await model.retire();
});

test('of two classes of its own: each by its name, as of more', async () => {
  const model = await opened(
    'calm',
    `{ kind: 'classes', horizon: 4, classes: { calm: 0, wild: 1 },
      of: ({ bars: { close } }) => Array.from(close, (c, t) => (Math.abs(close[t + 4] / c - 1) > 0.03 ? 'wild' : 'calm')) }`,
    'logistic',
  );
  const { probability, probabilities, says } = await model.predict(bars);
  expect(probability).toBeNull();
  expect(probabilities!['calm']! + probabilities!['wild']!).toBeCloseTo(1, 9);
  expect(says).toMatch(/^probabilities calm 0\.\d{4}, wild 0\.\d{4} within the next 4 bars$/);
  await model.retire();
});
