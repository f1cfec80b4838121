import { backtest, barsPerYear } from '../../../packages/strategies/src/evaluation/backtest.ts';
import { writeArrays } from '../harness/arrays.ts';
import { sampleBars } from '../harness/bars.ts';
import type { Part } from '../harness/part.ts';
import { prepareArrays } from '../harness/prepared.ts';
import { preparePeer } from '../harness/python.ts';
import { measure, type Answer } from '../harness/run.ts';
import {
  compareScores,
  costRows,
  describeMeasured,
  inThreads,
  takeTurns,
  type Turns,
} from '../harness/turns.ts';

const symbol = 'SP500';
const params = {
  total_timesteps: 100_000,
  n_envs: 16,
  n_steps: 128,
  hidden_layers: 2,
  hidden_units: 64,
  n_epochs: 4,
  batch_size: 64,
  learning_rate: 3e-4,
  linear_decay: true,
  gamma: 0.9,
  gae_lambda: 0.95,
  clip_range: 0.2,
  ent_coef: 0.01,
  vf_coef: 0.5,
  max_grad_norm: 0.5,
  cost_bps: 5,
};
/**
 * Ours is one agent and keeps the policy of the last update, as
 * stable-baselines3 does, not the best one on validation rows.
 */
const ownParams = { ...params, window: 1, seeds: 1, drawdown_penalty: 0, evaluations: 1 };

interface Against {
  readonly name: string;
  readonly library: 'stable-baselines3' | 'sbx';
  readonly threads: readonly number[];
  /** Share of the peer's time. */
  readonly atMost: number;
}

const partOf = ({ name, library, threads, atMost }: Against): Part => ({
  name,
  title: `PPO against ${library === 'sbx' ? 'sbx, the twin of stable-baselines3 in JAX' : library}`,
  about:
    `${params.total_timesteps.toLocaleString('en')} steps of ${params.n_envs} environments side by side on ${symbol}'s sample bars: the same ` +
    'observations, rewards, costs, networks (64 × 64, tanh) and hyperparameters. The peer plays in a vectorised numpy ' +
    'environment. Timed are all rollouts and updates but the first, which warms up. Each turn has a seed of its own; ' +
    'the return is that of the last policy on the holdout, after costs.',
  run: async (context) => {
    const peer = await preparePeer(library, context.say);
    const bars = sampleBars(symbol);
    const { table, cols, parts } = await prepareArrays('rl', bars, ownParams);
    const arrays = await writeArrays(context.folder, {
      table: [table, [table.length / cols, cols]],
      close: [bars.close, [bars.close.length]],
    });
    const peerJob = { arrays, parts, params, library, return_unit: returnDeviation(bars.close, parts.train) };

    /** In percent, after costs. */
    const totalReturn = ({ position = [] }: Answer): number => {
      const [from, to] = parts.holdout;
      const options = { costBps: params.cost_bps, barsPerYear: barsPerYear(bars.time) };
      return 100 * backtest(bars.close, Int8Array.from(position), { from, to }, options).return;
    };
    const take = (threads: number, seedBefore: number): Promise<Turns> =>
      takeTurns(
        context,
        inThreads(threads),
        {
          ours: (turn) => {
            const job = { symbol, seed: seedBefore + turn, params: ownParams };
            return measure('contenders/ppo.ts', job, { folder: context.folder, threads });
          },
          peer: (turn) => {
            const job = { ...peerJob, seed: seedBefore + turn };
            return measure('peers/ppo.py', job, { folder: context.folder, threads, python: peer.python });
          },
        },
        (one) => `${describeMeasured(one)}, return ${totalReturn(one).toFixed(1)} %`,
      );
    const two = await take(2, 0);
    const one = threads.includes(1) ? await take(1, context.turns) : null;
    const all: Turns = {
      ours: [...two.ours, ...(one?.ours ?? [])],
      peer: [...two.peer, ...(one?.peer ?? [])],
    };
    const target = { of: 'ratio', atMost } as const;
    const form = { unit: '%', digits: 1, target: { of: 'within peer spread' } } as const;
    return {
      sections: [
        { title: inThreads(2), rows: costRows(two, target) },
        ...(one === null ? [] : [{ title: inThreads(1), rows: costRows(one, target) }]),
        {
          title: `${all.ours.length} seeds`,
          rows: [compareScores('return on the holdout', all, totalReturn, form)],
        },
      ],
      versions: peer.versions,
    };
  },
});

export const ppoPart = partOf({ name: 'ppo', library: 'stable-baselines3', threads: [2, 1], atMost: 0.4 });
/** XLA takes the cores that there are, so that one thread can't be asked for. */
export const sbxPart = partOf({ name: 'ppo-sbx', library: 'sbx', threads: [2], atMost: 0.25 });

/** Standard deviation of the returns from each row to the next close. */
function returnDeviation(close: Float64Array, [from, to]: readonly [number, number]): number {
  const returns = Array.from({ length: to - from }, (_, i) => close[from + i + 1]! / close[from + i]! - 1);
  const mean = returns.reduce((sum, r) => sum + r, 0) / returns.length;
  return Math.sqrt(returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / returns.length);
}
