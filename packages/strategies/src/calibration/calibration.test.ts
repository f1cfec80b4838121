import { describe, expect, test } from '@jest/globals';
import { meanLoss } from '../losses.ts';
import { createRandom } from '../random.ts';
import type { Target } from '../target.ts';
import { calibrated, calibrationFromPlain, fitCalibrationOf } from './index.ts';

const binary: Target = { task: 'binary' };
const three: Target = { task: 'multiclass', classes: 3 };
const options = { priorRows: 100, classWeights: null };

/** Probabilities that are much surer than what comes of them. */
function tooSure(target: Target, rows: number) {
  const random = createRandom(7);
  const classes = target.task === 'multiclass' ? target.classes : 2;
  const labels = new Uint8Array(rows);
  const said = new Float64Array(target.task === 'multiclass' ? rows * classes : rows);
  for (let r = 0; r < rows; r++) {
    const z = Float64Array.from({ length: classes }, () => random.normal());
    const shares = (power: number): Float64Array => {
      const e = z.map((value) => Math.exp(power * value));
      const sum = e.reduce((total, value) => total + value, 0);
      return e.map((value) => value / sum);
    };
    const truth = shares(1);
    let left = random.next();
    labels[r] = truth.findIndex((p) => (left -= p) < 0);
    const sure = shares(4);
    if (target.task === 'multiclass') said.set(sure, r * classes);
    else said[r] = sure[1]!;
  }
  return { said, labels };
}

describe.each([binary, three])('the calibration of $task', (target) => {
  const { said, labels } = tooSure(target, 2_000);

  test('lowers the loss of what is too sure, also when it was stored', async () => {
    const fitted = await fitCalibrationOf(target, said, labels, options);
    const after = calibrated(calibrationFromPlain(target, structuredClone({ ...fitted }), 'here'), said);
    expect(after).toEqual(calibrated(fitted, said));
    expect(meanLoss(target, after, labels)).toBeLessThan(meanLoss(target, said, labels) - 0.1);
  });

  test('takes back what class weights did', async () => {
    const weights = target.task === 'binary' ? [1, 3] : [1, 3, 1];
    const held = { priorRows: 1e9, classWeights: weights };
    const half = target.task === 'binary' ? Float64Array.of(0.5) : new Float64Array(3).fill(1 / 3);
    const fitted = await fitCalibrationOf(target, said, labels, held);
    const again = calibrated(fitted, half);
    expect(target.task === 'binary' ? again[0] : again[1]).toBeCloseTo(
      target.task === 'binary' ? 0.25 : 1 / 7,
      3,
    );
  });

  test('is none in a file of an earlier version, which then says what it said to the bit', () => {
    const none = calibrationFromPlain(target, undefined, 'here');
    expect(calibrated(none, said)).toBe(said);
  });

  test('of another task is refused', async () => {
    const other = target.task === 'binary' ? three : binary;
    const fitted = await fitCalibrationOf(target, said, labels, options);
    expect(() => calibrationFromPlain(other, { ...fitted }, 'here')).toThrow('here is of the unknown kind');
  });
});

test('values of a regression are left as they are', async () => {
  const values = Float64Array.of(0.1, -2);
  const fitted = await fitCalibrationOf({ task: 'regression' }, values, values, options);
  expect(calibrated(fitted, values)).toBe(values);
});
