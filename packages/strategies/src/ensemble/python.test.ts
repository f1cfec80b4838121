import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { sampleBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { findPython } from '../../test/python.ts';
import { applyScaler, scalerFromPlain } from '../evaluation/index.ts';
import { computeFeatures } from '../features/index.ts';
import { ensemble } from './index.ts';
import { openMember } from './members.ts';
import type { StoredMember } from './members.ts';

const script = `
import sys, zlib, lightgbm, numpy
folder, cols = sys.argv[1], int(sys.argv[2])
text = zlib.decompress(open(folder + '/model.z', 'rb').read()).decode()
booster = lightgbm.Booster(model_str=text)
assert booster.feature_name()[0] == 'return_1', booster.feature_name()
booster.predict(numpy.fromfile(folder + '/rows.bin').reshape(-1, cols)).tofile(folder + '/out.bin')
`;

const python = findPython(['lightgbm', 'numpy']);

(python === null ? test.skip : test)(
  `Python's lightgbm reads the stored trees and predicts what the service predicts${
    python === null ? ' [no Python with lightgbm and numpy, at $PYTHON or as python3]' : ''
  }`,
  async () => {
    const bars = sampleBars('SP500', 500);
    const { artefact } = await ensemble.train({ bars: [bars], seed: 1, threads: 1 }, recorder().context);
    const table = computeFeatures(bars);
    const scaler = scalerFromPlain(artefact.model_state.scaler, table.names);
    const data = applyScaler(scaler, table.data.subarray(table.firstRow * table.cols));
    const matrix = { data, rows: table.rows - table.firstRow, cols: table.cols };
    // What training itself stored.
    const { members } = artefact.model_state.ensemble as unknown as { members: readonly StoredMember[] };
    const trees = members.filter((member) => member.kind === 'lightgbm');
    expect(trees.map(({ name }) => name)).toEqual(['boosting', 'random_forest', 'extra_trees']);

    const folder = mkdtempSync(join(tmpdir(), 'ensemble-'));
    try {
      for (const member of trees) {
        writeFileSync(join(folder, 'model.z'), member.model_text_zlib);
        writeFileSync(join(folder, 'rows.bin'), data);
        execFileSync(python!, ['-c', script, folder, String(matrix.cols)], { stdio: 'pipe' });
        const bytes = readFileSync(join(folder, 'out.bin'));
        const theirs = new Float64Array(new Uint8Array(bytes).buffer);
        const opened = openMember(member, matrix.cols, member.name);
        const ours = opened.predict(matrix);
        opened.dispose();
        expect(theirs.length).toBe(matrix.rows);
        const largest = ours.reduce((max, p, i) => Math.max(max, Math.abs(p - theirs[i]!)), 0);
        expect(largest).toBeLessThan(1e-12);
        expect(new Set(ours).size).toBeGreaterThan(10);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
