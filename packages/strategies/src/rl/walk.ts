import type { Account, Prediction, RowRange } from '../strategy.ts';
import { actionSpace, createEnvironments, resetTo, step, type Market } from './environment.ts';
import { forward, type ActorCritic } from './network.ts';
import { accountColumns, observeAccounts, writeObservation } from './observation.ts';
import { logSoftmax } from './softmax.ts';

/**
 * Plays the rows of `range` in order, always taking the likeliest action. What the agent sees includes its own
 * account, so a row's answer depends on where the range starts and on what is held there.
 * The probability of a rise is p(long) + p(flat) / 2: a policy states what it would do, not what it expects, and
 * staying out says nothing either way.
 * @param account what is held at the first row; a new and flat one when left out.
 */
export function walk(
  market: Market,
  { policy, input }: Pick<ActorCritic, 'policy' | 'input'>,
  range: RowRange,
  account?: Account,
): Prediction {
  const rows = range.to - range.from;
  const probability = new Float64Array(rows);
  const position = new Int8Array(rows);
  const envs = createEnvironments(market, 1);
  const accounts = new Float32Array(accountColumns.length);
  const logProbability = new Float64Array(actionSpace.length);
  const action = new Uint8Array(1);
  const reward = new Float64Array(1);
  resetTo(envs, 0, range.from, account);
  for (let i = 0; i < rows; i++) {
    observeAccounts(envs, accounts, 0);
    writeObservation(market, range.from + i, accounts, 0, input, 0);
    logSoftmax(forward(policy, 1), 0, actionSpace.length, logProbability);
    action[0] = likeliest(logProbability);
    position[i] = action[0] - 1;
    probability[i] = Math.min(1, Math.exp(logProbability[2]!) + Math.exp(logProbability[1]!) / 2);
    // The last row may be the newest bar, which has no next close to step to.
    if (i < rows - 1) step(envs, action, reward);
  }
  return { probability, position };
}

function likeliest(logProbability: Float64Array): number {
  let best = 0;
  for (let a = 1; a < logProbability.length; a++) if (logProbability[a]! > logProbability[best]!) best = a;
  return best;
}
