import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RegisteredModel } from '@ml-training/core';
import { loadStrategy, type Artefact, type Bars, type Strategy } from '@ml-training/strategies';
import { registerIn, train, type Trained } from '../../test/judged.ts';
import { compareWithChampion } from './promotion.ts';

const hourMs = 3_600_000;
const bars = waves(300);
let modelDir: string;
const of = (model: RegisteredModel, incomparableRuns = 0) => ({ model, incomparableRuns });
const register = (candidate: Trained, dataTo?: number) => registerIn(modelDir, candidate, { dataTo });
const config = () =>
  ({
    MODEL_DIR: modelDir,
    MODEL_PROMOTION: 'not-worse',
    MODEL_FLOOR: 'baseline',
    MODEL_INCOMPARABLE_RUNS: 3,
    TRAINING_SEED: 42,
  }) as const;

beforeAll(async () => {
  modelDir = await mkdtemp(path.join(tmpdir(), 'promotion-'));
});
afterAll(() => rm(modelDir, { recursive: true }));

describe('a champion', () => {
  test('of the same label is scored on the rows after its data_to', async () => {
    const strategy = await loadStrategy('ensemble');
    const candidate = await train(strategy, bars);
    const other = await train(strategy, bars, {}, 2);
    const champion = await register(other, bars.time[candidate.report.holdout.from + 9]);
    const compared = await compareWithChampion(config(), strategy, candidate, of(champion), bars);
    const rows = candidate.report.metrics.rows! - 10;
    expect(compared.reason).toContain(`on ${rows} bars that neither had seen it scored `);
    expect(compared).toMatchObject({
      championId: champion.model_id,
      facts: { ground: 'compared', champion_id: champion.model_id, comparison: { rows } },
    });
  });

  test('that was refitted is compared by what was judged of it, on the rows that this has not seen', async () => {
    const strategy = await loadStrategy('ensemble');
    const candidate = await train(strategy, bars);
    // Trained ten bars before, and refitted on all but these.
    const older = sliceBars(bars, 0, bars.time.length - 10);
    const trained = await strategy.train(
      { bars: [older], params: {}, seed: 2, threads: 1, refit: true },
      {
        signal: new AbortController().signal,
        progress: () => undefined,
        epoch: () => undefined,
        resume: null,
        checkpoint: () => Promise.resolve(),
      },
    );
    const { artefact, symbols } = await trained.refit!();
    const report = trained.report.symbols[0]!;
    const judged = await register({ ...candidate, artefact: trained.artefact, report });
    const alone = await compareWithChampion(config(), strategy, candidate, of(judged), bars);
    const champion = await registerIn(
      modelDir,
      { ...candidate, artefact, report },
      { dataTo: symbols[0]!.dataTo, judgedDataTo: report.dataTo },
    );
    const compared = await compareWithChampion(config(), strategy, candidate, of(champion), bars);
    expect(compared.facts.ground).toBe('compared');
    // To the last digit: had the refitted weights, which know these bars, had any part in it, it would not be so.
    expect(compared.facts.comparison).toEqual(alone.facts.comparison);
    expect(compared.facts.comparison!.rows).toBeGreaterThan(30);
  });

  test('that was refitted since is the same model once more when the same is judged', async () => {
    const strategy = await loadStrategy('ensemble');
    const candidate = await train(strategy, bars);
    const { artefact, report } = candidate;
    const { model_state, fitted_spans } = artefact;
    const other = (await train(strategy, bars, {}, 2)).artefact.model_state;
    const refitted = { ...artefact, model_state: other, judged: { model_state, fitted_spans } };
    const champion = await registerIn(
      modelDir,
      { ...candidate, artefact: refitted },
      { dataTo: bars.time.at(-1)!, judgedDataTo: report.dataTo },
    );
    const { facts } = await compareWithChampion(config(), strategy, candidate, of(champion), bars);
    expect(facts).toMatchObject({ ground: 'nothing_learnt', nothing_learnt: true });
  });

  test('is not scored while another symbol it learnt from was moving along', async () => {
    const strategy = await loadStrategy('ensemble');
    const candidate = await train(strategy, bars);
    const { from, to } = candidate.report.holdout;
    const other = {
      symbol: 'OTHER',
      part: 'train',
      start: bars.time[to - 20]!,
      end: bars.time[to - 10]!,
    } as const;
    const present = await train(strategy, bars, {}, 2);
    const champion = await register({ ...present, artefact: { ...present.artefact, fitted_spans: [other] } });
    const { reason } = await compareWithChampion(config(), strategy, candidate, of(champion), bars);
    // The row before begins in time, but its label's bar ends later.
    expect(reason).toContain(`on ${to - 21 - from} bars that neither had seen it scored `);
  });

  test('of another horizon is not scored by a label it never learnt: it gives way, and is told why', async () => {
    const strategy = await loadStrategy('ensemble');
    const candidate = await train(strategy, bars);
    const champion = await register(await train(strategy, bars, { horizon: 5 }));
    const compared = await compareWithChampion(config(), strategy, candidate, of(champion), bars);
    expect(compared.promote).toBe(true);
    expect(compared.reason).toContain('over the next 5 bars, the new one over the next 1');
  });

  test('of another horizon is compared all the same where positions are scored', async () => {
    const strategy = await loadStrategy('rl');
    const brief = { total_timesteps: 1_000, n_envs: 4, n_steps: 50, hidden_units: 8 };
    const candidate = await train(strategy, bars, brief);
    const champion = await register(await train(strategy, bars, { ...brief, horizon: 5 }));
    const { reason } = await compareWithChampion(config(), strategy, candidate, of(champion), bars);
    expect(reason).toMatch(/on \d+ bars that neither had seen it scored .* the present model/);
  });

  test.each([
    ['of other features', { feature_names: ['moon_phase'] }, 'trained on 1 features'],
    [
      'whose features were computed otherwise',
      { features_hash: 'another' },
      'were computed otherwise (their sum is another',
    ],
    ['whose state is damaged', { model_state: { ensemble: {}, scaler: {} } }, 'model_state.scaler'],
  ])('%s gives way', async (_, change, why) => {
    const strategy = await loadStrategy('ensemble');
    const candidate = await train(strategy, bars);
    const champion = await register({ ...candidate, artefact: { ...candidate.artefact, ...change } });
    const compared = await compareWithChampion(config(), strategy, candidate, of(champion), bars);
    expect(compared.promote).toBe(true);
    expect(compared.reason).toContain('the present model gives way: ');
    expect(compared.reason).toContain(why);
  });

  test('whose file is gone gives way', async () => {
    const strategy = await loadStrategy('ensemble');
    const candidate = await train(strategy, bars);
    const champion = {
      ...(await register(candidate)),
      file_path: 'models/ensemble/GONE/model_20200101_000000.pkl',
    };
    const { reason } = await compareWithChampion(config(), strategy, candidate, of(champion), bars);
    expect(reason).toContain('model_20200101_000000.pkl is not below');
  });

  test('that learnt another label gives way, whatever the scores', async () => {
    const strategy = await loadStrategy('ensemble');
    const candidate = await train(strategy, bars);
    const label = { ...candidate.artefact.label, neutral: { costs: 2, cost_bps: 5 } };
    const champion = await register({ ...candidate, artefact: { ...candidate.artefact, label } });
    const { promote, reason } = await compareWithChampion(config(), strategy, candidate, of(champion), bars);
    expect(promote).toBe(true);
    expect(reason).toContain('the present model gives way: it says the label direction {');
    expect(reason).toContain("so their scores can't be compared");
  });

  test('that fails for a reason that may pass is not unseated', async () => {
    const strategy = await loadStrategy('ensemble');
    const candidate = await train(strategy, bars);
    const champion = await register(candidate);
    const short: Strategy = { ...strategy, load: () => Promise.reject(new Error('out of memory')) };
    await expect(compareWithChampion(config(), short, candidate, of(champion), bars)).rejects.toThrow(
      'out of memory',
    );
  });
});

test('returns are compared at the costs of the symbol', async () => {
  const strategy: Strategy = { ...(await loadStrategy('ensemble')), promotionMetric: 'net_return' };
  const candidate = await train(strategy, bars);
  const gained = async (params: Artefact['params']): Promise<number> => {
    const artefact = { ...candidate.artefact, params: { ...candidate.artefact.params, ...params } };
    const given = { ...candidate, artefact };
    const { facts } = await compareWithChampion(config(), strategy, given, null, bars);
    return facts.floor!.difference;
  };
  const free = await gained({ cost_bps: 0 });
  const dear = await gained({ cost_bps: 30 });
  expect(dear).toBeLessThan(free);
  expect(await gained({ cost_bps: { WAVES: 30, '*': 0 } })).toBe(dear);
  expect(await gained({ cost_bps: { OTHER: 30, '*': 0 } })).toBe(free);
  expect(await gained({ cost_bps: { WAVES: 20 }, slippage_bps: { WAVES: 10 } })).toBe(dear);
});

const sliceBars = (whole: Bars, from: number, to: number): Bars => ({
  ...whole,
  time: whole.time.slice(from, to),
  open: whole.open.slice(from, to),
  high: whole.high.slice(from, to),
  low: whole.low.slice(from, to),
  close: whole.close.slice(from, to),
  volume: whole.volume.slice(from, to),
});

/** Hourly bars of a price that swings with some noise. */
function waves(rows: number): Bars {
  const close = Float64Array.from({ length: rows }, (_, t) => 100 + 5 * Math.sin(t / 4) + Math.sin(t * t));
  const open = close.map((price, t) => close[t - 1] ?? price);
  return {
    symbol: 'WAVES',
    time: close.map((_, t) => t * hourMs),
    open,
    high: close.map((price, t) => Math.max(price, open[t]!) + 0.1),
    low: close.map((price, t) => Math.min(price, open[t]!) - 0.1),
    close,
    volume: close.map(() => Number.NaN),
  };
}
