// What no strategy may do: learn from its holdout, or score on a price in which there is nothing to learn.
import { describe, expect, test } from '@jest/globals';
import type { BuiltInStrategy } from '@ml-training/sdk';
import { perturbFrom, sampleBars, walk } from '../test/bars.ts';
import { recorder } from '../test/context.ts';
import { digest } from '../test/digest.ts';
import { directionLabels } from './evaluation/index.ts';
import { auc } from './evaluation/metrics.ts';
import { builtInTypes, loadStrategy } from './index.ts';

import type { Bars, Plain } from './strategy.ts';

const tiny: Readonly<Record<BuiltInStrategy, { readonly [name: string]: Plain }>> = {
  ensemble: { num_boost_round: 30, forest_trees: 8 },
  lstm: { epochs: 3, units: 8, window: 8 },
  rl: { total_timesteps: 3_000, n_envs: 4, n_steps: 50, hidden_units: 12, seeds: 1 },
};

async function train(type: BuiltInStrategy, bars: Bars, seed = 5) {
  const strategy = await loadStrategy(type);
  const request = { bars: [bars], params: tiny[type], seed, threads: 1 };
  const { artefact, report, predictions } = await strategy.train(request, recorder().context);
  return { artefact, report: report.symbols[0]!, said: predictions[0]! };
}

describe.each(builtInTypes)('%s', (type) => {
  test('stores the same scaler and weights whatever comes after the last bar it was chosen on', async () => {
    const bars = sampleBars('GOOG', 400);
    const { artefact, report } = await train(type, bars);
    const last = bars.time.indexOf(report.dataTo);
    expect(last).toBeLessThan(report.holdout.from);
    const later = await train(type, perturbFrom(bars, last + 1));
    expect(later.report.metrics).not.toEqual(report.metrics);
    expect(digest(later.artefact.model_state)).toBe(digest(artefact.model_state));
    // The check above can fail: a few bars earlier, and it learns something else.
    const earlier = await train(type, perturbFrom(bars, report.train.to - 20));
    expect(digest(earlier.artefact.model_state)).not.toBe(digest(artefact.model_state));
  });

  test('scores at chance on prices whose moves are independent', async () => {
    const scores: { auc: number; sharpe: number }[] = [];
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const bars = walk({ rows: 700, seed: 100 + seed });
      const { report, said } = await train(type, bars, seed);
      const { metrics, baselines, holdout } = report;
      // A policy has no AUC among its scores; how it leans must tell nothing all the same.
      const area = auc(said.score, directionLabels(bars.close, 1).subarray(holdout.from, holdout.to))!;
      scores.push({ auc: area, sharpe: metrics.sharpe! - baselines.always_flat!.sharpe! });
    }
    const mean = (of: (score: (typeof scores)[number]) => number): number =>
      scores.reduce((sum, score) => sum + of(score), 0) / scores.length;
    // Of 130 coins an AUC's standard error is √(1/390), and a Sharpe ratio's √(8766 bars a year / 130).
    expect(Math.abs(mean(({ auc }) => auc) - 0.5)).toBeLessThan((3.5 * Math.sqrt(1 / 390)) / Math.sqrt(6));
    expect(mean(({ sharpe }) => sharpe)).toBeLessThan((3.5 * Math.sqrt(8766 / 130)) / Math.sqrt(6));
  });
});
