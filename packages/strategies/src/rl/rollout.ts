import type { Random } from '../random.ts';
import type { RowRange } from '../strategy.ts';
import { actionSpace, resetRandomly, step, type Environments, type Market } from './environment.ts';
import { forward, logSoftmax, outputWidth, type ActorCritic } from './network.ts';
import { accountColumns, observeAccounts, writeObservation } from './observation.ts';

/** One episode of each environment, as the update wants it; arrays are [steps, count, …], time-major. */
export interface Rollout {
  readonly steps: number;
  readonly count: number;
  readonly market: Market;
  /** Bars that were observed, and the accounts they were observed with, [steps, count, accountColumns]. */
  readonly rows: Int32Array;
  readonly accounts: Float32Array;
  readonly actions: Uint8Array;
  readonly logProbabilities: Float64Array;
  readonly rewards: Float64Array;
  /** Value expected at each step before its action. */
  readonly values: Float64Array;
  /** Value expected after the last step, [count]: the episodes are cut there, not over. */
  readonly lastValues: Float64Array;
  readonly advantages: Float64Array;
}

export function createRollout(steps: number, { market, count }: Environments): Rollout {
  const rows = steps * count;
  return {
    steps,
    count,
    market,
    rows: new Int32Array(rows),
    accounts: new Float32Array(rows * accountColumns.length),
    actions: new Uint8Array(rows),
    logProbabilities: new Float64Array(rows),
    rewards: new Float64Array(rows),
    values: new Float64Array(rows),
    lastValues: new Float64Array(count),
    advantages: new Float64Array(rows),
  };
}

/**
 * Plays one episode in each environment from random rows of `range`, with actions drawn from the policy. All
 * episodes have the rollout's length and are cut together, so no other bookkeeping of ends is needed.
 * @returns mean reward of a step after costs, as a share of the capital.
 */
export function collectRollout(
  rollout: Rollout,
  envs: Environments,
  agent: ActorCritic,
  range: RowRange,
  random: { readonly starts: Random; readonly actions: Random },
  discount: { readonly gamma: number; readonly gae_lambda: number },
): number {
  const { steps, count } = rollout;
  const rewards = new Float64Array(count);
  const logProbability = new Float64Array(actionSpace.length);
  const width = outputWidth(agent.policy);
  let total = 0;
  resetRandomly(envs, range, steps, random.starts);
  for (let t = 0; t < steps; t++) {
    const from = t * count;
    rollout.rows.set(envs.row, from);
    observeAccounts(envs, rollout.accounts, from * accountColumns.length);
    for (let e = 0; e < count; e++) readObservation(agent, e, rollout, from + e);
    readValues(agent, rollout.values.subarray(from, from + count));
    const logits = forward(agent.policy, count);
    for (let e = 0; e < count; e++) {
      logSoftmax(logits, e * width, actionSpace.length, logProbability);
      const action = draw(logProbability, random.actions.next());
      rollout.actions[from + e] = action;
      rollout.logProbabilities[from + e] = logProbability[action]!;
    }
    step(envs, rollout.actions.subarray(from, from + count), rewards);
    for (let e = 0; e < count; e++) {
      total += rewards[e]!;
      // In units of a bar's standard deviation, so that one learning rate fits a currency and a share.
      rollout.rewards[from + e] = rewards[e]! / envs.market.returnUnit;
    }
  }
  observeLast(envs, agent);
  readValues(agent, rollout.lastValues);
  estimateAdvantages(rollout, discount.gamma, discount.gae_lambda);
  return total / (steps * count);
}

/** Puts observation `at` of the rollout into row `r` of the agent's input. */
export function readObservation(
  { input, stride }: ActorCritic,
  r: number,
  { market, rows, accounts }: Rollout,
  at: number,
): void {
  writeObservation(market, rows[at]!, accounts, at * accountColumns.length, input, r * stride);
}

/** Puts what the environments see after the last step into the agent's input. */
function observeLast(envs: Environments, { input, stride }: ActorCritic): void {
  const accounts = new Float32Array(envs.count * accountColumns.length);
  observeAccounts(envs, accounts, 0);
  for (let e = 0; e < envs.count; e++)
    writeObservation(envs.market, envs.row[e]!, accounts, e * accountColumns.length, input, e * stride);
}

/** Values of what the agent's input holds. */
function readValues(agent: ActorCritic, values: Float64Array): void {
  const results = forward(agent.value, values.length);
  for (let e = 0; e < values.length; e++) values[e] = results[e * outputWidth(agent.value)]!;
}

function draw(logProbability: Float64Array, uniform: number): number {
  let action = 0;
  let below = Math.exp(logProbability[0]!);
  while (uniform >= below && action < logProbability.length - 1) below += Math.exp(logProbability[++action]!);
  return action;
}

/**
 * Fills `advantages` by generalised advantage estimation (Schulman et al. 2016, eq. 16): with
 * δ_t = r_t + γ V_{t+1} − V_t, A_t = δ_t + γ λ A_{t+1}. Advantage plus value estimates the return.
 */
export function estimateAdvantages(
  {
    steps,
    count,
    rewards,
    values,
    lastValues,
    advantages,
  }: Pick<Rollout, 'steps' | 'count' | 'rewards' | 'values' | 'lastValues' | 'advantages'>,
  gamma: number,
  gaeLambda: number,
): void {
  for (let e = 0; e < count; e++) {
    let next = lastValues[e]!;
    let advantage = 0;
    for (let t = steps - 1; t >= 0; t--) {
      const at = t * count + e;
      advantage = rewards[at]! + gamma * next - values[at]! + gamma * gaeLambda * advantage;
      advantages[at] = advantage;
      next = values[at]!;
    }
  }
}
