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

interface CalibrationDetails {
  readonly slope: number;
  readonly intercept: number;
  readonly out_of_fold: Record<'before' | 'after', { log_loss: number; expected_calibration_error: number }>;
}

describe('the pool of two classes', () => {
  const binary = { task: 'binary' } as const;
  const names = ['boosting', 'random_forest', 'extra_trees', 'logistic'];
  const params = (given: Record<string, string | number>) => readParams(ensembleSettings, given, 'ensemble');
  const noisy = (count: number, seed: number) => {
    const own = createRandom(seed);
    return {
      names,
      labels: Uint8Array.from({ length: count }, () => own.int(2)),
      answers: names.map(() => Float64Array.from({ length: count }, () => 0.1 + 0.8 * own.next())),
    };
  };
  const calibrationOf = ({ details }: ReturnType<typeof fitCombination>): CalibrationDetails =>
    details.calibration as unknown as CalibrationDetails;
  /** What the members' odds say together, by the definition in docs/model-files.md. */
  const pooled = (
    answers: readonly Float64Array[],
    { weights, calibration }: ReturnType<typeof fitCombination>,
  ): Float64Array => {
    const { slope, intercept } = calibration as unknown as CalibrationDetails;
    return answers[0]!.map((_, i) => {
      const z = answers.reduce((sum, p, k) => sum + weights[k]! * Math.log(p[i]! / (1 - p[i]!)), 0);
      return 1 / (1 + Math.exp(-(intercept + slope * z)));
    });
  };

  test('of members that know nothing is flattened, and shown to be no better than chance', () => {
    let [flattened, worse] = [0, 0];
    for (let seed = 0; seed < 10; seed++) {
      const details = calibrationOf(fitCombination(binary, noisy(200, seed), params({}), null));
      if (details.slope < 0.6) flattened++;
      if (details.out_of_fold.before.log_loss > Math.log(2)) worse++;
      expect(details.out_of_fold.after.log_loss).toBeLessThan(details.out_of_fold.before.log_loss);
      expect(details.slope).toBeGreaterThanOrEqual(0.1);
    }
    expect(flattened).toBeGreaterThanOrEqual(9);
    expect(worse).toBeGreaterThanOrEqual(9);
  });

  test('believes the linear member unless the rows argue for another', () => {
    const few = fitCombination(binary, noisy(6, 3), params({ stacking_l2: 1000 }), null);
    expect(few.weights[3]).toBeGreaterThan(0.95);
    expect(calibrationOf(few).slope).toBeCloseTo(0.7, 1);
    // Labels drawn of what the forest says.
    const { answers, labels, names: named } = noisy(3000, 4);
    const own = createRandom(5);
    answers[1]!.forEach((p, i) => (labels[i] = Number(own.next() < p)));
    const { weights, state } = fitCombination(binary, { names: named, answers, labels }, params({}), null);
    expect(weights[1]).toBeGreaterThan(0.85);
    expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
    expect(state).toEqual({ mean: 'log_odds' });
  });

  test('has the scores that its weights and its calibration give', () => {
    const rows = noisy(400, 6);
    const found = fitCombination(binary, rows, params({}), null);
    const { out_of_fold: scores } = calibrationOf(found);
    const loss = (p: Float64Array): number => meanLoss(binary, p, rows.labels);
    expect(scores.after.log_loss).toBeCloseTo(loss(pooled(rows.answers, found)), 12);
    const plain = { ...found, calibration: { kind: 'platt' as const, slope: 1, intercept: 0 } };
    expect(scores.before.log_loss).toBeCloseTo(loss(pooled(rows.answers, plain)), 12);
  });

  test('is led back from balanced class weights, also where rows are few', () => {
    const shares = [0.9, 0.1];
    const classWeight = shares.map((share) => 0.5 / share);
    for (const count of [40, 4000]) {
      const own = createRandom(7);
      const truth = Float64Array.from({ length: count }, () => 0.1 * Math.exp(0.3 * own.normal()));
      const labels = Uint8Array.from(truth, (p) => Number(own.next() < p));
      // As a model says that was fitted on rows of these weights.
      const skewed = truth.map((p) => (p / 0.1) * 0.5).map((p) => Math.min(0.95, p));
      const rows = { names: ['logistic'], answers: [skewed], labels };
      const found = fitCombination(binary, rows, params({}), classWeight);
      const mean = pooled([skewed], found).reduce((sum, p) => sum + p, 0) / count;
      expect(mean).toBeGreaterThan(0.05);
      expect(mean).toBeLessThan(0.2);
      const uncalibrated = fitCombination(binary, rows, params({ calibration: 'none' }), classWeight);
      expect(calibrationOf(uncalibrated).intercept).toBeCloseTo(Math.log(0.1 / 0.9), 12);
    }
  });

  test('is left at its word without calibration', () => {
    const { calibration, weights } = fitCombination(
      binary,
      noisy(100, 2),
      params({ calibration: 'none' }),
      null,
    );
    expect(calibration).toEqual({ kind: 'platt', slope: 1, intercept: 0 });
    expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
  });
});

describe('the weighted mean of several classes', () => {
  const settings = readParams(ensembleSettings, { equal_share: 0 }, 'ensemble');

  test('trusts the member that is right', () => {
    const { probabilities, labels } = drawn();
    const { weights, calibration, details } = fitCombination(
      multiclass,
      { names: ['flat', 'right'], answers: [flat, probabilities], labels },
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

  test('is led back from balanced class weights', () => {
    const { probabilities, labels } = drawn();
    const classWeight = [0.5, 1, 2];
    // As a model says that was fitted on rows of these weights.
    const skewed = probabilities.map((p, i) => p * classWeight[i % classes]!);
    for (let r = 0; r < rows; r++) {
      const sum = skewed.subarray(3 * r, 3 * r + 3).reduce((all, p) => all + p, 0);
      for (let k = 0; k < classes; k++) skewed[3 * r + k]! /= sum;
    }
    const { weights, calibration } = fitCombination(
      multiclass,
      { names: ['skewed'], answers: [skewed], labels },
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
