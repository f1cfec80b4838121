import { describe, expect, test } from '@jest/globals';
import { logLoss } from '../evaluation/metrics.ts';
import { createRandom } from '../random.ts';
import { drawnTogether, finishOf, mixtureWeights, timeFolds, weightedMean } from './stacking.ts';

// Labels drawn from the first member's probabilities; the second is noise, the third its opposite.
const random = createRandom(1);
const truth = Float64Array.from({ length: 2000 }, () => 0.2 + 0.6 * random.next());
const labels = Uint8Array.from(truth, (p) => (random.next() < p ? 1 : 0));
const noise = truth.map(() => 0.2 + 0.6 * random.next());
const opposite = truth.map((p) => 1 - p);

/** Weights by the probability that each member gave to what happened. */
function weightsOf(members: readonly Float64Array[], rowWeights?: Float32Array): Float64Array {
  const given = new Float64Array(labels.length * members.length);
  members.forEach((p, k) =>
    labels.forEach((label, i) => {
      given[i * members.length + k] = Math.max(1e-6, label === 1 ? p[i]! : 1 - p[i]!);
    }),
  );
  return mixtureWeights(given, members.length, rowWeights);
}

describe('mixtureWeights', () => {
  test('give a member that is right nearly everything', () => {
    const weights = weightsOf([noise, truth, opposite]);
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
    expect(weightsOf([hedged, noise])[0]).toBeCloseTo(best, 2);
  });

  test('share equally between twins, and survive a member that is sure and wrong', () => {
    expect([...weightsOf([truth, truth])]).toEqual([0.5, 0.5]);
    const wrong = Float64Array.from(labels, (label) => 1 - label);
    expect(weightsOf([truth, wrong])[1]).toBeCloseTo(0, 3);
  });

  test('look at a row as much as it weighs', () => {
    const early = truth.map((p, i) => (i < 1000 ? p : 1 - p));
    const late = truth.map((p, i) => (i < 1000 ? 1 - p : p));
    const heavy = Float32Array.from(labels, (_, i) => (i < 1000 ? 1 : 9));
    expect(weightsOf([early, late], heavy)[1]).toBeGreaterThan(weightsOf([early, late])[1]! + 0.3);
  });
});

test('weights are drawn toward equal ones by the share asked for', () => {
  const free = weightsOf([noise, truth]);
  expect(drawnTogether(free, 0)).toEqual(free);
  expect([...drawnTogether(free, 1)]).toEqual([0.5, 0.5]);
  expect(drawnTogether(free, 0.5)[1]).toBeCloseTo((free[1]! + 0.5) / 2, 12);
});

test('timeFolds are pieces of time, whatever the order of the rows', () => {
  const time = Float64Array.from({ length: 503 }, (_, i) => (i * 7919) % 503);
  const folds = timeFolds({ labels: new Uint8Array(503), time });
  expect(folds).toHaveLength(5);
  const spans = folds.map(({ inside }) => inside.map((row) => time[row]!));
  spans.slice(1).forEach((span, i) => expect(Math.min(...span)).toBe(Math.max(...spans[i]!) + 1));
  for (const { inside, outside } of folds)
    expect([...inside, ...outside].sort((a, b) => a - b)).toEqual([...labels.subarray(0, 503).keys()]);
  expect(timeFolds({ labels: new Uint8Array(3) })).toHaveLength(3);
});

describe('finishOf', () => {
  const binary = { task: 'binary' } as const;
  const calibration = { kind: 'platt', slope: 0.5, intercept: 0.1 };
  const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
  const odds = (p: number): number => Math.log(p / (1 - p));
  const [a, b] = [Float64Array.of(0.9), Float64Array.of(0.2)];
  const weights = Float64Array.of(0.75, 0.25);

  test('adds up log odds where the state says so, else probabilities, as earlier versions did', () => {
    const now = finishOf(binary, { mean: 'log_odds', calibration }, 'here')([a, b], weights);
    expect(now[0]).toBeCloseTo(sigmoid(0.1 + 0.5 * (0.75 * odds(0.9) + 0.25 * odds(0.2))), 12);
    const before = finishOf(binary, { calibration }, 'here')([a, b], weights);
    expect(before[0]).toBeCloseTo(sigmoid(0.1 + 0.5 * odds(0.75 * 0.9 + 0.25 * 0.2)), 12);
    expect(finishOf(binary, {}, 'here')([a, b], weights)[0]).toBeCloseTo(0.725, 12);
  });

  test.each([
    [binary, { mean: 'geometric', calibration }, 'here.mean is "geometric"'],
    [binary, { mean: 'log_odds' }, 'here.calibration is missing'],
    [{ task: 'regression' } as const, { mean: 'log_odds' }, 'here.mean is "log_odds"'],
    [{ task: 'multiclass', classes: 3 } as const, { mean: 'log_odds' }, 'here.mean is "log_odds"'],
  ])('refuses %j with %j', (target, state, message) => {
    expect(() => finishOf(target, state, 'here')).toThrow(message);
  });
});
