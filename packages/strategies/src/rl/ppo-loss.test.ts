import { describe, expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { paddedRows } from './kernels/index.ts';
import { backpropagate, createLosses, type Minibatch } from './ppo.ts';
import { createActorCritic, forward, initialise, outputWidth } from './network.ts';
import type { Rollout } from './rollout.ts';
import { logSoftmax } from './network.ts';

const random = createRandom(11);
const inputs = 6;
const rows = 7;
const settings = { clip_range: 0.2, ent_coef: 0.3, vf_coef: 0.7 };

const numbers = (length: number, of: () => number): Float64Array => Float64Array.from({ length }, of);
const rollout: Rollout = {
  steps: rows,
  count: 1,
  market: {
    features: new Float32Array(0),
    featureCols: 1,
    window: 1,
    close: new Float64Array(0),
    returnUnit: 1,
    costBps: 0,
    drawdownPenalty: 0,
  },
  rows: new Int32Array(0),
  accounts: new Float32Array(0),
  actions: Uint8Array.from({ length: rows }, (_, r) => r % 3),
  logProbabilities: new Float64Array(rows),
  rewards: new Float64Array(rows),
  values: numbers(rows, () => random.normal()),
  lastValues: new Float64Array(1),
  advantages: numbers(rows, () => random.normal()),
};
const batch: Minibatch = {
  rows,
  index: Uint32Array.from({ length: rows }, (_, r) => r),
  advantages: rollout.advantages,
};

const agent = createActorCritic([inputs, 5, 8, 3], rows);
initialise(agent, random);
for (let r = 0; r < rows; r++)
  for (let c = 0; c < inputs; c++) agent.input[r * paddedRows(inputs) + c] = random.normal();
// Larger logits than the first policy's, and biases that are not 0, so that every term matters.
for (const mlp of [agent.policy, agent.value])
  for (const { weights, bias, inputs: depth, outputs } of mlp.layers)
    for (let o = 0; o < outputs; o++) {
      bias[o] = 0.3 * random.normal();
      for (let i = 0; i < depth; i++) weights[i * bias.length + o]! += 0.2 * random.normal();
    }

// Old probabilities near enough to the new ones that some rows are clipped and some are not.
const logits = forward(agent.policy, rows);
const logProbability = new Float64Array(3);
for (let r = 0; r < rows; r++) {
  logSoftmax(logits, r * outputWidth(agent.policy), 3, logProbability);
  rollout.logProbabilities[r] = logProbability[rollout.actions[r]!]! + 0.3 * random.normal();
}

const lossAt = (): number => {
  const losses = createLosses();
  backpropagate(agent, rollout, batch, settings, losses);
  const sum = losses.policy_loss + settings.vf_coef * losses.value_loss - settings.ent_coef * losses.entropy;
  return sum / rows;
};

test('the rows hold both clipped and unclipped ratios', () => {
  const losses = createLosses();
  backpropagate(agent, rollout, batch, settings, losses);
  expect(losses.clip_fraction).toBeGreaterThan(0);
  expect(losses.clip_fraction).toBeLessThan(rows);
});

describe('the gradient', () => {
  test('of every weight and bias agrees with finite differences of the loss', () => {
    lossAt();
    const gradients = agent.gradients.slice();
    const step = 2e-3;
    let checked = 0;
    for (const mlp of [agent.policy, agent.value])
      for (const { weights, bias, inputs: depth, outputs, weightGradient, biasGradient } of mlp.layers)
        for (const [values, slopes, kept] of [
          [weights, weightGradient, (i: number) => i % bias.length < outputs && i < depth * bias.length],
          [bias, biasGradient, (i: number) => i < outputs],
        ] as const)
          for (let i = 0; i < values.length; i++) {
            if (!kept(i)) continue;
            const at = values[i]!;
            // Only what single precision really stored is the step that was made.
            values[i] = at + step;
            const up = { at: values[i]!, loss: lossAt() };
            values[i] = at - step;
            const down = { at: values[i]!, loss: lossAt() };
            values[i] = at;
            const slope = (up.loss - down.loss) / (up.at - down.at);
            const found = gradients[(slopes.byteOffset - agent.gradients.byteOffset) / 4 + i]!;
            expect(Math.abs(slope - found)).toBeLessThan(2e-4 + 2e-3 * Math.abs(slope));
            checked++;
          }
    expect(checked).toBe(6 * 5 + 5 + 5 * 8 + 8 + 8 * 3 + 3 + (6 * 5 + 5 + 5 * 8 + 8 + 8 + 1));
  });

  test('is 0 wherever weights are only padding', () => {
    lossAt();
    for (const mlp of [agent.policy, agent.value])
      for (const { bias, inputs: depth, outputs, weightGradient, biasGradient } of mlp.layers) {
        const padding = weightGradient.filter(
          (_, i) => i % bias.length >= outputs || i >= depth * bias.length,
        );
        expect(Math.max(0, ...padding.map(Math.abs), ...biasGradient.subarray(outputs).map(Math.abs))).toBe(
          0,
        );
      }
  });
});
