// What docs/model-files.md tells a Python user to do about positions gives the positions of the service.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { findPython } from '../test/python.ts';
import { predictionOf } from './evaluation/index.ts';
import { direction, directionOrNeutral } from './labels/direction.ts';
import { futureReturn } from './labels/regression.ts';
import { positionsByRule } from './position-rule.ts';
import { createRandom } from './random.ts';
import type { LabelDefinition, Plain } from './strategy.ts';

const page = readFileSync(new URL('../../../docs/model-files.md', import.meta.url), 'utf8');
const snippet = [...page.matchAll(/```python\n([^]*?)```/g)]
  .map(([, code]) => code!)
  .find((code) => code.includes('def position(model'))!;
const script = `
import json, sys
${snippet}
case, held, found = json.load(sys.stdin), 0, []
for p in case['said']:
    held = position(case['model'], case['symbol'], p, held, case['classes'])
    found.append(held)
print(json.dumps(found))
`;

const random = createRandom(4);
const numbers = (size: number, centre = 0): number[] =>
  Array.from({ length: 400 }, () => centre + size * random.normal());
const probabilities = (): number[][] =>
  Array.from({ length: 400 }, () => {
    const parts = [random.next(), random.next(), random.next()];
    const sum = parts.reduce((a, b) => a + b, 0);
    return parts.map((part) => part / sum);
  });
const three = directionOrNeutral({ horizon: 1, cost_bps: 5 }, { costs: 1 });
const longOnly: LabelDefinition = {
  ...three,
  classes: three.classes.map((one) => ({ ...one, position: one.position === 1 ? 1 : 0 })),
};
const cases: [
  string,
  LabelDefinition,
  readonly number[],
  (readonly number[] | number)[],
  Record<string, Plain>,
][] = [
  ['two classes', direction({ horizon: 1 }), [-0.01, 0.01], numbers(0.04, 0.5), { cost_bps: 5 }],
  [
    'costs by symbol',
    direction({ horizon: 1 }),
    [-0.01, 0.01],
    numbers(0.1, 0.5),
    { cost_bps: { GOOG: 9, '*': 1 } },
  ],
  [
    'other costs',
    direction({ horizon: 1 }),
    [-0.01, 0.01],
    numbers(0.1, 0.5),
    { cost_bps: { EUR: 9 }, slippage_bps: 3 },
  ],
  ['three classes', three, [-0.01, 0.0001, 0.009], probabilities(), { cost_bps: 20 }],
  ['classes without a short', longOnly, [-0.01, 0.0001, 0.009], probabilities(), { cost_bps: 20 }],
  ['a log return', futureReturn({ horizon: 1 }, 'log_return'), [], numbers(0.001), { cost_bps: 5 }],
  ['a return', futureReturn({ horizon: 1 }, 'return'), [], numbers(0.001), { cost_bps: 5 }],
];

const python = findPython(['json', 'math']);
(python === null ? test.skip.each(cases) : test.each(cases))(
  `Python holds what the service does, of %s${python === null ? ' [no Python, at $PYTHON or as python3]' : ''}`,
  (_, label, moves, said, params) => {
    const own = { moves, persistence: 0.25 };
    const positions = { rule: 'expected_return', symbols: { GOOG: own }, others: own } as const;
    const output =
      label.task === 'multiclass'
        ? { probabilities: Float64Array.from(said.flat()) }
        : { score: Float64Array.from(said as readonly number[]) };
    const ours = positionsByRule({ positions, params }, label)(
      predictionOf(output, label, 0),
      'GOOG',
      undefined,
    );
    expect(new Set(ours.position).size).toBeGreaterThan(1);
    const input = JSON.stringify({
      model: { params, positions, label: label.label },
      symbol: 'GOOG',
      said,
      classes: label.classes.map(({ position }) => position),
    });
    const theirs: unknown = JSON.parse(execFileSync(python!, ['-c', script], { input, encoding: 'utf8' }));
    expect([...ours.position]).toEqual(theirs);
  },
);
