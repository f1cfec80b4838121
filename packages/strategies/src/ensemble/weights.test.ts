import { describe, expect, test } from '@jest/globals';
import { logLoss } from '../evaluation/classification.ts';
import { createRandom } from '../random.ts';
import { likeliestWeights, vote, voteWeights } from './weights.ts';

// Labels drawn from the first member's probabilities; the second is noise, the third its opposite.
const random = createRandom(1);
const truth = Float64Array.from({ length: 2000 }, () => 0.2 + 0.6 * random.next());
const labels = Uint8Array.from(truth, (p) => (random.next() < p ? 1 : 0));
const noise = truth.map(() => 0.2 + 0.6 * random.next());
const opposite = truth.map((p) => 1 - p);

describe('likeliestWeights', () => {
  test('give a member that is right nearly everything', () => {
    const weights = likeliestWeights([noise, truth, opposite], labels);
    expect(weights[1]).toBeGreaterThan(0.85);
    expect(weights[0]! + weights[1]! + weights[2]!).toBeCloseTo(1, 12);
    expect(weights.every((w) => w >= 0)).toBe(true);
  });

  test('find what a fine grid finds', () => {
    const hedged = truth.map((p, i) => (p + noise[i]!) / 2 + (i % 2 === 0 ? 0.1 : -0.1));
    const grid = Array.from({ length: 201 }, (_, k) => k / 200);
    const loss = (w: number): number => logLoss(vote([hedged, noise], Float64Array.of(w, 1 - w)), labels);
    const best = grid.reduce((a, b) => (loss(b) < loss(a) ? b : a));
    expect(likeliestWeights([hedged, noise], labels)[0]).toBeCloseTo(best, 2);
  });

  test('share equally between twins, and survive a member that is sure and wrong', () => {
    expect([...likeliestWeights([truth, truth], labels)]).toEqual([0.5, 0.5]);
    const wrong = Float64Array.from(labels, (label) => 1 - label);
    expect(likeliestWeights([truth, wrong], labels)[1]).toBeCloseTo(0, 3);
  });
});

test('voteWeights are drawn toward equal ones by the share asked for', () => {
  const free = likeliestWeights([noise, truth], labels);
  expect(voteWeights([noise, truth], labels, 0)).toEqual(free);
  expect([...voteWeights([noise, truth], labels, 1)]).toEqual([0.5, 0.5]);
  expect(voteWeights([noise, truth], labels, 0.5)[1]).toBeCloseTo((free[1]! + 0.5) / 2, 12);
});
