import { actionSpace } from './environment.ts';
import { backward, forward, outputWidth, type ActorCritic } from './network.ts';
import type { Rollout } from './rollout.ts';
import { logSoftmax } from './softmax.ts';

export interface LossOptions {
  /** How far the ratio of new to old probability may leave 1 before it stops counting. */
  readonly clip: number;
  /** Weights of the entropy bonus and of the value loss. */
  readonly entropy: number;
  readonly valueWeight: number;
}

/** Terms of the loss, and how far the policy has moved from the one that played. */
export interface Losses {
  policy_loss: number;
  value_loss: number;
  entropy: number;
  approx_kl: number;
  clip_fraction: number;
}

export const createLosses = (): Losses => ({
  policy_loss: 0,
  value_loss: 0,
  entropy: 0,
  approx_kl: 0,
  clip_fraction: 0,
});

/** Rows of a rollout whose observations are in the agent's input. */
export interface Minibatch {
  readonly rows: number;
  /** Their indices in the rollout. */
  readonly index: Uint32Array;
  /** Normalised. */
  readonly advantages: Float64Array;
}

/**
 * Puts the gradient of the minibatch's loss into `agent.gradients` and adds each row's terms to `losses`. The loss is the
 * mean over rows of −min(r A, clip(r, 1 ± clip) A) + valueWeight · (V − R)² − entropy · H (Schulman et al. 2017, eq. 9),
 * r being the new over the old probability of the action played.
 */
export function backpropagate(
  agent: ActorCritic,
  rollout: Rollout,
  batch: Minibatch,
  options: LossOptions,
  losses: Losses,
): void {
  const { rows, index, advantages } = batch;
  const logits = forward(agent.policy, rows);
  const values = forward(agent.value, rows);
  const logitDeltas = agent.policy.layers.at(-1)!.deltas;
  const valueDeltas = agent.value.layers.at(-1)!.deltas;
  logitDeltas.fill(0);
  valueDeltas.fill(0);
  const actions = actionSpace.length;
  const logitWidth = outputWidth(agent.policy);
  const valueWidth = outputWidth(agent.value);
  const logProbability = new Float64Array(actions);
  for (let r = 0; r < rows; r++) {
    const at = index[r]!;
    const action = rollout.actions[at]!;
    const advantage = advantages[r]!;
    logSoftmax(logits, r * logitWidth, actions, logProbability);

    const logRatio = logProbability[action]! - rollout.logProbabilities[at]!;
    const ratio = Math.exp(logRatio);
    const limited = Math.min(1 + options.clip, Math.max(1 - options.clip, ratio));
    const counts = ratio * advantage <= limited * advantage;
    let entropy = 0;
    for (let a = 0; a < actions; a++) entropy -= Math.exp(logProbability[a]!) * logProbability[a]!;
    for (let a = 0; a < actions; a++) {
      const probability = Math.exp(logProbability[a]!);
      const surrogate = counts ? -advantage * ratio * ((a === action ? 1 : 0) - probability) : 0;
      const bonus = options.entropy * probability * (logProbability[a]! + entropy);
      logitDeltas[r * logitWidth + a] = (surrogate + bonus) / rows;
    }

    const error = values[r * valueWidth]! - (rollout.advantages[at]! + rollout.values[at]!);
    valueDeltas[r * valueWidth] = (options.valueWeight * 2 * error) / rows;

    losses.policy_loss -= Math.min(ratio * advantage, limited * advantage);
    losses.value_loss += error * error;
    losses.entropy += entropy;
    // Schulman's low-variance estimate of the divergence, E[(r − 1) − ln r].
    losses.approx_kl += ratio - 1 - logRatio;
    losses.clip_fraction += limited === ratio ? 0 : 1;
  }
  backward(agent.policy, rows);
  backward(agent.value, rows);
}
