import type { RlSettings } from '@ml-training/sdk';
import { netReturns } from '../evaluation/backtest.ts';
import { evaluate } from '../evaluation/metrics.ts';
import type { Split } from '../evaluation/split.ts';
import { directionOfPolicy } from '../labels/direction.ts';
import type { Account, Bars, Plain, Prediction, RowRange } from '../strategy.ts';
import { roundWeights, type Best } from './agent-state.ts';
import { actionSpace, createEnvironments, resetTo, step, type Market } from './environment.ts';
import { createActorCritic, forward, logSoftmax, type ActorCritic } from './network.ts';
import { accountColumns, observeAccounts, writeObservation } from './observation.ts';

/**
 * Plays the rows of `range` in order, always taking the likeliest action. What the agent sees includes its
 * own account, so a row's answer depends on where the range starts and on what is held there. The score is
 * p(long) + p(flat) / 2: a policy states what it would do, not what it expects, and staying out says nothing
 * either way.
 * @param account what is held at the first row; a new and flat one when left out.
 */
export function evaluatePolicy(
  market: Market,
  { policy, input }: Pick<ActorCritic, 'policy' | 'input'>,
  range: RowRange,
  account?: Account,
): Prediction {
  const rows = range.to - range.from;
  const score = new Float64Array(rows);
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
    score[i] = Math.min(1, Math.exp(logProbability[2]!) + Math.exp(logProbability[1]!) / 2);
    // The last row may be the newest bar, which has no next close to step to.
    if (i < rows - 1) step(envs, action, reward);
  }
  return { score, position };
}

function likeliest(logProbability: Float64Array): number {
  let best = 0;
  for (let a = 1; a < logProbability.length; a++) if (logProbability[a]! > logProbability[best]!) best = a;
  return best;
}

/** The agent that validation chose, its weights as they are stored. */
export interface SelectedAgent {
  readonly agent: ActorCritic;
  /** Its place among the finished ones. */
  readonly chosen: number;
  /** For the report: how well it did on the validation rows, and what rounding its weights has cost there. */
  readonly details: { readonly [name: string]: Plain };
  /** This agent beside those of the other seeds, also on the holdout, which is walked when this is called. */
  readonly holdoutDetails: () => { readonly [name: string]: Plain };
}

/** What agents are evaluated on. */
interface Evaluation {
  readonly bars: Bars;
  readonly market: Market;
  readonly split: Pick<Split, 'validation' | 'holdout'>;
  readonly settings: RlSettings;
}

/**
 * Chooses one of the trained agents by validation alone. How the others do on the holdout is for the report,
 * so that it can say how much of a result is the seed's luck.
 * @param sizes of their networks, as `createActorCritic` takes them.
 */
export function selectAgent(
  evaluation: Evaluation,
  finished: readonly Best[],
  sizes: readonly number[],
): SelectedAgent {
  const chosen = bestSeed(finished);
  const validated = finished.map((best) => validateAgent(evaluation, best, sizes));
  const { agent, scores, rounding } = validated[chosen]!;
  return {
    agent,
    chosen,
    details: {
      best_update: scores.best_update,
      validation_mean_return: scores.validation_mean_return,
      validation_mean_reward: scores.validation_mean_reward,
      chosen_by: 'validation_mean_reward',
      ...(evaluation.settings.weights === 'float16' ? { float16: rounding } : {}),
    },
    holdoutDetails: () => {
      const onHoldout = validated.map((own) => holdoutScores(evaluation, own.agent));
      return {
        seeds: validated.map((own, i) => ({
          seed: i + 1,
          chosen: i === chosen,
          ...own.scores,
          ...onHoldout[i]!,
        })),
        holdout_return_of_seeds: spread(onHoldout.map(({ holdout_return }) => holdout_return)),
      };
    },
  };
}

/** The agent that did best on validation, the first of equals; the holdout has no part in it. */
const bestSeed = (finished: readonly Best[]): number =>
  finished.reduce((best, { validation }, i) => (validation > finished[best]!.validation ? i : best), 0);

function validateAgent({ market, split, settings }: Evaluation, best: Best, sizes: readonly number[]) {
  const agent = createActorCritic(sizes, 1);
  const onValidation = (parameters: Float32Array) => {
    agent.parameters.set(parameters);
    const { position } = evaluatePolicy(market, agent, split.validation);
    return {
      position,
      mean: mean(netReturns(market.close, position, split.validation, market.costBps)),
    };
  };
  const exact = onValidation(best.parameters);
  const stored = onValidation(roundWeights(best.parameters, settings.weights));
  return {
    agent,
    rounding: {
      return_change: stored.mean - exact.mean,
      agreement: agreement(exact.position, stored.position),
    },
    scores: {
      best_update: best.update,
      validation_mean_reward: best.validation,
      validation_mean_return: stored.mean,
    },
  };
}

function holdoutScores({ bars, market, split, settings }: Evaluation, agent: ActorCritic) {
  const { position } = evaluatePolicy(market, agent, split.holdout);
  const said = { score: new Float64Array(position.length), position };
  const { horizon } = settings;
  const label = directionOfPolicy(settings);
  const { return: total, sharpe } = evaluate(bars, said, split.holdout, {
    horizon,
    costBps: market.costBps,
    label,
  });
  // Of few rows there is none.
  return { holdout_return: total!, holdout_sharpe: sharpe ?? null };
}

/** Share of rows with the same action. */
const agreement = (a: Int8Array, b: Int8Array): number =>
  a.reduce((equal, position, i) => equal + (position === b[i] ? 1 : 0), 0) / a.length;

function spread(numbers: readonly number[]): Record<'min' | 'median' | 'max', number> {
  const ascending = [...numbers].sort((a, b) => a - b);
  const middle = (ascending.length - 1) / 2;
  return {
    min: ascending[0]!,
    median: (ascending[Math.floor(middle)]! + ascending[Math.ceil(middle)]!) / 2,
    max: ascending.at(-1)!,
  };
}

const mean = (x: Float64Array): number => x.reduce((sum, v) => sum + v, 0) / x.length;
