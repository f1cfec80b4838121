import { expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { createActorCritic, forward, initialise, type Mlp } from './network.ts';

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
  // Each of the shorter side's orthonormal vectors brings the gain's square: 2 within, 0.0001 and 1 at the heads.
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
