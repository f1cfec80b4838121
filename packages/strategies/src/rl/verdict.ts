import { backtest, barsPerYear, netReturns } from '../evaluation/backtest.ts';
import type { Split } from '../evaluation/split.ts';
import type { Bars, Plain, Prediction } from '../strategy.ts';
import type { Best } from './agent-state.ts';
import type { Market } from './environment.ts';
import { createActorCritic, type ActorCritic } from './network.ts';
import { bestOf } from './seeds.ts';
import type { RlSettings } from '@ml-training/sdk';
import { walk } from './walk.ts';
import { roundWeights } from './weights.ts';

/** The agent that validation chose, its weights as they are stored. */
export interface Verdict {
  readonly agent: ActorCritic;
  /** Of the holdout's rows. */
  readonly prediction: Prediction;
  /** For the report: this agent beside those of the other seeds, and what rounding its weights has cost. */
  readonly details: { readonly [name: string]: Plain };
}

/** What agents are judged by. */
interface Trial {
  readonly bars: Bars;
  readonly market: Market;
  readonly split: Pick<Split, 'validation' | 'holdout'>;
  readonly settings: RlSettings;
}

/**
 * Chooses one of the trained agents by validation alone, then takes all of them over the holdout: the chosen one to be judged
 * there, the others so that the report can say how much of a result is the seed's luck.
 * @param sizes of their networks, as `createActorCritic` takes them.
 */
export function chooseAndJudge(trial: Trial, finished: readonly Best[], sizes: readonly number[]): Verdict {
  const chosen = bestOf(finished);
  const judged = finished.map((best) => judgeOne(trial, best, sizes));
  const { agent, prediction, rounding } = judged[chosen]!;
  return {
    agent,
    prediction,
    details: {
      best_update: finished[chosen]!.update,
      validation_mean_return: judged[chosen]!.scores.validation_mean_return,
      validation_mean_reward: finished[chosen]!.validation,
      chosen_by: 'validation_mean_reward',
      seeds: judged.map(({ scores }, i) => ({ seed: i + 1, chosen: i === chosen, ...scores })),
      holdout_return_of_seeds: spread(judged.map(({ scores }) => scores.holdout_return)),
      ...(trial.settings.weights === 'float16' ? { float16: rounding } : {}),
    },
  };
}

function judgeOne({ bars, market, split, settings }: Trial, best: Best, sizes: readonly number[]) {
  const agent = createActorCritic(sizes, 1);
  const onValidation = (parameters: Float32Array) => {
    agent.parameters.set(parameters);
    const { position } = walk(market, agent, split.validation);
    return {
      position,
      mean: mean(netReturns(market.close, position, split.validation, settings.cost_bps)),
    };
  };
  const exact = onValidation(best.parameters);
  const stored = onValidation(roundWeights(best.parameters, settings.weights));
  const prediction = walk(market, agent, split.holdout);
  const { return: total, sharpe } = backtest(bars.close, prediction.position, split.holdout, {
    costBps: settings.cost_bps,
    barsPerYear: barsPerYear(bars.time),
  });
  return {
    agent,
    prediction,
    rounding: {
      return_change: stored.mean - exact.mean,
      agreement: agreement(exact.position, stored.position),
    },
    scores: {
      best_update: best.update,
      validation_mean_reward: best.validation,
      validation_mean_return: stored.mean,
      holdout_return: total,
      holdout_sharpe: sharpe,
    },
  };
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
