import { setImmediate } from 'node:timers/promises';
import { netReturns } from '../evaluation/backtest.ts';
import type { Split } from '../evaluation/split.ts';
import type { Random } from '../random.ts';
import type { RowRange, TrainContext } from '../strategy.ts';
import { learningToPlain, restoreLearning, type Best, type Learning } from './agent-state.ts';
import { actionSpace, createEnvironments, type Market } from './environment.ts';
import { createActorCritic, initialise, type ActorCritic } from './network.ts';
import { meanReward } from './objective.ts';
import { observationSize } from './observation.ts';
import { collect, createRollout } from './rollout.ts';
import type { RlSettings } from '@ml-training/sdk';
import { update, type UpdateOptions } from './update.ts';
import { walk } from './walk.ts';

export interface Learned {
  /** The policy that did best on the validation rows. */
  readonly agent: ActorCritic;
  /** Its parameters, the update it came of (0 for the one begun with), and its mean reward on a validation row. */
  readonly best: Best;
  readonly steps: number;
  readonly updates: number;
}

/**
 * Trains one agent: it plays and learns by turns on the training rows; every so many updates the policy walks the validation
 * rows, and the one with the highest mean reward there is kept. After each update the context may keep a checkpoint, and
 * `context.resume` goes on from one to the very same end.
 * @param start parameters to begin with, in place of random ones; they then take part in the choice.
 * @throws StrategyError DIVERGED, or INVALID_MODEL when the checkpoint is damaged; the signal's reason when aborted.
 */
export async function learn(
  market: Market,
  { train, validation }: Pick<Split, 'train' | 'validation'>,
  settings: RlSettings,
  random: Random,
  context: TrainContext,
  start?: Float32Array,
): Promise<Learned> {
  const envs = createEnvironments(market, settings.n_envs);
  const { episodeSteps, stepsPerUpdate, updates, steps } = schedule(train, settings);
  const rollout = createRollout(episodeSteps, envs);
  const agent = createActorCritic(
    layerSizes(market, settings),
    Math.max(settings.batch_size, settings.n_envs),
  );

  const score = (): number => {
    const { position } = walk(market, agent, validation);
    return meanReward(
      netReturns(market.close, position, validation, settings.cost_bps),
      settings.drawdown_penalty,
    );
  };
  const learning = begin(agent, random, start === undefined ? null : { start, score });
  if (context.resume !== null) restoreLearning(learning, context.resume, updates);

  context.signal.throwIfAborted();
  while (learning.update < updates) {
    const learningRate = settings.learning_rate * (settings.linear_decay ? 1 - learning.update / updates : 1);
    const meanTrained = collect(rollout, envs, agent, train, learning.streams, settings);
    const options = updateOptions(settings, learningRate);
    const losses = update(agent, rollout, learning.streams.minibatches, options);
    const u = ++learning.update;
    const values: Record<string, number> = { mean_reward: meanTrained, ...losses };
    if (isDue(u, updates, settings.evaluations)) {
      values.validation_reward = score();
      keepBest(learning, values.validation_reward);
    }
    context.epoch(u * stepsPerUpdate, values);
    context.progress(u / updates, 'training');
    // Gives up the thread for a moment, so that an abort can arrive and the lease be kept.
    await setImmediate();
    await context.checkpoint(() => learningToPlain(learning));
    context.signal.throwIfAborted();
  }
  agent.parameters.set(learning.best.parameters);
  return { agent, best: learning.best, steps, updates };
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

function begin(
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

const updateOptions = (settings: RlSettings, learningRate: number): UpdateOptions => ({
  epochs: settings.n_epochs,
  minibatch: settings.batch_size,
  learningRate,
  clip: settings.clip_range,
  entropy: settings.ent_coef,
  valueWeight: settings.vf_coef,
  maxGradientNorm: settings.max_grad_norm,
});

/** Whether update `u` of 1…`updates` is one of `times` evenly spaced ones, of which the last update is always one. */
const isDue = (u: number, updates: number, times: number): boolean =>
  Math.floor((u * times) / updates) > Math.floor(((u - 1) * times) / updates);
