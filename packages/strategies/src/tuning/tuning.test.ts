// A search looks at nothing of the holdout, goes on where it was, and takes other settings beyond noise only.
import { describe, expect, test } from '@jest/globals';
import { judgingSettings, olderDefaultFeatures } from '@ml-training/sdk';
import { copyBars, perturbFrom, walk } from '../../test/bars.ts';
import { direction } from '../definition.ts';
import { featureSetOf } from '../features/index.ts';
import { defineStrategy } from '../pipeline.ts';
import type { Bars, Strategy } from '../strategy.ts';
import { developmentBars, spaceOf, tune, type FoldResult, type TuneOptions } from './index.ts';

const features = featureSetOf(olderDefaultFeatures);
const newest = features.names.indexOf('return_1');
const specs = {
  ...judgingSettings,
  validation_share: { kind: 'number', default: 0.2, min: 0.05, max: 0.4 },
  band: { kind: 'number', default: 0, min: 0, max: 0.5 },
  trust: { kind: 'number', default: 0.05, min: -2, max: 2, tune: { low: -1, high: 1 } },
} as const;

/** Expects the last return to go on as far as it trusts in it, and learns nothing but the scaler. */
const trusting = (scope: Strategy['scope'] = 'symbol') =>
  defineStrategy({
    type: 'trusting',
    scope,
    promotionMetric: 'log_likelihood',
    settings: specs,
    features: () => features,
    label: direction,
    fit: async (_, { trust }) => Promise.resolve({ state: { trust }, details: {} }),
    load: (_, { trust }) => ({
      predict: ({ features: { data, cols }, range: { from, to } }) => ({
        score: Float64Array.from(
          { length: to - from },
          (_value, i) => 1 / (1 + Math.exp(-trust * data[(from + i) * cols + newest]!)),
        ),
      }),
    }),
  });

function moving(rows: number, seed: number, goesOn: number, symbol = 'S'): Bars {
  let move = 0;
  return walk({
    rows,
    seed,
    symbol,
    close: (_, before, noise) => before * Math.exp((move = goesOn * move + 0.01 * noise)),
  });
}

const order = (more: Partial<TuneOptions> = {}): TuneOptions => ({
  space: spaceOf(specs),
  now: { trust: 0.05 },
  params: {},
  trials: 8,
  folds: 4,
  trainBars: 300,
  seed: 1,
  threads: 1,
  signal: new AbortController().signal,
  kept: () => undefined,
  keep: () => Promise.resolve(),
  ...more,
});

/** What it finds, to the bit, without how long it took. */
async function found(strategy: Strategy, job: readonly Bars[], more: Partial<TuneOptions> = {}) {
  const { bars, trainBars } = developmentBars(strategy, job, job, {});
  const scores: unknown[] = [];
  const keep: TuneOptions['keep'] = (trial, fold, values, result) => {
    scores.push([trial, fold, values, [...(result.scores ?? [])]]);
    return Promise.resolve();
  };
  const { chosen } = await tune(strategy, bars, order({ trainBars, keep, ...more }));
  return { chosen, scores };
}

describe.each(['symbol', 'all'] as const)('of a strategy of scope %s, a search', (scope) => {
  const strategy = trusting(scope);
  const job =
    scope === 'symbol' ? [moving(600, 3, 0.2)] : [moving(600, 3, 0.2, 'A'), moving(600, 4, -0.2, 'B')];

  test('finds the same to the bit whatever the holdout’s bars are, and looks at the last one before', async () => {
    const quick = { trials: 4, folds: 2 };
    const { symbols } = strategy.prepare(job, {});
    const from = symbols[0]!.holdout.from;
    const first = await found(strategy, job, quick);
    expect(first.scores.length).toBeGreaterThan(4);
    const otherHoldout = job.map((one) => perturbFrom(one, from));
    expect(otherHoldout[0]!.close[from]).not.toBe(job[0]!.close[from]);
    expect(await found(strategy, otherHoldout, quick)).toEqual(first);

    const { bars } = developmentBars(strategy, job, job, {});
    const last = bars[0]!.close.length - 1;
    // The embargo lies between.
    expect(last).toBeLessThan(from);
    const otherLast = job.map(copyBars);
    // The last row's label turns round.
    const before = otherLast[0]!.close[last - 1]!;
    otherLast[0]!.close[last] = before * (job[0]!.close[last]! > before ? 0.98 : 1.02);
    expect((await found(strategy, otherLast, quick)).scores).not.toEqual(first.scores);
  });
});

describe('a search', () => {
  const strategy = trusting();

  test('takes settings that are better beyond noise, and no others', async () => {
    const { bars } = developmentBars(strategy, [moving(1500, 5, 0.5)], [moving(1500, 5, 0.5)], {});
    const better = await tune(strategy, bars, order());
    const { lead, values, folds } = better.trials[better.chosen]!;
    expect(better.chosen).toBeGreaterThan(0);
    expect(values['trust']).toBeGreaterThan(0.2);
    expect(lead!.low).toBeGreaterThan(0);
    expect(folds).toBe(4);
    // Half of the trials see only the newest fold, the one in use all.
    expect(better.trials.map((one) => one.folds).toSorted()).toEqual([1, 1, 1, 2, 2, 4, 4, 4]);
    expect(better.trials[0]).toMatchObject({ folds: 4, lead: null, values: { trust: 0.05 } });
  });

  test('keeps the settings in use on random walks, though some look better', async () => {
    let looksBetter = 0;
    for (const seed of [11, 12, 13, 14]) {
      const { chosen, trials } = await tune(strategy, moving1(700, seed), order());
      expect({ seed, chosen }).toEqual({ seed, chosen: 0 });
      looksBetter += Number(trials.some(({ folds, lead }) => folds === 4 && lead !== null && lead.mean > 0));
    }
    expect(looksBetter).toBeGreaterThan(0);
  });

  test('goes on where it was: what was kept is not trained again, and it ends with the same', async () => {
    const bars = moving1(700, 7);
    const kept = new Map<string, FoldResult>();
    const stop = new AbortController();
    const keep: TuneOptions['keep'] = (trial, fold, _, result) => {
      kept.set(`${trial} ${fold}`, result);
      if (kept.size === 5) stop.abort(new Error('killed'));
      return Promise.resolve();
    };
    await expect(tune(strategy, bars, order({ keep, signal: stop.signal }))).rejects.toThrow('killed');
    expect(kept.size).toBe(5);
    const again: string[] = [];
    const resumed = await tune(
      strategy,
      bars,
      order({
        kept: (trial, fold) => kept.get(`${trial} ${fold}`),
        keep: (trial, fold) => Promise.resolve(void again.push(`${trial} ${fold}`)),
      }),
    );
    expect(again.filter((one) => kept.has(one))).toEqual([]);
    const whole = await tune(strategy, bars, order());
    const plain = ({ trials, chosen }: typeof whole) => ({
      chosen,
      trials: trials.map((one) => ({ ...one, seconds: 0 })),
    });
    expect(plain(resumed)).toEqual(plain(whole));
  });

  test('passes over settings that give no model, and fails where those in use give none', async () => {
    const bars = moving1(700, 8);
    // Nothing is trusted: the same answer to each bar.
    const space = [{ name: 'trust', kind: 'number', tune: { choices: [0, 0.5, 0.05] } }] as const;
    const { trials, chosen } = await tune(strategy, bars, order({ space, trials: 3 }));
    const broken = trials.find(({ values }) => values['trust'] === 0)!;
    expect(broken).toMatchObject({ score: null, lead: null, folds: 1 });
    expect(broken.problem).toMatch(/S: it gives the same answer \(0\.5000\) to each of/);
    expect(chosen).not.toBe(broken.trial);
    await expect(tune(strategy, bars, order({ now: { trust: 0 } }))).rejects.toThrow(
      'with the settings in use: S: it gives the same answer',
    );
  });

  test('says how many bars it takes', async () => {
    await expect(tune(strategy, moving1(150, 9), order())).rejects.toThrow(
      'S has 150 bars before the holdout, but a search in 4 folds takes 236; give more bars or ask for fewer folds',
    );
  });
});

const moving1 = (rows: number, seed: number): Bars[] => [moving(rows, seed, 0)];
