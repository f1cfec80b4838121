import { describe, expect, test } from '@jest/globals';
import { calibrated } from '../calibration/index.ts';
import { createRandom } from '../random.ts';
import { binary, type Target } from '../target.ts';
import { initialWeights, weightCount, type Architecture } from './architecture.ts';
import { rowsOf, scaledFeatures } from './dataset.ts';
import { logitsOf } from './linear-part.ts';
import { predictRows } from './scorer.ts';
import { answersOf, foldCalibration, joinParts, lstmOf, shareOfLstm } from './parts.ts';

const classes: Target = { task: 'multiclass', classes: 3 };

describe('how much of what the LSTM adds is kept', () => {
  const random = createRandom(5);
  const rows = 2_000;
  const linear = Float64Array.from({ length: rows }, () => 0.3 * random.normal());
  const lstm = Float64Array.from({ length: rows }, () => 0.6 * random.normal());
  const labelsOf = (share: number): Uint8Array =>
    Uint8Array.from(linear, (z, i) => Number(random.next() < 1 / (1 + Math.exp(-z - share * lstm[i]!))));

  test('is all where all of it is true, half where half is, hardly any where it is noise', () => {
    const kept = (truth: number): number =>
      shareOfLstm(binary, { linear, lstm, labels: labelsOf(truth), l2: 4 });
    expect(kept(1)).toBeGreaterThan(0.8);
    expect(kept(0.5)).toBeGreaterThan(0.3);
    expect(kept(0.5)).toBeLessThan(0.7);
    expect(kept(0)).toBeLessThan(0.15);
    expect(kept(-1)).toBe(0);
  });

  test('is less the more it is held to nothing, and the fewer rows speak for it', () => {
    const labels = labelsOf(1);
    const keptOf = (count: number, l2: number): number =>
      shareOfLstm(binary, {
        linear: linear.subarray(0, count),
        lstm: lstm.subarray(0, count),
        labels: labels.subarray(0, count),
        l2,
      });
    expect(keptOf(60, 1_000)).toBeLessThan(0.1);
    expect(keptOf(60, 20)).toBeLessThan(keptOf(2_000, 20));
  });

  test.each([
    ['several classes', classes, 3, [0, 2, 1, 2]],
    ['a number', { task: 'regression' } as const, 1, [0.2, -0.4, 1.5, 0.7]],
  ])('is found for %s too', (_, target, outputs, values) => {
    const labels = target.task === 'regression' ? Float64Array.from(values) : Uint8Array.from(values);
    const said = new Float64Array(labels.length * outputs);
    labels.forEach(
      (label, r) => (said[r * outputs + (outputs === 1 ? 0 : label)] = outputs === 1 ? label : 3),
    );
    const rows = { linear: new Float64Array(said.length), lstm: said, labels };
    expect(shareOfLstm(target, { ...rows, l2: 0 })).toBe(1);
    expect(shareOfLstm(target, { ...rows, lstm: said.map((z) => -z), l2: 0 })).toBe(0);
  });
});

describe.each([
  ['two classes', binary, { kind: 'platt', slope: 0.7, intercept: -0.2 } as const],
  ['several classes', classes, { kind: 'temperature', slope: 0.6, offsets: [0.1, 0, -0.3] } as const],
])('one network of both parts, of %s', (_, target, calibration) => {
  const outputs = target.task === 'multiclass' ? target.classes : 1;
  const architecture: Architecture = { inputs: 4, window: 5, units: [6], target };
  const whole = { ...architecture, skip: true };
  const random = createRandom(3);
  const draw = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
  const lstm = initialWeights(architecture, random, outputs === 1 ? 0.5 : [1, 1, 1]).map(
    (w) => w + 0.3 * random.normal(),
  );
  const linear = { kernel: draw(4 * outputs), bias: draw(outputs) };
  const rows = 30;
  const values = Float64Array.from({ length: rows * 4 }, () => random.normal());
  const table = scaledFeatures(values, 4, 0);
  const byHand = new Float64Array(rows * outputs);
  for (let r = 0; r < rows; r++)
    for (let o = 0; o < outputs; o++) {
      byHand[r * outputs + o] = linear.bias[o]!;
      for (let c = 0; c < 4; c++)
        byHand[r * outputs + o]! += table.data[r * 4 + c]! * linear.kernel[c * outputs + o]!;
    }

  test('says what they say together, short windows too, and after calibration what that makes of it', () => {
    const say = (of: Architecture, weights: Float32Array): Float64Array =>
      predictRows(of, weights, table, rowsOf({ from: 0, to: rows }));
    const share = 0.4;
    const together = answersOf(target, {
      linear: byHand,
      lstm: logitsOf(target, say(architecture, lstm)),
      share,
    });
    const joined = joinParts(whole, lstm, share, linear);
    expect(joined).toHaveLength(weightCount(whole));
    say(whole, joined).forEach((p, i) => expect(p).toBeCloseTo(together[i]!, 5));
    const wanted = calibrated(calibration, together);
    say(whole, foldCalibration(whole, joined, calibration)).forEach((p, i) =>
      expect(p).toBeCloseTo(wanted[i]!, 5),
    );
    expect(Math.max(...together) - Math.min(...together)).toBeGreaterThan(0.3);
  });

  test('gives a warm start the LSTM alone', () => {
    const back = lstmOf({ architecture: whole, weights: joinParts(whole, lstm, 1, linear) });
    expect(back).toHaveLength(weightCount(architecture));
    expect(back.subarray(0, -outputs)).toEqual(lstm.subarray(0, -outputs));
    expect([...back.subarray(-outputs)]).toEqual(new Array(outputs).fill(0));
  });
});
