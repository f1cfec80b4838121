// What docs/model-files.md tells a Python user to do with an LSTM's file gives what the service gives.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { saveModel } from '@ml-training/core';
import { loadStrategy, type Bars, type Plain } from '@ml-training/strategies';

const python = process.env['PYTHON'] ?? 'python3';
const found = spawnSync(python, ['-c', 'import numpy, keras']).status === 0;
const skipped = `${python} can't import numpy and keras; set PYTHON to one that can`;
if (!found) console.warn(`skipped: ${skipped}`);

/** The Python blocks of the page whose text has `marker`. */
function printed(marker: string): string {
  const page = readFileSync(new URL('../../../docs/model-files.md', import.meta.url), 'utf8');
  const blocks = [...page.matchAll(/```python\n(.*?)```/gs)].map(([, block]) => block!);
  return blocks.find((block) => block.includes(marker))!;
}

/** Hourly bars that wander. */
function walk(count: number): Bars {
  const close = new Float64Array(count);
  for (let t = 0; t < count; t++) close[t] = (close[t - 1] ?? 100) * (1 + 0.01 * Math.sin(12.9898 * t * t));
  return {
    symbol: 'WALK',
    time: close.map((_, t) => t * 3_600_000),
    open: close,
    high: close.map((price) => 1.001 * price),
    low: close.map((price) => 0.999 * price),
    close,
    volume: close.map(() => Number.NaN),
  };
}

(found ? test.each : test.skip.each)(['float32', 'float16'])(
  `Keras reads a file of %s weights as the documentation says${found ? '' : ` [${skipped}]`}`,
  async (weights) => {
    const bars = walk(300);
    const lstm = await loadStrategy('lstm');
    const params: Record<string, Plain> = { window: 12, units: 9, layers: 2, epochs: 3, weights };
    const { artefact } = await lstm.train(
      { bars: [bars], params, seed: 1, threads: 1 },
      {
        signal: new AbortController().signal,
        progress: () => undefined,
        epoch: () => undefined,
        resume: null,
        checkpoint: () => Promise.resolve(),
      },
    );
    const folder = mkdtempSync(path.join(tmpdir(), 'keras-'));
    try {
      const { filePath } = await saveModel(folder, {
        strategy_type: 'lstm',
        symbol: 'WALK',
        ...artefact,
        metrics: {},
        lineage: {
          job_id: 'job',
          model_id: 'model',
          parent_model_id: null,
          generation: 0,
          data_from: '2020-01-01T00:00:00Z',
          data_to: '2020-01-02T00:00:00Z',
          data_sha256: 'sum',
        },
      });
      // The newest train rows: their features are what the service itself fitted on.
      const [symbol] = lstm.prepare([bars], params).symbols;
      const { rows, features } = symbol!.train;
      const last = rows.at(-1)!;
      writeFileSync(path.join(folder, 'features.bin'), features);
      const script = [
        printed('pickle.load')
          .replace(/'models\/.*?\.pkl'/, JSON.stringify(path.join(folder, filePath.replace(/^models\//, ''))))
          .replace(/^print.*$/m, ''),
        printed('def array'),
        `features = numpy.fromfile(${JSON.stringify(path.join(folder, 'features.bin'))})`,
        `features = features.reshape(-1, len(model['feature_names']))`,
        printed('import keras'),
        'print(probability)',
      ].join('\n');
      const out = execFileSync(python, ['-c', script], {
        encoding: 'utf8',
        stdio: 'pipe',
        env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
      });
      const predictor = await lstm.load(artefact);
      const { score: probability } = await predictor.predict(bars, { from: last, to: last + 1 });
      predictor.dispose();
      expect(Number(out.trim().split('\n').at(-1))).toBeCloseTo(probability[0]!, 5);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  120_000,
);
