import { describe, expect, test } from '@jest/globals';
import { sampleBars } from '../../test/bars.ts';
import { recorder } from '../../test/context.ts';
import { evaluate } from '../evaluation/metrics.ts';
import { sliceBars } from '../features/index.ts';
import type { Account, Prediction } from '../strategy.ts';
import { rl } from './index.ts';

const params = {
  total_timesteps: 1_500,
  n_envs: 6,
  n_steps: 50,
  hidden_units: 18,
  learning_rate: 0.003,
  seeds: 1,
  // Costs that tell in what the agent sees of its cash.
  cost_bps: 30,
  drawdown_penalty: 0.5,
};
const bars = sampleBars('SP500', 400);

describe.each([1, 3])('an agent that sees %i bars at a time', (window) => {
  const trained = rl.train(
    { bars: [bars], params: { ...params, window }, seed: 4, threads: 1 },
    recorder().context,
  );

  test('answers after loading exactly as it was evaluated, from no more bars than its window', async () => {
    const { artefact, report, predictions } = await trained;
    const { holdout, metrics } = report.symbols[0]!;
    expect(artefact.window).toBe(33 + window);
    const predictor = await rl.load(structuredClone(artefact));
    const evaluated = await predictor.predict(bars, holdout);
    expect(evaluated).toEqual(predictions[0]);
    const { label } = predictor;
    expect(evaluate(bars, evaluated, holdout, { horizon: 1, costBps: 30, label })).toEqual(metrics);

    const from = holdout.from - artefact.window + 1;
    const few = sliceBars(bars, { from, to: holdout.to });
    expect(await predictor.predict(few, { from: holdout.from - from, to: holdout.to - from })).toEqual(
      evaluated,
    );
    const range = { from: artefact.window - 2, to: 100 };
    await expect(predictor.predict(bars, range)).rejects.toMatchObject({ code: 'TOO_FEW_BARS' });
  });

  test('continues with a given account as it would have without a stop', async () => {
    const { artefact, report } = await trained;
    const { holdout } = report.symbols[0]!;
    const predictor = await rl.load(artefact);
    const whole = await predictor.predict(bars, holdout);
    // Bar by bar, as a bot would ask that keeps the account's books by itself.
    const steps: Prediction[] = [];
    let account: Required<Account> = { position: 0, openReturn: 0, barsHeld: 0, cash: 1, drawdown: 0 };
    let [capital, peak] = [1, 1];
    for (let t = holdout.from; t < holdout.to; t++) {
      const answer = await predictor.predict(bars, { from: t, to: t + 1 }, account);
      steps.push(answer);
      const position = answer.position[0] as -1 | 0 | 1;
      const cost = Math.abs(position - account.position) * 0.003;
      const gross = position * (bars.close[t + 1]! / bars.close[t]! - 1);
      const kept = position !== 0 && position === account.position;
      const cash = position === account.position ? account.cash : capital * (1 - cost);
      capital *= 1 + gross - cost;
      peak = Math.max(peak, capital);
      account = {
        position,
        openReturn: gross + (kept ? account.openReturn : 0),
        barsHeld: position === 0 ? 0 : 1 + (kept ? account.barsHeld : 0),
        cash,
        drawdown: 1 - capital / peak,
      };
    }
    expect(new Set(whole.position).size).toBeGreaterThan(1);
    expect(capital).not.toBeCloseTo(1, 2);
    steps.forEach(({ position, score: probability }, i) => {
      expect(position[0]).toBe(whole.position[i]);
      expect(probability[0]).toBeCloseTo(whole.score[i]!, 6);
    });
  });

  test.each<[string, Account]>([
    ['another position', { position: 1 }],
    ['a position under water', { position: 1, openReturn: -0.04 }],
    ['one held for long', { position: 1, openReturn: -0.04, barsHeld: 12 }],
    ['less cash', { position: 0, cash: 0.8 }],
    ['a fall behind it', { position: 0, drawdown: 0.2 }],
  ])('answers by what is held: %s', async (_, account) => {
    const predictor = await rl.load((await trained).artefact);
    const newest = { from: 399, to: 400 };
    const [flat, held] = await Promise.all([
      predictor.predict(bars, newest),
      predictor.predict(bars, newest, account),
    ]);
    expect(held.score[0]).not.toBe(flat.score[0]);
  });
});

test.each<[string, Account]>([
  ['half a position', { position: 0.5 as 1 }],
  ['an open return that is NaN', { position: 1, openReturn: Number.NaN }],
  ['a total loss', { position: 1, openReturn: -1 }],
  ['a negative time', { position: 1, barsHeld: -1 }],
  ['no cash', { position: 0, cash: 0 }],
  ['a drawdown of everything', { position: 0, drawdown: 1 }],
])('an account is refused that holds %s', async (_, account) => {
  const request = { bars: [bars], params: { ...params, total_timesteps: 1 }, seed: 1, threads: 1 };
  const { artefact } = await rl.train(request, recorder().context);
  const predictor = await rl.load(artefact);
  const answer = predictor.predict(bars, { from: 399, to: 400 }, account);
  await expect(answer).rejects.toMatchObject({ code: 'INVALID_PARAMS' });
  await expect(answer).rejects.toThrow('no account holds');
});
