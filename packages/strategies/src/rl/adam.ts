import type { ActorCritic } from './network.ts';

/** Decays of the moments; the same as in kernels.as. */
const BETA_1 = 0.9;
const BETA_2 = 0.999;

/**
 * One step of Adam (Kingma and Ba 2015) down the agent's gradients.
 * @param gradientScale multiplies the gradients first (norm clipping).
 */
export function adamStep(agent: ActorCritic, learningRate: number, gradientScale: number): void {
  const { kernels, parameters, gradients, moments } = agent;
  moments.steps++;
  const rate = learningRate / (1 - BETA_1 ** moments.steps);
  const root = Math.sqrt(1 - BETA_2 ** moments.steps);
  kernels.adam(parameters, gradients, moments.mean, moments.variance, rate, root, gradientScale);
}
