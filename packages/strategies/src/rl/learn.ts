import { setImmediate } from 'node:timers/promises';
import { netReturns } from '../evaluation/backtest.ts';
import type { Split } from '../evaluation/split.ts';
import type { Random } from '../random.ts';
import type { TrainContext } from '../strategy.ts';
import { actionSpace, createEnvironments, type Market } from './environment.ts';
import { createActorCritic, initialise, type ActorCritic } from './network.ts';
import { collect, createRollout } from './rollout.ts';
import type { RlSettings } from './settings.ts';
import { update } from './update.ts';
import { walk } from './walk.ts';

export interface Learned {
  /** The policy that did best on the validation rows. */
  readonly agent: ActorCritic;
  readonly steps: number;
  readonly updates: number;
  readonly bestUpdate: number;
  /** Mean return of a validation row after costs, of the policy that was kept. */
  readonly bestValidation: number;
}

/**
 * Plays and learns by turns on the training rows; every so many updates the policy walks the validation rows, and the
 * one with the highest mean return after costs is kept.
 * @throws StrategyError DIVERGED; the signal's reason when aborted.
 */
export async function learn(
  market: Market,
  { train, validation }: Pick<Split, 'train' | 'validation'>,
  settings: RlSettings,
  random: Random,
  context: TrainContext,
): Promise<Learned> {
  const envs = createEnvironments(market, settings.envs);
  const rollout = createRollout(Math.min(settings.episode_steps, train.to - train.from), envs);
  const hidden = Array.from({ length: settings.hidden_layers }, () => settings.hidden_units);
  const agent = createActorCritic(
    [envs.observationSize, ...hidden, actionSpace.length],
    Math.max(settings.minibatch, settings.envs),
  );
  const streams = {
    starts: random.fork('starts'),
    actions: random.fork('actions'),
    minibatches: random.fork('minibatches'),
  };
  initialise(agent, random.fork('weights'));

  const stepsPerUpdate = rollout.steps * rollout.count;
  const updates = Math.ceil(settings.total_steps / stepsPerUpdate);
  const best = { parameters: agent.parameters.slice(), update: 0, validation: Number.NEGATIVE_INFINITY };
  for (let u = 1; u <= updates; u++) {
    // Gives up the thread for a moment, so that an abort can arrive and the lease be kept.
    await setImmediate();
    context.signal.throwIfAborted();
    const learningRate = settings.learning_rate * (settings.linear_decay ? 1 - (u - 1) / updates : 1);
    const meanReward = collect(rollout, envs, agent, train, streams, settings);
    const losses = update(agent, rollout, streams.minibatches, {
      epochs: settings.epochs,
      minibatch: settings.minibatch,
      learningRate,
      clip: settings.clip,
      entropy: settings.entropy,
      valueWeight: settings.value_weight,
      maxGradientNorm: settings.clip_norm,
    });
    const values: Record<string, number> = { mean_reward: meanReward, ...losses };
    if (isDue(u, updates, settings.evaluations)) {
      const { position } = walk(market, agent, validation);
      const mean = average(netReturns(market.close, position, validation, settings.cost_bps));
      values.validation_return = mean;
      if (mean > best.validation) {
        best.parameters.set(agent.parameters);
        best.update = u;
        best.validation = mean;
      }
    }
    context.epoch(u * stepsPerUpdate, values);
    context.progress(u / updates, 'training');
  }
  agent.parameters.set(best.parameters);
  return {
    agent,
    steps: updates * stepsPerUpdate,
    updates,
    bestUpdate: best.update,
    bestValidation: best.validation,
  };
}

/** Whether update `u` of 1…`updates` is one of `times` evenly spaced ones, of which the last update is always one. */
const isDue = (u: number, updates: number, times: number): boolean =>
  Math.floor((u * times) / updates) > Math.floor(((u - 1) * times) / updates);

const average = (x: Float64Array): number => x.reduce((sum, v) => sum + v, 0) / x.length;
