import { describe, expect, test } from '@jest/globals';
import { perturbFrom, sampleBars, walk } from '../../../test/bars.ts';
import { digest } from '../../../test/digest.ts';
import { ensemble } from '../../ensemble/index.ts';
import { createRandom } from '../../random.ts';
import type { Artefact, Bars, Strategy, TrainRequest } from '../../strategy.ts';
import { barsPerYear } from '../backtest.ts';
import { evaluate } from '../metrics.ts';
import { barsNeeded, walkForward } from './index.ts';
import type { WalkForwardOptions } from './index.ts';

const quick = { num_boost_round: 40, forest_trees: 10 };
const options = (change: Partial<WalkForwardOptions> = {}): WalkForwardOptions => ({
  folds: 4,
  params: quick,
  seed: 1,
  threads: 1,
  signal: new AbortController().signal,
  ...change,
});

/** A strategy that trains as the ensemble does and keeps what it was asked and what came of it. */
function recording(strategy: Strategy) {
  const requests: TrainRequest[] = [];
  const artefacts: Artefact[] = [];
  const train: Strategy['train'] = async (request, context) => {
    const trained = await strategy.train(request, context);
    requests.push(request);
    artefacts.push(trained.artefact);
    return trained;
  };
  return { strategy: { ...strategy, train }, requests, artefacts };
}

/**
 * Bars of a random walk whose volume is high before nine rises of ten and low before nine falls of ten: no
 * naive rule sees it.
 */
function planted(rows: number, seed: number, symbol = 'PLANTED'): Bars {
  const plain = walk({ rows, seed, symbol });
  const random = createRandom(seed);
  const volume = plain.close.map((close, t) => {
    const rise = (plain.close[t + 1] ?? close) > close;
    return random.next() < 0.9 === rise ? 1100 : 900;
  });
  return { ...plain, volume };
}

const bars = planted(800, 3);
const ownRecord = recording(ensemble);
const [own] = await walkForward(ownRecord.strategy, [bars], options());

describe('walkForward', () => {
  test('scores consecutive blocks that make up the later half, each by a model of the bars before it', () => {
    // 800 − 33 − 1 = 766 labelled rows, half of them in 4 blocks of 95.
    expect(own!.folds).toHaveLength(4);
    const row = (time: number): number => bars.time.indexOf(time);
    expect(own!.folds.map(({ from, to }) => [row(from), row(to)])).toEqual([
      [419, 513],
      [514, 608],
      [609, 703],
      [704, 798],
    ]);
    for (const [k, fold] of own!.folds.entries()) {
      expect(fold.metrics.rows).toBe(95);
      // Nothing it was fitted or chosen on, labels and embargo included, reaches into the block.
      expect(row(fold.dataTo)).toBeLessThan(row(fold.from) - 3);
      expect(row(fold.dataFrom)).toBe(0);
      // Nothing after the last row's label was there to be looked at.
      expect(ownRecord.requests[k]!.bars[0]!.time.at(-1)).toBe(bars.time[row(fold.to) + 1]);
    }
  });

  test('trains the same models whatever the prices of their blocks and after', async () => {
    const start = bars.time.indexOf(own!.folds[2]!.from);
    const later = recording(ensemble);
    await walkForward(later.strategy, [perturbFrom(bars, start)], options());
    const digests = (artefacts: readonly Artefact[]) => artefacts.map((a) => digest(a.model_state));
    const [before, after] = [digests(ownRecord.artefacts), digests(later.artefacts)];
    expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
    expect(after[3]).not.toBe(before[3]);
  });

  test('finds a planted signal beyond noise', () => {
    const { metrics, intervals, excess, comparisons } = own!.pooled;
    expect(metrics.rows).toBe(380);
    expect(metrics.auc).toBeGreaterThan(0.65);
    expect(intervals.auc!.low).toBeGreaterThan(0.55);
    expect(excess.deflated_excess_sharpe).toBeGreaterThan(0.99);
    for (const { score, low } of comparisons) expect([score, low > 0]).toEqual([score, true]);
  });

  test('finds nothing in random walks', async () => {
    const areas: number[] = [];
    let found = 0;
    for (const seed of [1, 2, 3, 4]) {
      const [one] = await walkForward(ensemble, [walk({ rows: 800, seed })], options());
      areas.push(one!.pooled.metrics.auc!);
      if (one!.pooled.comparisons.some(({ low }) => low > 0)) found++;
    }
    // The standard error of one AUC of 380 coins is 0.03, and one walk in 20 passes a bound.
    expect(Math.abs(areas.reduce((sum, area) => sum + area, 0) / 4 - 0.5)).toBeLessThan((3.5 * 0.03) / 2);
    expect(found).toBeLessThan(2);
  });

  test('scores each block as evaluate does, and the pooled rows as one series', async () => {
    const { requests, artefacts } = ownRecord;
    const fold = own!.folds[1]!;
    const predictor = await ensemble.load(artefacts[1]!);
    const given = requests[1]!.bars[0]!;
    const range = { from: bars.time.indexOf(fold.from), to: bars.time.indexOf(fold.to) + 1 };
    const scores = evaluate(given, await predictor.predict(given, range), range, { horizon: 1, costBps: 5 });
    predictor.dispose();
    // Only the length of a year is measured by all bars.
    const sharpe = (scores.sharpe! / Math.sqrt(barsPerYear(given.time))) * Math.sqrt(barsPerYear(bars.time));
    expect({ ...fold.metrics, sharpe: 0 }).toEqual({ ...scores, sharpe: 0 });
    expect(fold.metrics.sharpe).toBeCloseTo(sharpe, 9);

    const { metrics, baselines } = own!.pooled;
    const sum = (of: (f: typeof fold) => number): number => own!.folds.reduce((total, f) => total + of(f), 0);
    expect(metrics.accuracy).toBeCloseTo(sum((f) => f.metrics.accuracy!) / 4, 12);
    expect(metrics.trades).toBe(sum((f) => f.metrics.trades!));
    expect(metrics.return).toBeCloseTo(own!.folds.reduce((c, f) => c * (1 + f.metrics.return!), 1) - 1, 9);
    expect(baselines.majority_class!.log_loss).toBeCloseTo(
      sum((f) => f.baselines.majority_class!.log_loss!) / 4,
      12,
    );
    const { low, high, mean } = own!.spread.accuracy!;
    expect(mean).toBeCloseTo(metrics.accuracy!, 12);
    expect([low, high]).toEqual(
      [Math.min, Math.max].map((f) => f(...own!.folds.map(({ metrics: m }) => m.accuracy!))),
    );
  });

  test('counts what was tried before', async () => {
    const [found] = await walkForward(
      ensemble,
      [bars],
      options({ trials: (symbol) => ({ count: symbol === bars.symbol ? 99 : 0, sharpes: [] }) }),
    );
    const byLuck = (walk: typeof found): number => walk!.pooled.excess.excess_sharpe_by_luck!;
    expect(found!.pooled.excess.trials).toBe(100);
    expect(byLuck(found)).toBeGreaterThan(byLuck(own));
  });

  test('gives a model no more than the newest trainBars before its block', async () => {
    const record = recording(ensemble);
    await walkForward(record.strategy, [bars], options({ trainBars: 300 }));
    expect(record.requests.map(({ bars: [one] }) => one!.close.length)).toEqual([396, 396, 396, 396]);
  });

  test('tells progress, and stops when it is aborted', async () => {
    const abort = new AbortController();
    const told: [number, string][] = [];
    const walking = walkForward(
      ensemble,
      [bars],
      options({
        signal: abort.signal,
        progress: (fraction, stage) => {
          told.push([fraction, stage]);
          if (fraction > 0.3) abort.abort(new Error('enough'));
        },
      }),
    );
    await expect(walking).rejects.toThrow('enough');
    expect(told[0]).toEqual([0, 'PLANTED: fold 1 of 4']);
    expect(told.at(-1)![1]).toBe('PLANTED: fold 2 of 4');
  });

  test('says how many bars so many folds take', async () => {
    const short = walk({ rows: 300, seed: 1, symbol: 'SHORT' });
    const walking = walkForward(ensemble, [short], options({ folds: 10 }));
    await expect(walking).rejects.toThrow(
      `SHORT has 300 bars, but 10 folds take ${barsNeeded(10, { horizon: 1, window: 34 })}; give more bars or ask for fewer folds`,
    );
    await expect(walking).rejects.toMatchObject({ code: 'TOO_FEW_BARS' });
    const least = walk({ rows: barsNeeded(5, { horizon: 1, window: 34 }), seed: 1 });
    expect((await walkForward(ensemble, [least], options({ folds: 5 })))[0]!.folds).toHaveLength(5);
  });
});

describe('walkForward over several symbols', () => {
  test('cuts all of them at the same times, in one model a block where they share a calendar', async () => {
    const two = [planted(700, 1, 'A'), planted(700, 2, 'B')];
    const record = recording(ensemble);
    const found = await walkForward(record.strategy, two, options({ folds: 2 }));
    expect(found.map(({ symbol, folds }) => [symbol, folds.length])).toEqual([
      ['A', 2],
      ['B', 2],
    ]);
    expect(record.requests).toHaveLength(2);
    for (const { bars: given } of record.requests) expect(given[0]!.time).toEqual(given[1]!.time);
  });

  test('lets no model look at another symbol after its block', async () => {
    const all = [sampleBars('EURUSD', 600), sampleBars('SP500', 600)];
    const record = recording(ensemble);
    const [found] = await walkForward(record.strategy, all, options({ folds: 2, symbols: ['SP500'] }));
    expect(found!.symbol).toBe('SP500');
    for (const [k, { bars: given }] of record.requests.entries()) {
      const end = found!.folds[k]!.to;
      const label = all[1]!.time[all[1]!.time.indexOf(end) + 1]!;
      for (const { time } of given) expect(time.at(-1) ?? 0).toBeLessThanOrEqual(label);
    }
  });
});

test('what a refit is worth is told by the block after, on which neither model was fitted', async () => {
  const refits: Artefact[] = [];
  const train: Strategy['train'] = async (request, context) => {
    const trained = await ensemble.train(request, context);
    const { refit } = trained;
    return refit === null
      ? trained
      : {
          ...trained,
          refit: async () => {
            const refitted = await refit();
            refits.push(refitted.artefact);
            return refitted;
          },
        };
  };
  const [found] = await walkForward({ ...ensemble, train }, [bars], options({ folds: 3, refit: true }));
  const [plain] = await walkForward(ensemble, [bars], options({ folds: 3 }));
  expect(plain!.refit).toBeNull();
  // The blocks themselves are judged as without.
  expect(found!.folds).toEqual(plain!.folds);
  expect(found!.pooled).toEqual(plain!.pooled);
  const after = found!.refit!;
  expect(after.folds.map(({ from, to }) => [from, to])).toEqual(
    found!.folds.slice(1).map(({ from, to }) => [from, to]),
  );
  for (const [k, { refitted }] of after.folds.entries()) {
    const next = found!.folds[k + 1]!;
    const range = { from: bars.time.indexOf(next.from), to: bars.time.indexOf(next.to) + 1 };
    // The last label that it knows is of the close at which the first of these rows is asked for.
    const known = bars.time[range.from + 1]!;
    expect(Math.max(...refits[k]!.fitted_spans.map(({ end }) => end))).toBeLessThanOrEqual(known);
    const predictor = await ensemble.load(refits[k]!);
    const scores = evaluate(bars, await predictor.predict(bars, range), range, { horizon: 1, costBps: 5 });
    predictor.dispose();
    expect(refitted['accuracy']).toBe(scores['accuracy']);
    expect(refitted['log_loss']).toBe(scores['log_loss']);
  }
  expect(after.comparisons.map(({ score }) => score)).toEqual(['accuracy', 'log_loss', 'return']);
});
