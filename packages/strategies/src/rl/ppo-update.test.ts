import { expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import type { Market } from './environment.ts';
import { createActorCritic, forward, initialise, type ActorCritic } from './network.ts';
import type { Rollout } from './rollout.ts';
import { update } from './ppo.ts';

const learningRate = 0.003;
const settings = {
  n_epochs: 5,
  batch_size: 16,
  clip_range: 0.2,
  ent_coef: 0,
  vf_coef: 0.5,
  max_grad_norm: 0.5,
};

const agentOf = (seed: number): ActorCritic => {
  const agent = createActorCritic([6, 16, 3], 40);
  initialise(agent, createRandom(seed));
  return agent;
};

/** Two bars, whose one feature is −1 and 1. */
const market: Market = {
  features: Float32Array.of(-1, 1),
  featureCols: 1,
  window: 1,
  close: Float64Array.of(1, 1),
  returnUnit: 1,
  costBps: 0,
  drawdownPenalty: 0,
};

/** 40 rows in which action 2 was good where the first input is 1, and action 0 where it is −1. */
const rolloutOf = (): Rollout => {
  const rows = 40;
  const side = (r: number): number => (r % 2 === 0 ? 1 : -1);
  const actions = Uint8Array.from({ length: rows }, (_, r) => r % 3);
  return {
    steps: rows,
    count: 1,
    market,
    rows: Int32Array.from({ length: rows }, (_, r) => (side(r) + 1) / 2),
    accounts: new Float32Array(rows * 5),
    actions,
    logProbabilities: new Float64Array(rows).fill(Math.log(1 / 3)),
    rewards: new Float64Array(rows),
    values: new Float64Array(rows),
    lastValues: new Float64Array(1),
    advantages: Float64Array.from(actions, (action, r) => (action - 1) * side(r)),
  };
};

test('makes what turned out well more likely, as far as clipping lets it', () => {
  const agent = agentOf(1);
  const losses = update(agent, rolloutOf(), createRandom(2), settings, learningRate);
  agent.input.fill(0);
  agent.input[0] = 1;
  agent.input[agent.stride] = -1;
  const logits = forward(agent.policy, 2);
  expect(logits[2]! - logits[0]!).toBeGreaterThan(0.1);
  expect(logits[8]! - logits[10]!).toBeGreaterThan(0.1);
  expect(losses.approx_kl).toBeGreaterThan(0);
  // 40 rows in minibatches of 16, the last one short, five times over.
  expect(agent.moments.steps).toBe(15);
});

test('limits the norm of the gradient', () => {
  const wild = rolloutOf();
  wild.values.fill(1e6);
  wild.advantages.fill(0);
  const agent = agentOf(1);
  update(agent, wild, createRandom(2), { ...settings, n_epochs: 1, batch_size: 40 }, learningRate);
  // After one step Adam's mean is a tenth of the gradient it was given.
  const norm = Math.sqrt(agent.moments.mean.reduce((sum, m) => sum + (m / 0.1) ** 2, 0));
  expect(norm).toBeCloseTo(0.5, 4);
});

test.each(['advantages', 'values'] as const)('a NaN among the %s is a divergence, said in words', (name) => {
  const broken = rolloutOf();
  broken[name][7] = Number.NaN;
  const agent = agentOf(1);
  const run = (): unknown => update(agent, broken, createRandom(2), settings, learningRate);
  expect(run).toThrow(expect.objectContaining({ code: 'DIVERGED' }));
  expect(run).toThrow('lower learning_rate');
});
