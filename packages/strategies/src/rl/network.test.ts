import { expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { adamStep, createActorCritic, forward, initialise, type ActorCritic, type Mlp } from './network.ts';

test('a new policy is nearly uniform, and the layers before it keep the size of what they are given', () => {
  const agent = createActorCritic([28, 64, 64, 3], 4);
  initialise(agent, createRandom(1));
  const random = createRandom(2);
  for (let i = 0; i < agent.input.length; i++) agent.input[i] = random.normal();
  const logits = forward(agent.policy, 4);
  expect(Math.max(...logits.map(Math.abs))).toBeGreaterThan(0);
  expect(Math.max(...logits.map(Math.abs))).toBeLessThan(0.05);

  const squares = ({ layers }: Mlp): number[] =>
    layers.map(({ weights }) => weights.reduce((sum, w) => sum + w * w, 0));
  // Each of the shorter side's orthonormal vectors brings the gain's square: 2 within, 0.0001 and 1 at the
  // heads.
  const close = (found: number[], expected: number[]): void =>
    found.forEach((sum, l) => expect(sum).toBeCloseTo(expected[l]!, 4));
  close(squares(agent.policy), [2 * 28, 2 * 64, 3e-4]);
  close(squares(agent.value), [2 * 28, 2 * 64, 1]);
});

test('more rows than an agent was made for are refused', () => {
  const agent = createActorCritic([4, 8, 3], 9);
  expect(() => forward(agent.policy, 12)).not.toThrow();
  expect(() => forward(agent.policy, 13)).toThrow('13 rows are more');
});

const newAgent = (): ActorCritic => {
  const agent = createActorCritic([6, 16, 3], 40);
  initialise(agent, createRandom(1));
  return agent;
};

test('the first step of Adam is the learning rate along the sign of the gradient', () => {
  const agent = newAgent();
  const before = agent.parameters.slice();
  agent.gradients.set([4, -9, 0]);
  adamStep(agent, 0.01, 0.5);
  const moved = [0, 1, 2, 3].map((i) => agent.parameters[i]! - before[i]!);
  [-0.01, 0.01, 0, 0].forEach((expected, i) => expect(moved[i]).toBeCloseTo(expected, 6));
});

test('Adam follows its formula over several steps', () => {
  const agent = newAgent();
  let parameter = agent.parameters[0]!;
  let mean = 0;
  let variance = 0;
  [0.5, -0.2, 3, 0].forEach((gradient, i) => {
    agent.gradients[0] = gradient;
    adamStep(agent, 0.01, 1);
    mean = 0.9 * mean + 0.1 * gradient;
    variance = 0.999 * variance + 0.001 * gradient ** 2;
    parameter -=
      (0.01 * (mean / (1 - 0.9 ** (i + 1)))) / (Math.sqrt(variance / (1 - 0.999 ** (i + 1))) + 1e-5);
  });
  expect(agent.parameters[0]).toBeCloseTo(parameter, 6);
});
