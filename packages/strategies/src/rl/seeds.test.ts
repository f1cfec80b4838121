import { describe, expect, test } from '@jest/globals';
import { perturbFrom, sampleBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { evaluate } from '../evaluation/metrics.ts';
import type { Plain } from '../strategy.ts';
import { rl } from './index.ts';
import { roundWeights } from './agent-state.ts';

const brief = { total_timesteps: 900, n_envs: 6, n_steps: 50, hidden_units: 10, learning_rate: 0.003 };

interface SeedRow {
  readonly [name: string]: Plain;
  readonly chosen: boolean;
  readonly best_update: number;
  readonly validation_mean_reward: number;
  readonly validation_mean_return: number;
  readonly holdout_return: number;
}

describe('a training of several seeds', () => {
  const bars = sampleBars('GOOG', 400);
  const run = recorder();
  const request = { bars: [bars], params: { ...brief, seeds: 4 }, seed: 1, threads: 1 };
  const trained = rl.train(request, run.context);
  const rowsOf = (details: { readonly [name: string]: Plain }) => details.seeds as unknown as SeedRow[];

  test('keeps the agent that did best on validation, not on the holdout', async () => {
    const { report } = await trained;
    const rows = rowsOf(report.details);
    const best = Math.max(...rows.map((row) => row.validation_mean_reward));
    expect(rows.map((row) => row.chosen)).toEqual(rows.map((row) => row.validation_mean_reward === best));
    const chosen = rows.find((row) => row.chosen)!;
    expect(report.symbols[0]!.metrics.return).toBe(chosen.holdout_return);
    expect(report.details.validation_mean_reward).toBe(best);
    // Else this test couldn't tell one way of choosing from the other.
    expect(chosen.holdout_return).toBeLessThan(Math.max(...rows.map((row) => row.holdout_return)));
  });

  test('chooses the same whatever the holdout holds', async () => {
    const { report } = await trained;
    const later = perturbFrom(bars, report.symbols[0]!.holdout.from + 1);
    const other = await rl.train({ ...request, bars: [later] }, recorder().context);
    const choice = (details: { readonly [name: string]: Plain }) =>
      rowsOf(details).map((row) => [row.chosen, row.best_update, row.validation_mean_reward]);
    expect(choice(other.report.details)).toEqual(choice(report.details));
    expect(rowsOf(other.report.details)).not.toEqual(rowsOf(report.details));
  });

  test('reports each seed and how far their returns on the holdout spread', async () => {
    const { report } = await trained;
    const rows = rowsOf(report.details);
    expect(rows.map((row) => row.seed)).toEqual([1, 2, 3, 4]);
    const [min, second, third, max] = rows.map((row) => row.holdout_return).sort((a, b) => a - b);
    expect(report.details.holdout_return_of_seeds).toEqual({ min, median: (second! + third!) / 2, max });
    expect(new Set(rows.map((row) => row.holdout_return)).size).toBeGreaterThan(2);
  });

  test('gives one curve, of one agent after the other', async () => {
    await trained;
    expect(run.epochs.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => (i + 1) * 300));
    expect(run.epochs.map(({ values }) => values.seed)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    const fractions = run.progress.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(run.progress).toContainEqual({ fraction: 0.5, stage: 'training 2 of 4' });
  });
});

describe('weights stored as float16', () => {
  const bars = sampleBars('SP500', 400);
  const train = (weights: string) =>
    rl.train(
      { bars: [bars], params: { ...brief, seeds: 2, weights }, seed: 3, threads: 1 },
      recorder().context,
    );

  test('answer exactly as they were evaluated, and the report says what rounding has cost', async () => {
    const { artefact, report, predictions } = await train('float16');
    const { holdout, validation, metrics } = report.symbols[0]!;
    const predictor = await rl.load(structuredClone(artefact));
    const again = await predictor.predict(bars, holdout);
    expect(again).toEqual(predictions[0]);
    const { label } = predictor;
    expect(evaluate(bars, again, holdout, { horizon: 1, costBps: 5, label })).toEqual(metrics);

    const exact = await train('float32');
    const full = await (await rl.load(exact.artefact)).predict(bars, validation);
    const rounded = await predictor.predict(bars, validation);
    expect(rounded.score).not.toEqual(full.score);
    const same = rounded.position.filter((position, i) => position === full.position[i]).length;
    const means = [report, exact.report].map(({ details }) => details.validation_mean_return as number);
    expect(report.details.float16).toEqual({
      return_change: means[0]! - means[1]!,
      agreement: same / full.position.length,
    });
    expect(exact.report.details).not.toHaveProperty('float16');
  });

  test('take half the room', async () => {
    const bytes = (plain: Plain): number =>
      plain instanceof Uint8Array
        ? plain.length
        : typeof plain === 'object' && plain !== null
          ? Object.values(plain).reduce((sum: number, part) => sum + bytes(part), 0)
          : 0;
    const [half, full] = await Promise.all(['float16', 'float32'].map(train));
    const ratio = bytes(half!.artefact.model_state.rl!) / bytes(full!.artefact.model_state.rl!);
    expect(ratio).toBeLessThan(0.6);
  });

  test('are refused where they are too large for it', () => {
    const weights = Float32Array.of(0.1, 65_504, 70_000);
    expect(() => roundWeights(weights, 'float16')).toThrow('65,504');
    expect(roundWeights(weights.subarray(0, 2), 'float16')).toEqual(Float32Array.of(0.0999755859375, 65_504));
    expect(roundWeights(weights, 'float32')).toEqual(weights);
  });
});
