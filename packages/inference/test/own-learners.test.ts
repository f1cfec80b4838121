// Models of a user's strategies, of each learner on labels of several classes and of numbers, read from their
// files: the same answers to the bit.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { readModel } from '@ml-training/core';
import { loadStrategy } from '@ml-training/strategies';
import { loadPredictor } from '../src/index.ts';
import { store, waves } from './models.ts';

const bars = waves(300);
const root = await mkdtemp(path.join(tmpdir(), 'inference-'));
afterAll(() => rm(root, { recursive: true }));
const [modelDir, strategiesDir] = [path.join(root, 'models'), path.join(root, 'strategies')];

const regression = "{ kind: 'regression', horizon: 2 }";
const barriers = "{ kind: 'triple_barrier', horizon: 4, upper: 1, lower: 1, window: 10 }";

test.each([
  ['ensemble', regression, 'num_boost_round: 10, forest_trees: 4'],
  ['ensemble', barriers, "num_boost_round: 10, forest_trees: 4, class_weight: 'balanced'"],
  ['lightgbm', regression, 'num_boost_round: 10'],
  ['lightgbm', barriers, "num_boost_round: 10, class_weight: 'balanced'"],
  ['logistic', barriers, "class_weight: 'balanced'"],
  ['lstm', regression, 'epochs: 2, units: 4, window: 6'],
  ['lstm', barriers, "epochs: 2, units: 4, window: 6, weights: 'float16'"],
])('%s on %s', async (learner, label, settings) => {
  const name = `${learner}_${label.length}`;
  await mkdir(path.join(strategiesDir, name), { recursive: true });
  await writeFile(
    path.join(strategiesDir, name, 'strategy.ts'),
    `export default { learner: '${learner}', scope: 'symbol', window: 20, label: ${label},
      settings: { ${settings} },
      features: ({ bars, ta }) => ({ return_1: ta.logReturn(bars.close), rsi: ta.rsi(bars.close, 14) }) };`,
  );
  const strategy = await loadStrategy(name, { strategiesDir });
  const { artefact, report, predictions } = await strategy.train(
    { bars: [bars], seed: 1, threads: 1 },
    {
      signal: new AbortController().signal,
      progress: () => undefined,
      epoch: () => undefined,
      resume: null,
      checkpoint: () => Promise.resolve(),
    },
  );
  const [symbol] = report.symbols;
  const { filePath, sha256 } = await store(modelDir, name, { artefact, report: symbol! });
  const fromFile = await loadPredictor(await readModel(modelDir, filePath, { sha256 }), strategiesDir);
  expect(await fromFile.predict(bars, symbol!.holdout)).toEqual(predictions[0]);
  expect(new Set(predictions[0]!.score).size).toBeGreaterThan(3);
  fromFile.dispose();
});
