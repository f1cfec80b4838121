import type { RlSettings } from '@ml-training/sdk';
import { StrategyError } from '../errors.ts';
import { netReturns } from '../evaluation/backtest.ts';
import type { Split } from '../evaluation/split.ts';
import type { Random } from '../random.ts';
import type { RowRange, TrainContext } from '../strategy.ts';
import { yieldToEventLoop } from '../yield.ts';
import { learningToPlain, restoreLearning, type Best, type Learning } from './agent-state.ts';
import { actionSpace, createEnvironments, meanReward, type Market } from './environment.ts';
import { evaluatePolicy } from './evaluate-policy.ts';
import {
  adamStep,
  backward,
  createActorCritic,
  forward,
  initialise,
  logSoftmax,
  outputWidth,
  type ActorCritic,
} from './network.ts';
import { observationSize } from './observation.ts';
import { collectRollout, createRollout, readObservation, type Rollout } from './rollout.ts';

interface Learned {
  /** The policy that did best on the validation rows. */
  readonly agent: ActorCritic;
  /**
   * Its parameters, the update it came of (0 for the one begun with), and its mean reward on a validation
   * row.
   */
  readonly best: Best;
}

/**
 * Trains one agent: it plays and learns by turns on the training rows; every so many updates the policy is
 * evaluated on the validation rows, and the one with the highest mean reward there is kept. After each update
 * the context may keep a checkpoint, and a training resumed from `context.resume` comes to the very same end.
 * @param start a warm start's parameters, in place of random ones; they then take part in the choice.
 * @param until updates after which it ends with the policy as it is then: nothing is chosen, and the validation
 *   rows are not looked at.
 * @throws StrategyError DIVERGED, or INVALID_MODEL when the checkpoint is damaged; the signal's reason when
 *   aborted.
 */
export async function learn(
  market: Market,
  { train, validation }: Pick<Split, 'train' | 'validation'>,
  settings: RlSettings,
  random: Random,
  context: TrainContext,
  start?: Float32Array,
  until?: number,
): Promise<Learned> {
  const envs = createEnvironments(market, settings.n_envs);
  const { episodeSteps, stepsPerUpdate, updates } = schedule(train, settings);
  const rollout = createRollout(episodeSteps, envs);
  const agent = createActorCritic(
    layerSizes(market, settings),
    Math.max(settings.batch_size, settings.n_envs),
  );

  const score = (): number => {
    const { position } = evaluatePolicy(market, agent, validation);
    return meanReward(
      netReturns(market.close, position, validation, market.costBps),
      settings.drawdown_penalty,
    );
  };
  const chooses = until === undefined;
  const from = start === undefined ? null : { start, score: chooses ? score : () => 0 };
  const learning = initialLearning(agent, random, from);
  if (context.resume !== null) restoreLearning(learning, context.resume, updates);

  context.signal.throwIfAborted();
  while (learning.update < (until ?? updates)) {
    const learningRate = settings.learning_rate * (settings.linear_decay ? 1 - learning.update / updates : 1);
    const meanTrained = collectRollout(rollout, envs, agent, train, learning.streams, settings);
    const losses = update(agent, rollout, learning.streams.minibatches, settings, learningRate);
    const u = ++learning.update;
    const values: Record<string, number> = { mean_reward: meanTrained, ...losses };
    if (!chooses) keepBest(learning, u);
    else if (isDue(u, updates, settings.evaluations)) {
      values.validation_reward = score();
      keepBest(learning, values.validation_reward);
    }
    context.epoch(u * stepsPerUpdate, values);
    context.progress(u / updates, 'training');
    await yieldToEventLoop();
    // First, so that what is learnt is kept when the run must stop.
    await context.checkpoint(() => learningToPlain(learning));
    context.signal.throwIfAborted();
  }
  agent.parameters.set(learning.best.parameters);
  return { agent, best: learning.best };
}

/** How long one agent is trained, in episodes' steps, updates and steps of all environments together. */
export function schedule(
  train: RowRange,
  settings: Pick<RlSettings, 'n_envs' | 'n_steps' | 'total_timesteps'>,
): Record<'episodeSteps' | 'stepsPerUpdate' | 'updates' | 'steps', number> {
  const episodeSteps = Math.min(settings.n_steps, train.to - train.from);
  const stepsPerUpdate = episodeSteps * settings.n_envs;
  const updates = Math.ceil(settings.total_timesteps / stepsPerUpdate);
  return { episodeSteps, stepsPerUpdate, updates, steps: updates * stepsPerUpdate };
}

/** Inputs, hidden units of each layer and actions of an agent's networks. */
export const layerSizes = (
  { window, featureCols }: Pick<Market, 'window' | 'featureCols'>,
  settings: Pick<RlSettings, 'hidden_layers' | 'hidden_units'>,
): readonly number[] => [
  observationSize(window, featureCols),
  ...Array.from({ length: settings.hidden_layers }, () => settings.hidden_units),
  actionSpace.length,
];

function initialLearning(
  agent: ActorCritic,
  random: Random,
  from: { readonly start: Float32Array; readonly score: () => number } | null,
): Learning {
  if (from === null) initialise(agent, random.fork('weights'));
  else agent.parameters.set(from.start);
  return {
    agent,
    update: 0,
    streams: {
      starts: random.fork('starts'),
      actions: random.fork('actions'),
      minibatches: random.fork('minibatches'),
    },
    best: {
      parameters: agent.parameters.slice(),
      update: 0,
      validation: from?.score() ?? Number.NEGATIVE_INFINITY,
    },
  };
}

function keepBest({ agent, best, update: u }: Learning, validation: number): void {
  if (!(validation > best.validation)) return;
  best.parameters.set(agent.parameters);
  best.update = u;
  best.validation = validation;
}

/**
 * Whether update `u` of 1…`updates` is one of `times` evenly spaced ones, of which the last update is always
 * one.
 */
const isDue = (u: number, updates: number, times: number): boolean =>
  Math.floor((u * times) / updates) > Math.floor(((u - 1) * times) / updates);

type UpdateSettings = LossSettings & Pick<RlSettings, 'n_epochs' | 'batch_size' | 'max_grad_norm'>;

/**
 * Proximal policy optimisation's update (Schulman et al. 2017): several epochs over the rollout in shuffled
 * minibatches, each one Adam step on clipped surrogate + value loss − entropy, with advantages normalised by
 * minibatch and the norm of all gradients limited, as stable-baselines3 does.
 * @returns means over all rows and epochs.
 * @throws StrategyError DIVERGED when a loss or gradient is no finite number.
 */
export function update(
  agent: ActorCritic,
  rollout: Rollout,
  random: Random,
  settings: UpdateSettings,
  learningRate: number,
): Losses {
  const total = rollout.steps * rollout.count;
  const order = Uint32Array.from({ length: total }, (_, i) => i);
  const size = Math.min(settings.batch_size, total);
  const losses = createLosses();
  for (let epoch = 0; epoch < settings.n_epochs; epoch++) {
    random.shuffle(order);
    for (let from = 0; from < total; from += size) {
      const batch = gather(agent, rollout, order.subarray(from, Math.min(from + size, total)));
      backpropagate(agent, rollout, batch, settings, losses);
      const norm = Math.sqrt(agent.kernels.sumOfSquares(agent.gradients));
      if (!Number.isFinite(norm + losses.policy_loss + losses.value_loss)) throw diverged(agent, norm);
      const { max_grad_norm } = settings;
      adamStep(agent, learningRate, norm > max_grad_norm ? max_grad_norm / norm : 1);
    }
  }
  const rows = total * settings.n_epochs;
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
    `rl: the loss is no finite number any more at gradient step ${moments.steps + 1} ` +
      `(gradient norm ${norm}); check the bars for wild prices, or lower learning_rate`,
  );

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

type LossSettings = Pick<RlSettings, 'clip_range' | 'ent_coef' | 'vf_coef'>;

/** Terms of the loss, and how far the policy has moved from the one that played. */
interface Losses {
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
 * Puts the gradient of the minibatch's loss into `agent.gradients` and adds each row's terms to `losses`. The
 * loss is the mean over rows of −min(r A, clip(r, 1 ± clip_range) A) + vf_coef · (V − R)² − ent_coef · H
 * (Schulman et al. 2017, eq. 9), r being the new over the old probability of the action played.
 */
export function backpropagate(
  agent: ActorCritic,
  rollout: Rollout,
  batch: Minibatch,
  { clip_range, ent_coef, vf_coef }: LossSettings,
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
    const limited = Math.min(1 + clip_range, Math.max(1 - clip_range, ratio));
    const counts = ratio * advantage <= limited * advantage;
    let entropy = 0;
    for (let a = 0; a < actions; a++) entropy -= Math.exp(logProbability[a]!) * logProbability[a]!;
    for (let a = 0; a < actions; a++) {
      const probability = Math.exp(logProbability[a]!);
      const surrogate = counts ? -advantage * ratio * ((a === action ? 1 : 0) - probability) : 0;
      const bonus = ent_coef * probability * (logProbability[a]! + entropy);
      logitDeltas[r * logitWidth + a] = (surrogate + bonus) / rows;
    }

    const error = values[r * valueWidth]! - (rollout.advantages[at]! + rollout.values[at]!);
    valueDeltas[r * valueWidth] = (vf_coef * 2 * error) / rows;

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
