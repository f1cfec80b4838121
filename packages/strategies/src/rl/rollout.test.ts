import { expect, test } from '@jest/globals';
import { estimateAdvantages } from './rollout.ts';

const rolloutOf = (
  steps: number,
  count: number,
  rewards: number[],
  values: number[],
  last: number[],
): Parameters<typeof estimateAdvantages>[0] => ({
  steps,
  count,
  rewards: Float64Array.from(rewards),
  values: Float64Array.from(values),
  lastValues: Float64Array.from(last),
  advantages: new Float64Array(steps * count),
});

test('three steps worked out by hand', () => {
  const s = rolloutOf(3, 1, [1, 0, 2], [0.5, 1, 1.5], [2]);
  estimateAdvantages(s, 0.9, 0.5);
  // δ₂ = 2 + 0.9·2 − 1.5 = 2.3; δ₁ = 0 + 0.9·1.5 − 1 = 0.35; δ₀ = 1 + 0.9·1 − 0.5 = 1.4
  // A₁ = 0.35 + 0.45·2.3 = 1.385; A₀ = 1.4 + 0.45·1.385 = 2.02325
  expect(s.advantages[2]).toBeCloseTo(2.3, 12);
  expect(s.advantages[1]).toBeCloseTo(1.385, 12);
  expect(s.advantages[0]).toBeCloseTo(2.02325, 12);
});

test('λ = 1 gives discounted rewards and the last value, less the value', () => {
  const s = rolloutOf(2, 1, [1, 2], [10, 20], [4]);
  estimateAdvantages(s, 0.5, 1);
  expect([...s.advantages]).toEqual([1 + 0.5 * 2 + 0.25 * 4 - 10, 2 + 0.5 * 4 - 20]);
});

test('environments side by side do not mix', () => {
  const both = rolloutOf(2, 2, [1, 5, 2, 6], [3, 7, 4, 8], [1, 2]);
  const alone = rolloutOf(2, 1, [5, 6], [7, 8], [2]);
  estimateAdvantages(both, 0.9, 0.8);
  estimateAdvantages(alone, 0.9, 0.8);
  expect([both.advantages[1], both.advantages[3]]).toEqual([...alone.advantages]);
});
