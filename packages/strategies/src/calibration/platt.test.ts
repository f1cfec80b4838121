import { describe, expect, test } from '@jest/globals';
import { logLoss } from '../evaluation/metrics.ts';
import { createRandom } from '../random.ts';
import { calibrate, calibrationError, fitCalibration } from './platt.ts';

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** Labels drawn from true log odds, and a mean of members whose log odds are `said` of them. */
function sample(rows: number, said: (z: number) => number) {
  const random = createRandom(rows);
  const truth = Float64Array.from({ length: rows }, () => random.normal());
  const labels = Uint8Array.from(truth, (z) => (random.next() < sigmoid(z) ? 1 : 0));
  return { labels, probability: truth.map((z) => sigmoid(said(z))) };
}
const options = { priorRows: 1000, priorIntercept: 0 };

describe('a calibration', () => {
  test('of many rows takes back that the mean is too sure of itself and too hopeful', async () => {
    const { labels, probability } = sample(20_000, (z) => 3 * z + 1);
    const fitted = await fitCalibration(probability, labels, options);
    expect(fitted).toMatchObject({ kind: 'platt' });
    const { slope, intercept } = fitted as { slope: number; intercept: number };
    expect(slope).toBeCloseTo(1 / 3, 1);
    expect(intercept).toBeCloseTo(-1 / 3, 1);
    const after = calibrate(fitted, probability);
    expect(logLoss(after, labels)).toBeLessThan(logLoss(probability, labels) - 0.1);
    expect(calibrationError(after, labels)).toBeLessThan(0.02);
    expect(calibrationError(probability, labels)).toBeGreaterThan(0.1);
  });

  test('of few rows hardly moves, and less the more it is held to', async () => {
    const { labels, probability } = sample(100, (z) => 3 * z + 1);
    const moved = async (priorRows: number): Promise<number> => {
      const fitted = await fitCalibration(probability, labels, { ...options, priorRows });
      return 1 - (fitted as { slope: number }).slope;
    };
    const [freely, held, fast] = [await moved(10), await moved(1000), await moved(1_000_000)];
    expect(freely).toBeGreaterThan(0.4);
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(0.3);
    expect(fast).toBeCloseTo(0, 3);
  });

  test('keeps the ranking even where the rows say the opposite, and then says the mean', async () => {
    const { labels, probability } = sample(10_000, (z) => -2 * z);
    const fitted = await fitCalibration(probability, labels, options);
    expect((fitted as { slope: number }).slope).toBe(0.1);
    const after = calibrate(fitted, probability);
    const order = Uint32Array.from(labels, (_, i) => i).sort((a, b) => probability[a]! - probability[b]!);
    for (let i = 1; i < order.length; i++)
      expect(after[order[i]!]!).toBeGreaterThanOrEqual(after[order[i - 1]!]!);
    const mean = (values: ArrayLike<number>): number =>
      Array.from(values).reduce((s, v) => s + v, 0) / values.length;
    expect(mean(after)).toBeCloseTo(mean(labels), 1);
  });

  test('gives back the log odds that class weights took away, where nothing speaks against it', async () => {
    const { labels, probability } = sample(100, (z) => z);
    const fitted = await fitCalibration(probability, labels, { priorRows: 1_000_000, priorIntercept: 0.7 });
    expect((fitted as { intercept: number }).intercept).toBeCloseTo(0.7, 2);
  });

  test('copes with probabilities that are sure and rows that all went one way', async () => {
    const sure = Float64Array.of(0, 1, 1, 0, 0.5, 0.7);
    const fitted = await fitCalibration(sure, Uint8Array.of(1, 1, 1, 1, 1, 1), options);
    expect([...calibrate(fitted, sure)].every((p) => p >= 0 && p <= 1)).toBe(true);
  });
});

test('the calibration error is how far the groups of ten lie from what came', () => {
  const labels = Uint8Array.from({ length: 100 }, (_, i) => i % 2);
  expect(calibrationError(new Float64Array(100).fill(0.8), labels)).toBeCloseTo(0.3, 12);
  expect(calibrationError(new Float64Array(100).fill(0.5), labels)).toBeCloseTo(0, 12);
});
