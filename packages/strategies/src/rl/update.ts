import { StrategyError } from '../errors.ts';
import type { Random } from '../random.ts';
import { adamStep } from './adam.ts';
import { backpropagate, createLosses, type Losses, type LossOptions, type Minibatch } from './loss.ts';
import type { ActorCritic } from './network.ts';
import { readObservation, type Rollout } from './rollout.ts';

export interface UpdateOptions extends LossOptions {
  readonly epochs: number;
  readonly minibatch: number;
  readonly learningRate: number;
  readonly maxGradientNorm: number;
}

/**
 * Proximal policy optimisation's update (Schulman et al. 2017): several epochs over the rollout in shuffled
 * minibatches, each one Adam step on clipped surrogate + value loss − entropy, with advantages normalised by minibatch
 * and the norm of all gradients limited, as stable-baselines3 does.
 * @returns means over all rows and epochs.
 * @throws StrategyError DIVERGED when a loss or gradient is no finite number.
 */
export function update(agent: ActorCritic, rollout: Rollout, random: Random, options: UpdateOptions): Losses {
  const total = rollout.steps * rollout.count;
  const order = Uint32Array.from({ length: total }, (_, i) => i);
  const size = Math.min(options.minibatch, total);
  const losses = createLosses();
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    random.shuffle(order);
    for (let from = 0; from < total; from += size) {
      const batch = gather(agent, rollout, order.subarray(from, Math.min(from + size, total)));
      backpropagate(agent, rollout, batch, options, losses);
      const norm = Math.sqrt(agent.kernels.sumOfSquares(agent.gradients));
      if (!Number.isFinite(norm + losses.policy_loss + losses.value_loss)) throw diverged(agent, norm);
      adamStep(agent, options.learningRate, clipScale(norm, options));
    }
  }
  const rows = total * options.epochs;
  return {
    policy_loss: losses.policy_loss / rows,
    value_loss: losses.value_loss / rows,
    entropy: losses.entropy / rows,
    approx_kl: losses.approx_kl / rows,
    clip_fraction: losses.clip_fraction / rows,
  };
}

const diverged = ({ moments }: ActorCritic, norm: number): StrategyError =>
  new StrategyError(
    'DIVERGED',
    `rl: the loss is no finite number any more at gradient step ${moments.steps + 1} (gradient norm ${norm}); ` +
      'check the bars for wild prices, or lower learning_rate',
  );

const clipScale = (norm: number, { maxGradientNorm }: UpdateOptions): number =>
  norm > maxGradientNorm ? maxGradientNorm / norm : 1;

/** Copies rows of the rollout into the agent's input, and normalises their advantages. */
function gather(agent: ActorCritic, rollout: Rollout, index: Uint32Array): Minibatch {
  const rows = index.length;
  const advantages = new Float64Array(rows);
  let sum = 0;
  for (let r = 0; r < rows; r++) {
    readObservation(agent, r, rollout, index[r]!);
    advantages[r] = rollout.advantages[index[r]!]!;
    sum += advantages[r]!;
  }
  const mean = sum / rows;
  let squares = 0;
  for (let r = 0; r < rows; r++) squares += (advantages[r]! - mean) ** 2;
  const deviation = Math.sqrt(squares / Math.max(1, rows - 1)) + 1e-8;
  for (let r = 0; r < rows; r++) advantages[r] = (advantages[r]! - mean) / deviation;
  return { rows, index, advantages };
}
