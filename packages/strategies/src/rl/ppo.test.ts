import { describe, expect, test } from '@jest/globals';
import { walk as randomWalk } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { netReturns } from '../evaluation/backtest.ts';
import { fitScaler } from '../evaluation/scaler.ts';
import { splitInTime } from '../evaluation/split.ts';
import { computeFeatures } from '../features/index.ts';
import { readParams } from '../params.ts';
import { createRandom } from '../random.ts';
import type { Bars } from '../strategy.ts';
import { learn, schedule } from './ppo.ts';
import { scaleFeatures } from '../dataset.ts';
import { createMarket, marketOptions, returnDeviation } from './environment.ts';
import { rlSettings } from '@ml-training/sdk';
import { evaluatePolicy } from './evaluate-policy.ts';

const settings = readParams(rlSettings, { total_timesteps: 5_000, learning_rate: 0.003 }, 'rl');

/**
 * Returns after costs on the holdout of an agent trained on the bars' features, or on those and the next
 * return.
 */
async function holdoutReturns(bars: Bars, seed: number, planted: boolean): Promise<Float64Array> {
  const features = computeFeatures(bars);
  const split = splitInTime({ from: features.firstRow, to: features.rows, horizon: 1 });
  if (planted)
    for (let t = 0; t + 1 < features.rows; t++)
      features.data[t * features.cols] = bars.close[t + 1]! / bars.close[t]! - 1;
  const scaler = fitScaler(features.data, features.cols, split.train);
  const options = marketOptions(settings, bars.symbol, returnDeviation(bars.close, split.train));
  const market = createMarket(bars, scaleFeatures(features, scaler), options);
  const { agent } = await learn(market, split, settings, createRandom(seed), recorder().context);
  return netReturns(bars.close, evaluatePolicy(market, agent, split.holdout).position, split.holdout, 5);
}

/** How many standard errors the mean return lies above 0, over several random walks. */
async function surplus(planted: boolean): Promise<number> {
  const returns: number[] = [];
  for (const seed of [1, 2, 3, 4, 5])
    returns.push(...(await holdoutReturns(randomWalk({ rows: 400, seed }), seed, planted)));
  const mean = returns.reduce((sum, r) => sum + r, 0) / returns.length;
  const variance = returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (returns.length - 1);
  return mean / Math.sqrt(variance / returns.length);
}

describe('on a random walk', () => {
  test('nothing is gained beyond luck', async () => {
    expect(await surplus(false)).toBeLessThan(2);
  });

  test('a feature that knows the next return is found out at once', async () => {
    expect(await surplus(true)).toBeGreaterThan(10);
  });
});

test('an agent plays at least as many steps as it is told to, in whole updates', () => {
  const plan = { n_envs: 8, n_steps: 128, total_timesteps: 5_000 };
  expect(schedule({ from: 40, to: 500 }, plan)).toEqual({
    episodeSteps: 128,
    stepsPerUpdate: 1_024,
    updates: 5,
    steps: 5_120,
  });
  expect(schedule({ from: 40, to: 140 }, plan)).toMatchObject({
    episodeSteps: 100,
    updates: 7,
    steps: 5_600,
  });
});
