import { describe, expect, test } from '@jest/globals';
import { ensembleSettings } from '@ml-training/sdk';
import { meanLoss } from '../losses.ts';
import { readParams } from '../params.ts';
import { createRandom } from '../random.ts';
import { fitCombination, leastSquaresWeights } from './combination.ts';
import { weightedMean, weightedSum } from './stacking.ts';
import { fitTemperature, readTemperature, withTemperature } from '../calibration/temperature.ts';

const random = createRandom(2);
const rows = 1200;
const truth = Float64Array.from({ length: rows }, () => random.normal());
const about = (spread: number, shift = 0): Float64Array =>
  truth.map((value) => value + shift + spread * random.normal());
const regression = { task: 'regression' } as const;

describe('leastSquaresWeights', () => {
  test('find what a fine grid finds, at the edge and within', () => {
    for (const answers of [
      [about(0.5), about(0.7), about(2)],
      [about(0.3), about(0.5, 1), about(0.5, -1)],
      [about(0.1), about(3), about(3)],
    ]) {
      const weights = leastSquaresWeights(answers, truth);
      const loss = (given: Float64Array): number => meanLoss(regression, weightedSum(answers, given), truth);
      expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 9);
      expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
      let least = Infinity;
      for (let a = 0; a <= 50; a++)
        for (let b = 0; a + b <= 50; b++)
          least = Math.min(least, loss(Float64Array.of(a / 50, b / 50, (50 - a - b) / 50)));
      expect(loss(weights)).toBeLessThanOrEqual(least + 1e-9);
    }
  });

  test('share equally between twins and where every member is right', () => {
    const one = about(1);
    const [a, b] = leastSquaresWeights([one, one], truth);
    expect(a).toBeCloseTo(0.5, 6);
    expect(b).toBeCloseTo(0.5, 6);
    expect([...leastSquaresWeights([truth, truth, truth], truth)]).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  test('are the same in any unit', () => {
    const answers = [about(0.5), about(0.9, 0.2)];
    const inUnits = leastSquaresWeights(
      answers.map((answer) => answer.map((v) => v * 1e-5)),
      truth.map((v) => v * 1e-5),
    );
    leastSquaresWeights(answers, truth).forEach((w, k) => expect(inUnits[k]).toBeCloseTo(w, 6));
  });
});

const classes = 3;
const multiclass = { task: 'multiclass', classes } as const;
/** Probabilities, and labels drawn from them. */
function drawn() {
  const probabilities = new Float64Array(rows * classes);
  const labels = new Uint8Array(rows);
  for (let r = 0; r < rows; r++) {
    const parts = [0, 1, 2].map(() => Math.exp(1.2 * random.normal()));
    const sum = parts.reduce((all, p) => all + p, 0);
    parts.forEach((p, k) => (probabilities[r * classes + k] = p / sum));
    let left = random.next() * sum;
    labels[r] = Math.max(
      0,
      parts.findIndex((p) => (left -= p) < 0),
    );
  }
  return { probabilities, labels };
}
const flat = new Float64Array(rows * classes).fill(1 / classes);
const none = [0, 0, 0];

describe('the weighted mean of several classes', () => {
  const settings = readParams(ensembleSettings, { equal_share: 0 }, 'ensemble');

  test('trusts the member that is right', async () => {
    const { probabilities, labels } = drawn();
    const { weights, calibration, details } = await fitCombination(
      multiclass,
      { answers: [flat, probabilities], labels },
      settings,
      null,
    );
    expect(weights[1]).toBeGreaterThan(0.9);
    expect(calibration).toMatchObject({ kind: 'temperature', offsets: [0, 0, 0] });
    const { out_of_fold: scores } = details.calibration as unknown as {
      out_of_fold: Record<'before' | 'after', { log_loss: number }>;
    };
    expect(scores.after.log_loss).toBeLessThan(Math.log(3));
    expect(Math.abs(scores.after.log_loss - scores.before.log_loss)).toBeLessThan(0.01);
  });

  test('is led back from balanced class weights', async () => {
    const { probabilities, labels } = drawn();
    const classWeight = [0.5, 1, 2];
    // As a model says that was fitted on rows of these weights.
    const skewed = probabilities.map((p, i) => p * classWeight[i % classes]!);
    for (let r = 0; r < rows; r++) {
      const sum = skewed.subarray(3 * r, 3 * r + 3).reduce((all, p) => all + p, 0);
      for (let k = 0; k < classes; k++) skewed[3 * r + k]! /= sum;
    }
    const { weights, calibration } = await fitCombination(
      multiclass,
      { answers: [skewed], labels },
      settings,
      classWeight,
    );
    const temperature = readTemperature(structuredClone({ ...calibration }), classes, 'here');
    const back = withTemperature(temperature, weightedMean([skewed], weights), classes);
    const shift = back.reduce((most, p, i) => Math.max(most, Math.abs(p - probabilities[i]!)), 0);
    expect(shift).toBeLessThan(0.05);
  });
});

describe('the temperature', () => {
  test('flattens what is too sure, sharpens what is not sure enough, and leaves alone what is right', () => {
    const { probabilities, labels } = drawn();
    const raised = (power: number): Float64Array =>
      withTemperature({ kind: 'temperature', slope: power, offsets: none }, probabilities, classes);
    const slopeOf = (given: Float64Array): number => {
      const found = fitTemperature(given, labels, { priorRows: 10, offsets: none });
      return found.kind === 'none' ? NaN : found.slope;
    };
    expect(slopeOf(probabilities)).toBeGreaterThan(0.85);
    expect(slopeOf(probabilities)).toBeLessThan(1.15);
    expect(slopeOf(raised(2))).toBeCloseTo(slopeOf(probabilities) / 2, 1);
    expect(slopeOf(raised(0.5))).toBeGreaterThan(1.6);
  });

  test('does next to nothing where rows are few', () => {
    const { probabilities } = drawn();
    const wrong = Uint8Array.of(0, 0, 0, 0);
    const found = fitTemperature(probabilities.slice(0, 12), wrong, { priorRows: 1000, offsets: none });
    expect(found).toMatchObject({ kind: 'temperature' });
    expect((found as { slope: number }).slope).toBeGreaterThan(0.9);
  });

  test.each([
    [{ kind: 'platt', slope: 1, intercept: 0 }, 'is of the unknown kind "platt"'],
    [{ kind: 'temperature', slope: -1, offsets: none }, 'needs a slope above 0 and 3 offsets'],
    [{ kind: 'temperature', slope: 1, offsets: [0, 0] }, 'needs a slope above 0 and 3 offsets'],
    [{ kind: 'temperature', slope: 1, offsets: [0, 0, NaN] }, 'needs a slope above 0 and 3 offsets'],
  ])('%j is refused', (stored, message) => {
    expect(() => readTemperature(stored, classes, 'here')).toThrow(`here ${message}`);
  });
});
