import { describe, expect, test } from '@jest/globals';
import { logLoss } from '../evaluation/metrics.ts';
import { readParams } from '../params.ts';
import { createRandom } from '../random.ts';
import { fitStacking, maximumLikelihoodWeights, stackingWeights, weightedMean } from './stacking.ts';
import { ensembleSettings as settings } from '@ml-training/sdk';

const params = (given: Record<string, string | number>) => readParams(settings, given, 'ensemble');
const noisy = (rows: number, seed: number) => {
  const random = createRandom(seed);
  const labels = Uint8Array.from({ length: rows }, () => random.int(2));
  const probabilities = Array.from({ length: 5 }, () =>
    Float64Array.from({ length: rows }, () => 0.1 + 0.8 * random.next()),
  );
  return { labels, probabilities };
};
interface CalibrationDetails {
  readonly kind: string;
  readonly slope: number;
  readonly out_of_fold: Record<'before' | 'after', { log_loss: number; expected_calibration_error: number }>;
}
const calibrationOf = (stacking: Awaited<ReturnType<typeof fitStacking>>): CalibrationDetails =>
  stacking.details.calibration as unknown as CalibrationDetails;

describe('the weighted mean', () => {
  test('of members that know nothing is flattened, and shown to be no better than chance', async () => {
    let [flattened, worse] = [0, 0];
    for (let seed = 0; seed < 10; seed++) {
      const details = calibrationOf(await fitStacking(noisy(200, seed), params({ equal_share: 0 }), 0));
      if (details.slope < 1) flattened++;
      if (details.out_of_fold.before.log_loss > Math.log(2)) worse++;
      expect(details.out_of_fold.after.log_loss).toBeLessThan(details.out_of_fold.before.log_loss + 0.02);
    }
    expect(flattened).toBeGreaterThanOrEqual(9);
    expect(worse).toBeGreaterThanOrEqual(9);
  });

  test('is scored out of fold: a member right in one piece of time gets no weight there', async () => {
    const { labels } = noisy(500, 1);
    // Shuffled rows; one member is right in the last fifth of time and a little wrong before, the other says
    // one half.
    const time = Float64Array.from(labels, (_, i) => (i * 7919) % 500);
    const given = time.map((t) => (t >= 400 ? 0.95 : 0.42));
    const late = Float64Array.from(labels, (label, i) => (label === 1 ? given[i]! : 1 - given[i]!));
    const rows = { labels, probabilities: [late, new Float64Array(500).fill(0.5)] };
    const before = async (more: { time?: Float64Array }): Promise<number> => {
      const chosen = await fitStacking({ ...rows, ...more }, params({ equal_share: 0 }), 0);
      return calibrationOf(chosen).out_of_fold.before.log_loss;
    };
    expect(await before({ time })).toBeGreaterThan(Math.log(2));
    // In the order given, each piece holds some of the rows it is right on, which lends it weight in the
    // others.
    expect(await before({})).toBeLessThan(Math.log(2) - 0.005);
  });

  test('is left as it is without calibration', async () => {
    const { calibration, details } = await fitStacking(noisy(100, 2), params({ calibration: 'none' }), 0);
    expect(calibration).toEqual({ kind: 'none' });
    expect(details.calibration).toEqual({ kind: 'none' });
  });

  test('of five rows can be chosen as well', async () => {
    const { weights, calibration } = await fitStacking(noisy(5, 3), params({}), 0);
    expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
    expect(calibration).toMatchObject({ kind: 'platt' });
  });
});

// Labels drawn from the first member's probabilities; the second is noise, the third its opposite.
const random = createRandom(1);
const truth = Float64Array.from({ length: 2000 }, () => 0.2 + 0.6 * random.next());
const labels = Uint8Array.from(truth, (p) => (random.next() < p ? 1 : 0));
const noise = truth.map(() => 0.2 + 0.6 * random.next());
const opposite = truth.map((p) => 1 - p);

describe('maximumLikelihoodWeights', () => {
  test('give a member that is right nearly everything', () => {
    const weights = maximumLikelihoodWeights([noise, truth, opposite], labels);
    expect(weights[1]).toBeGreaterThan(0.85);
    expect(weights[0]! + weights[1]! + weights[2]!).toBeCloseTo(1, 12);
    expect(weights.every((w) => w >= 0)).toBe(true);
  });

  test('find what a fine grid finds', () => {
    const hedged = truth.map((p, i) => (p + noise[i]!) / 2 + (i % 2 === 0 ? 0.1 : -0.1));
    const grid = Array.from({ length: 201 }, (_, k) => k / 200);
    const loss = (w: number): number =>
      logLoss(weightedMean([hedged, noise], Float64Array.of(w, 1 - w)), labels);
    const best = grid.reduce((a, b) => (loss(b) < loss(a) ? b : a));
    expect(maximumLikelihoodWeights([hedged, noise], labels)[0]).toBeCloseTo(best, 2);
  });

  test('share equally between twins, and survive a member that is sure and wrong', () => {
    expect([...maximumLikelihoodWeights([truth, truth], labels)]).toEqual([0.5, 0.5]);
    const wrong = Float64Array.from(labels, (label) => 1 - label);
    expect(maximumLikelihoodWeights([truth, wrong], labels)[1]).toBeCloseTo(0, 3);
  });
});

test('stackingWeights are drawn toward equal ones by the share asked for', () => {
  const free = maximumLikelihoodWeights([noise, truth], labels);
  expect(stackingWeights([noise, truth], labels, 0)).toEqual(free);
  expect([...stackingWeights([noise, truth], labels, 1)]).toEqual([0.5, 0.5]);
  expect(stackingWeights([noise, truth], labels, 0.5)[1]).toBeCloseTo((free[1]! + 0.5) / 2, 12);
});
