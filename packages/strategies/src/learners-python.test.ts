// What docs/model-files.md tells a Python user to do with the states of trees and linear models gives what
// the service gives.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { answers, fitPlanted, learnerOf, planted, plantedHoldout } from '../test/planted.ts';
import type { PlantedLearner, PlantedTask } from '../test/planted.ts';
import { findPython } from '../test/python.ts';
import type { Plain } from './strategy.ts';

const page = readFileSync(new URL('../../../docs/model-files.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/```python\n([^]*?)```/g)].map(([, code]) => code!);
const blockOf = (start: string): string => blocks.find((code) => code.includes(start))!;
const script = `
import json, sys, zlib, numpy, lightgbm
${blockOf('def array(a)').replace(/^import.*$/m, '')}
${/def member_probability[^]*?(?=\ndef probability)/.exec(blockOf('def member_probability'))![0]}
${blockOf('def answer(state')}
bytes_back = lambda d: bytes.fromhex(d['hex']) if set(d) == {'hex'} else d
state = json.load(open(sys.argv[1] + '/state.json'), object_hook=bytes_back)
x = numpy.fromfile(sys.argv[1] + '/rows.bin').reshape(-1, 5)
numpy.asarray(answer(state, x, 'TWO'), dtype='float64').tofile(sys.argv[1] + '/out.bin')
`;
const hex = (_: string, part: unknown): unknown =>
  part instanceof Uint8Array ? { hex: Buffer.from(part).toString('hex') } : part;

const quick = { num_boost_round: 20 };
const balanced = { class_weight: 'balanced' };
const cases: readonly [PlantedLearner, PlantedTask, Record<string, Plain>][] = [
  ['ensemble', 'binary', { ...quick, ...balanced, forest_trees: 5 }],
  ['ensemble', 'multiclass', { ...quick, ...balanced, forest_trees: 5 }],
  ['ensemble', 'multiclass', { ...quick, calibration: 'none', forest_trees: 5 }],
  ['ensemble', 'regression', { ...quick, forest_trees: 5 }],
  ['lightgbm', 'binary', { ...quick, ...balanced }],
  ['lightgbm', 'multiclass', { ...quick, ...balanced }],
  ['lightgbm', 'regression', quick],
  ['logistic', 'binary', {}],
  ['logistic', 'multiclass', balanced],
];

const python = findPython(['lightgbm', 'numpy']);
(python === null ? test.skip.each(cases) : test.each(cases))(
  `Python gives the answers of %s on labels that are %s, under %j${
    python === null ? ' [no Python with lightgbm and numpy, at $PYTHON or as python3]' : ''
  }`,
  async (learner, task, params) => {
    const definition = learnerOf(learner, task);
    const alone = planted(task);
    const [one] = alone.symbols;
    const large = Float64Array.from(one!.labels, (label) => 100 * label);
    const two = { ...one!, bars: { ...one!.bars, symbol: 'TWO' }, labels: large };
    // Of a number, over two symbols of different size.
    const data = task === 'regression' ? { ...alone, symbols: [two, one!] } : alone;
    const { state } = await fitPlanted(definition, data, { params });
    const output = await answers(definition, data, state, { params });
    const ours = 'score' in output ? output.score : output.probabilities;
    const folder = mkdtempSync(join(tmpdir(), 'learners-'));
    try {
      const { from, to } = plantedHoldout;
      writeFileSync(join(folder, 'state.json'), JSON.stringify(state, hex));
      writeFileSync(join(folder, 'rows.bin'), data.symbols[0]!.features.data.slice(from * 5, to * 5));
      execFileSync(python!, ['-c', script, folder], { stdio: 'pipe' });
      const theirs = new Float64Array(new Uint8Array(readFileSync(join(folder, 'out.bin'))).buffer);
      expect(theirs).toHaveLength(ours.length);
      ours.forEach((said, i) => expect(said).toBeCloseTo(theirs[i]!, 9));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
