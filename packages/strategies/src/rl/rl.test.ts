import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { defaultFeatures } from '@ml-training/sdk';
import { perturbFrom, sampleBars, walk } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { digest } from '../../test/digest.ts';
import { backtest, barsPerYear, netReturns } from '../evaluation/backtest.ts';
import { evaluate } from '../evaluation/metrics.ts';
import { degenerateReason } from '../evaluation/degenerate.ts';
import type { Artefact, Bars, Plain } from '../strategy.ts';
import { rl } from './index.ts';

/** Enough to learn something and to see whether it is repeatable, in a fraction of a second. */
const brief = {
  learning_rate: 0.003,
  total_timesteps: 1_500,
  n_envs: 6,
  n_steps: 50,
  evaluations: 5,
  hidden_units: 18,
  seeds: 1,
};

const train = (bars: Bars, params: Record<string, Plain> = brief, seed = 4, run = recorder()) =>
  rl.train({ bars: [bars], params, seed, threads: 1 }, run.context);

/** What a few thousand steps can learn from: the more inputs, the longer it takes to leave one alone. */
const few = defaultFeatures.filter(
  (name) => !name.startsWith('lag_') && !['volume_shock', 'return_by_volume'].includes(name),
);

describe('on a price that swings like a sine', () => {
  const bars = walk({
    rows: 500,
    seed: 1,
    close: (t) => 100 * Math.exp(0.05 * Math.sin((2 * Math.PI * t) / 25.7)),
  });

  test('the agent comes near to an oracle and far above buy and hold', async () => {
    const { report } = await train(bars, { total_timesteps: 20_000, cost_bps: 5, seeds: 1 });
    const { holdout, metrics, baselines } = report.symbols[0]!;
    const oracle = Int8Array.from({ length: holdout.to - holdout.from }, (_, i) =>
      Math.sign(bars.close[holdout.from + i + 1]! - bars.close[holdout.from + i]!),
    );
    const best = backtest(bars.close, oracle, holdout, { costBps: 5, barsPerYear: barsPerYear(bars.time) });
    expect(best.return).toBeGreaterThan(0.9);
    expect(metrics.return).toBeGreaterThan(0.9 * best.return);
    expect(baselines.buy_and_hold!.return).toBeLessThan(0.2 * best.return);
  });

  test('costs above every swing keep it out of the market', async () => {
    const params = { total_timesteps: 12_000, cost_bps: 1_000, learning_rate: 0.002, features: few };
    const { report } = await train(bars, params);
    expect(report.symbols[0]!.metrics.exposure).toBeLessThan(0.05);
  });
});

test('a penalty on drawdowns makes an agent careful that is bold without', async () => {
  const rising = walk({
    rows: 500,
    seed: 2,
    close: (_t, price, noise) => price * Math.exp(0.003 + 0.01 * noise),
  });
  const params = { total_timesteps: 10_000, learning_rate: 0.002, seeds: 1, features: few };
  const [bold, careful] = await Promise.all([
    train(rising, { ...params, drawdown_penalty: 0 }),
    train(rising, { ...params, drawdown_penalty: 10 }),
  ]);
  const [most, least] = [bold, careful].map(({ report }) => report.symbols[0]!.metrics);
  expect(most!.exposure).toBeGreaterThan(0.8);
  expect(least!.exposure).toBeLessThan(0.5);
  expect(least!.max_drawdown).toBeLessThan(0.5 * most!.max_drawdown!);
});

describe('a trained model', () => {
  const bars = sampleBars('SP500', 400);
  const run = recorder();
  const trained = train(bars, brief, 4, run);

  test('predicts after loading exactly what was evaluated', async () => {
    const { artefact, report } = await trained;
    const { holdout, metrics } = report.symbols[0]!;
    const predictor = await rl.load(structuredClone(artefact));
    const prediction = await predictor.predict(bars, holdout);
    expect(evaluate(bars, prediction, holdout, { horizon: 1, costBps: 5, label: rl.label() })).toEqual(
      metrics,
    );
    // What a policy says is no probability.
    expect(metrics).not.toHaveProperty('log_loss');
    expect(degenerateReason(prediction)).toBeNull();
  });

  test('is the same bytes from the same seed in another process, and another from another seed', async () => {
    const { artefact } = await trained;
    const at = (path: string): string => new URL(path, import.meta.url).href;
    const script = `
      const { rl } = await import('${at('./index.ts')}');
      const { sampleBars } = await import('${at('../../test/bars.ts')}');
      const { recorder } = await import('${at('../../test/context.ts')}');
      const { digest } = await import('${at('../../test/digest.ts')}');
      const bars = [sampleBars('SP500', 400)];
      const request = { bars, params: ${JSON.stringify(brief)}, seed: 4, threads: 1 };
      const { artefact } = await rl.train(request, recorder().context);
      console.log(digest(artefact.model_state));`;
    const elsewhere = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(elsewhere.trim()).toBe(digest(artefact.model_state));
    const other = await train(bars, brief, 5);
    expect(digest(other.artefact.model_state)).not.toBe(digest(artefact.model_state));
  });

  test('owes nothing to any bar after the last one its validation needed', async () => {
    const { artefact, report } = await trained;
    const { validation, dataTo } = report.symbols[0]!;
    const last = bars.time.indexOf(dataTo);
    expect(last).toBe(validation.to);
    const later = await train(perturbFrom(bars, last + 1));
    expect(digest(later.artefact.model_state)).toBe(digest(artefact.model_state));
    const earlier = await train(perturbFrom(bars, validation.from + 1));
    expect(earlier.report.details.validation_mean_return).not.toBe(report.details.validation_mean_return);
  });

  test('is the one that did best on validation', async () => {
    const { artefact, report } = await trained;
    const looks = run.epochs.flatMap(({ values }) => values.validation_reward ?? []);
    expect(looks).toHaveLength(5);
    expect(report.details.validation_mean_return).toBe(Math.max(...looks));
    expect(looks.at(-1)).toBeLessThan(Math.max(...looks));

    const { validation } = report.symbols[0]!;
    const { position } = await (await rl.load(artefact)).predict(bars, validation);
    const returns = netReturns(bars.close, position, validation, 5);
    expect(returns.reduce((sum, r) => sum + r, 0) / returns.length).toBe(Math.max(...looks));
    expect(run.progress.at(-1)).toEqual({ fraction: 1, stage: 'evaluation' });
  });

  test('answers for the newest bar too, and not for bars without history', async () => {
    const { artefact } = await trained;
    const predictor = await rl.load(artefact);
    const { position } = await predictor.predict(bars, { from: 399, to: 400 });
    expect(position).toHaveLength(1);
    await expect(predictor.predict(bars, { from: 32, to: 40 })).rejects.toMatchObject({
      code: 'TOO_FEW_BARS',
    });
  });

  test.each<[string, (state: Record<string, Plain>) => void]>([
    ['other features', (s) => ((s.observation as { feature_names: string[] }).feature_names[3] = 'other')],
    ['another kind', (s) => (s.kind = 'dqn')],
    ['other actions', (s) => (s.action_space = ['long', 'flat', 'short'])],
    ['no unit of return', (s) => (s.observation = { ...(s.observation as object), return_unit: 0 })],
    ['an infinite unit', (s) => (s.observation = { ...(s.observation as object), return_unit: Infinity })],
    ['no layers', (s) => (s.policy = { activation: 'tanh', layers: [] })],
    ['a layer cut off', (s) => (s.policy as { layers: Plain[] }).layers.shift()],
    ['another shape of value network', (s) => (s.value as { layers: Plain[] }).layers.splice(0, 1)],
    [
      'a weight that is NaN',
      (s) => (s.policy as { layers: { bias: { data: Uint8Array } }[] }).layers[0]!.bias.data.fill(255),
    ],
  ])('is refused when it has %s', async (_, damage) => {
    const artefact: Artefact = structuredClone((await trained).artefact);
    damage(artefact.model_state.rl as Record<string, Plain>);
    await expect(rl.load(artefact)).rejects.toMatchObject({ code: 'INVALID_MODEL' });
  });

  test('is refused when its file names other features or another window', async () => {
    const { artefact } = await trained;
    const other = { ...artefact, feature_names: artefact.feature_names.with(2, 'moon_phase') };
    await expect(rl.load(other)).rejects.toThrow('feature 3 was moon_phase, and is return_5');
    await expect(rl.load({ ...artefact, window: 40 })).rejects.toMatchObject({ code: 'INVALID_MODEL' });
  });
});

describe('training', () => {
  const bars = sampleBars('GOOG', 200);

  test('stops for an abort between two updates', async () => {
    const controller = new AbortController();
    const run = recorder(controller.signal);
    const reason = new Error('handed back');
    const context = {
      ...run.context,
      epoch: (step: number, values: Readonly<Record<string, number>>) => {
        run.context.epoch(step, values);
        // From outside of the training, as a time-out or a signal would come.
        setImmediate(() => controller.abort(reason));
      },
    };
    const training = rl.train({ bars: [bars], params: brief, seed: 1, threads: 1 }, context);
    await expect(training).rejects.toBe(reason);
    expect(run.epochs.length).toBeLessThan(3);
  });

  test('is refused for two symbols at once, unknown settings and too few bars', async () => {
    const two = rl.train({ bars: [bars, bars], seed: 1, threads: 1 }, recorder().context);
    await expect(two).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await expect(train(bars, { steps: 5 })).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
    await expect(train(sampleBars('GOOG', 60))).rejects.toMatchObject({ code: 'TOO_FEW_BARS' });
  });

  test('fits its episodes into as few rows as there are', async () => {
    const { report } = await train(sampleBars('GOOG', 110), { ...brief, n_steps: 1_000 });
    const { from, to } = report.symbols[0]!.train;
    expect(report.details.steps).toBe(Math.ceil(1_500 / ((to - from) * 6)) * (to - from) * 6);
  });
});
