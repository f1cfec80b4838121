import { backtest, barsPerYear } from '../../../packages/strategies/src/evaluation/backtest.ts';
import { writeArrays } from '../harness/arrays.ts';
import { sampleBars } from '../harness/bars.ts';
import type { Part, PartContext } from '../harness/part.ts';
import { prepareArrays } from '../harness/prepared.ts';
import { preparePeer } from '../harness/python.ts';
import type { Section } from '../harness/result.ts';
import { measure, type Answer } from '../harness/run.ts';
import { compare, costRows, describeMeasured, takeTurns } from '../harness/turns.ts';

const symbol = 'SP500';
const params = {
  total_steps: 100_000,
  envs: 16,
  episode_steps: 128,
  hidden_layers: 2,
  hidden_units: 64,
  epochs: 4,
  minibatch: 64,
  learning_rate: 3e-4,
  linear_decay: true,
  gamma: 0.9,
  lambda: 0.95,
  clip: 0.2,
  entropy: 0.01,
  value_weight: 0.5,
  clip_norm: 0.5,
  cost_bps: 5,
};
/** Ours is one agent and keeps the policy of the last update, as stable-baselines3 does, not the best one on validation rows. */
const ownParams = { ...params, window: 1, seeds: 1, drawdown_penalty: 0, evaluations: 1 };

export const ppoPart: Part = {
  name: 'ppo',
  title: 'PPO against stable-baselines3',
  about:
    `${params.total_steps.toLocaleString('en')} steps of ${params.envs} environments side by side on ${symbol}'s sample bars: the same ` +
    'observations, rewards, costs, networks (64 × 64, tanh) and hyperparameters. The peer plays in a vectorised numpy ' +
    'environment. Timed are all rollouts and updates but the first, which warms up. Each turn has a seed of its own; ' +
    'the return is that of the last policy on the holdout, after costs.',
  run: async (context) => {
    const peer = await preparePeer('stable-baselines3', context.say);
    const sections: Section[] = [];
    for (const threads of [2, 1]) sections.push(await compareThreads(threads, peer.python, context));
    return { sections, versions: peer.versions };
  },
};

async function compareThreads(threads: number, python: string, context: PartContext): Promise<Section> {
  const { folder } = context;
  const bars = sampleBars(symbol);
  const { table, cols, parts } = await prepareArrays('rl', bars, ownParams);
  const arrays = await writeArrays(folder, {
    table: [table, [table.length / cols, cols]],
    close: [bars.close, [bars.close.length]],
  });
  const return_unit = returnDeviation(bars.close, parts.train);
  const turns = await takeTurns(
    context,
    `${threads} threads`,
    {
      ours: (seed) => measure('contenders/ppo.ts', { symbol, seed, params: ownParams }, { folder, threads }),
      peer: (seed) =>
        measure('peers/ppo.py', { arrays, parts, params, return_unit, seed }, { folder, threads, python }),
    },
    (one) => `${describeMeasured(one)}, return ${(100 * totalReturn(one)).toFixed(1)} %`,
  );
  function totalReturn({ position = [] }: Answer): number {
    const [from, to] = parts.holdout;
    const options = { costBps: params.cost_bps, barsPerYear: barsPerYear(bars.time) };
    return backtest(bars.close, Int8Array.from(position), { from, to }, options).return;
  }
  return {
    title: threads === 1 ? '1 thread' : `${threads} threads`,
    rows: [
      ...costRows(turns, { of: 'ratio', atMost: 0.4 }),
      compare('return on the holdout', turns, (one) => 100 * totalReturn(one), {
        unit: '%',
        digits: 1,
        target: { of: 'within peer spread' },
      }),
    ],
  };
}

/** Standard deviation of the returns from each row to the next close. */
function returnDeviation(close: Float64Array, [from, to]: readonly [number, number]): number {
  const returns = Array.from({ length: to - from }, (_, i) => close[from + i + 1]! / close[from + i]! - 1);
  const mean = returns.reduce((sum, r) => sum + r, 0) / returns.length;
  return Math.sqrt(returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / returns.length);
}
