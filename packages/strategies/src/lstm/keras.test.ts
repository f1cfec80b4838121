import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { findPython } from '../../test/python.ts';
import { createRandom } from '../random.ts';
import { initialWeights, weightArrays, weightSpecs } from './architecture.ts';
import { rowsOf, scaledFeatures } from './dataset.ts';
import { predictRows } from './scorer.ts';

// Each row's window by itself, as short as it is: Keras needs neither padding nor masks for it.
const script = `
import json, os, sys
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
import keras, numpy
folder = sys.argv[1]
about = json.load(open(folder + '/about.json'))
arrays = [numpy.fromfile(f'{folder}/{i}.bin', 'float32').reshape(s) for i, s in enumerate(about['shapes'])]
table = numpy.fromfile(folder + '/table.bin', 'float32').reshape(-1, about['inputs'])
model = keras.Sequential([keras.Input((None, about['inputs']))])
for i, units in enumerate(about['units']):
    model.add(keras.layers.LSTM(units, return_sequences=i + 1 < len(about['units'])))
model.add(keras.layers.Dense(1))
skip = arrays.pop()
model.set_weights(arrays)
windows = [table[max(0, t + 1 - about['window']):t + 1] for t in range(len(table))]
rows = [1 / (1 + numpy.exp(-(model(w[None]).numpy() + w[-1:] @ skip))) for w in windows]
numpy.concatenate(rows).astype('float32').tofile(folder + '/out.bin')
`;

const python = findPython(['keras', 'numpy']);

(python === null ? test.skip : test)(
  `Keras gives the same probabilities with the same weights, to short windows too${
    python === null ? ' [no Python with keras and numpy, at $PYTHON or as python3]' : ''
  }`,
  () => {
    const architecture = { inputs: 6, window: 10, units: [12, 7], skip: true };
    const random = createRandom(4);
    const weights = initialWeights(architecture, random, 0.4);
    weights.forEach((w, k) => (weights[k] = w + 0.6 * random.normal()));
    const rows = 25;
    const data = Float64Array.from({ length: rows * architecture.inputs }, () => random.normal());
    const table = scaledFeatures(data, architecture.inputs, 0);
    const ours = predictRows(architecture, weights, table, rowsOf({ from: 0, to: rows }));

    const folder = mkdtempSync(join(tmpdir(), 'lstm-'));
    try {
      const shapes = weightSpecs(architecture).map(({ shape }) => shape);
      writeFileSync(join(folder, 'about.json'), JSON.stringify({ ...architecture, shapes }));
      weightArrays(architecture, weights).forEach((array, i) =>
        writeFileSync(join(folder, `${i}.bin`), array),
      );
      writeFileSync(join(folder, 'table.bin'), table.data);
      execFileSync(python!, ['-c', script, folder], { stdio: 'pipe' });
      const theirs = new Float32Array(new Uint8Array(readFileSync(join(folder, 'out.bin'))).buffer);
      expect(theirs).toHaveLength(rows);
      const largest = ours.reduce((max, p, i) => Math.max(max, Math.abs(p - theirs[i]!)), 0);
      expect(largest).toBeLessThan(1e-5);
      expect(Math.max(...ours) - Math.min(...ours)).toBeGreaterThan(0.1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  120_000,
);
