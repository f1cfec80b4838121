import { describe, expect, test } from '@jest/globals';
import { closes } from '../../../test/bars.ts';
import { StrategyError } from '../../errors.ts';
import { loadStrategy } from '../../index.ts';
import { direction } from '../../labels/direction.ts';
import { createRandom } from '../../random.ts';
import type { Bars, Strategy, TrainContext } from '../../strategy.ts';
import { auc } from '../metrics.ts';
import type { ScoredRows } from '../metrics.ts';
import { findEdges, type EdgeQuestion } from './index.ts';
import { edgeOf } from './statistic.ts';

const label = direction({ horizon: 1 });
const asked = { label, horizon: 1, seed: 42 };

/** Probabilities that lean `lean` towards what comes. */
function piece(rows: number, seed: number, lean = 0, around = 0.5): ScoredRows {
  const random = createRandom(seed);
  const labels = Uint8Array.from({ length: rows }, () => random.int(2));
  return {
    task: 'binary',
    rows: Int32Array.from(labels, (_, i) => i),
    score: Float64Array.from(labels, (l) => around + 0.01 * (random.normal() + lean * (l - 0.5))),
    labels,
    position: new Int8Array(rows),
    opened: new Uint8Array(rows),
    returns: Float64Array.from(labels, (l) => 0.01 * (l - 0.5)),
  };
}

describe('the edge of answered rows', () => {
  test('of one piece it is its AUC, ties included', () => {
    const one = { ...piece(300, 1, 0.5) };
    const tied = { ...one, score: one.score.map((p) => Math.round(200 * p) / 200) };
    for (const { score, labels, ...others } of [one, tied])
      expect(edgeOf([{ score, labels, ...others }], asked)!.value).toBeCloseTo(
        auc(score, labels as Uint8Array)!,
        12,
      );
  });

  test('pieces of models that lean to one side are ranked within themselves', () => {
    const pieces = [piece(200, 1, 0, 0.3), piece(200, 2, 0, 0.7)];
    // All that the second piece has is a higher mean.
    pieces[0]!.labels.fill(0, 0, 150);
    pieces[1]!.labels.fill(1, 0, 150);
    const edge = edgeOf(pieces, asked)!;
    expect(Math.abs(edge.value - 0.5)).toBeLessThan(0.1);
    expect(edge).toMatchObject({ rows: 400, holdoutRows: 200 });
  });

  test('chance is found to be an edge about one time in twenty', () => {
    let found = 0;
    for (let seed = 0; seed < 150; seed++)
      if (edgeOf([piece(150, 3 * seed), piece(150, 3 * seed + 1), piece(60, 3 * seed + 2)], asked)!.found)
        found++;
    expect(found).toBeGreaterThanOrEqual(2);
    expect(found).toBeLessThanOrEqual(16);
  });

  test('more rows find a weak one more often', () => {
    const share = (pieces: number): number => {
      let found = 0;
      for (let seed = 0; seed < 60; seed++) {
        const all = Array.from({ length: pieces }, (_, k) => piece(190, 1000 * k + seed, 0.15));
        if (edgeOf(all, asked)!.found) found++;
      }
      return found / 60;
    };
    const [holdout, walked] = [share(1), share(4)];
    expect(holdout).toBeLessThan(0.5);
    expect(walked).toBeGreaterThan(holdout + 0.25);
  });

  test('of nothing but rises, and of too few rows, it says nothing', () => {
    const one = piece(200, 1);
    expect(edgeOf([{ ...one, labels: one.labels.fill(1) }], asked)).toBeNull();
    expect(edgeOf([piece(20, 1)], asked)).toBeNull();
  });

  test('a model that says the same of each bar has none', () => {
    const one = piece(200, 1);
    expect(edgeOf([{ ...one, score: one.score.fill(0.5) }], asked)).toMatchObject({
      value: 0.5,
      found: false,
    });
  });

  test('of a regression it is the rank correlation, of a policy the mean return', () => {
    const one = piece(200, 1, 3);
    const regression = { ...label, task: 'regression' as const, classes: [] };
    const numbers = { ...one, labels: Float64Array.from(one.score, (p) => (p - 0.5) ** 3) };
    const found = edgeOf([numbers], { ...asked, label: regression })!;
    expect(found).toMatchObject({ score: 'rank_ic', found: true });
    expect(found.value).toBeCloseTo(1, 12);
    const policy = { ...label, task: 'policy' as const, classes: [] };
    const mean = one.returns.reduce((sum, r) => sum + r, 0) / 200;
    const earned = edgeOf([one], { ...asked, label: policy })!;
    expect(earned.score).toBe('net_return');
    expect(earned.value).toBeCloseTo(mean, 12);
  });
});

const context: TrainContext = {
  signal: new AbortController().signal,
  progress: () => undefined,
  epoch: () => undefined,
  resume: null,
  checkpoint: () => Promise.resolve(),
};

/** Log returns of which `share` of the last goes on. */
function goingOn(symbol: string, count: number, seed: number, share: number): Bars {
  const random = createRandom(seed);
  let [log, last] = [0, 0];
  const prices = Array.from({ length: count }, () => {
    last = share * last + 0.01 * random.normal();
    log += last;
    return 100 * Math.exp(log);
  });
  return { ...closes(prices), symbol };
}

describe('walking forward in a training', () => {
  const small = {
    num_boost_round: 5,
    forest_trees: 5,
    cv_folds: 2,
    logistic_penalties: 2,
    lasso_penalties: 3,
  };
  const question = async (
    strategy: Strategy,
    bars: readonly Bars[],
    folds: number,
  ): Promise<EdgeQuestion> => {
    const params = { ...small, walk_forward_folds: folds };
    const request = { bars, params, seed: 42, threads: 1 };
    const { artefact, report, predictions } = await strategy.train(request, context);
    return { ...request, filled: artefact.params, report, predictions };
  };

  test('finds an edge on the holdout and on rows before it, each asked of a model that ends before them', async () => {
    const strategy = await loadStrategy('ensemble');
    const bars = [goingOn('A', 700, 1, 0.4), goingOn('B', 700, 2, 0.4)];
    const trained: { readonly ends: number[]; readonly from: number; readonly holdouts: number[] }[] = [];
    const asked = await question(strategy, bars, 2);
    const watched: Strategy = {
      ...strategy,
      train: async (request, run) => {
        const done = await strategy.train(request, run);
        trained.push({
          ends: request.bars.map(({ time }) => time.at(-1)!),
          from: Number(request.params?.['holdout_from']),
          holdouts: done.report.symbols.flatMap(({ symbol, holdout, dataTo }) => {
            const { time } = bars.find((one) => one.symbol === symbol)!;
            expect(dataTo).toBeLessThan(time[holdout.from]!);
            return [time[holdout.from]!, time[holdout.to]!];
          }),
        });
        return done;
      },
    };
    const { edges, missing } = await findEdges(watched, asked, context);
    expect(missing).toEqual([]);
    expect([...edges.keys()]).toEqual(['A', 'B']);
    const own = asked.report.symbols[0]!.holdout;
    for (const edge of edges.values()) {
      expect(edge).toMatchObject({ score: 'auc', found: true, holdoutRows: own.to - own.from });
      expect(edge!.rows).toBeGreaterThan(3 * edge!.holdoutRows);
    }
    // One after the other, and never a bar of the model's own holdout.
    expect(trained).toHaveLength(2);
    expect(Math.max(...trained[0]!.holdouts)).toBeLessThanOrEqual(trained[1]!.from);
    const holdoutBegins = bars[0]!.time[own.from]!;
    for (const { ends } of trained) expect(Math.max(...ends)).toBeLessThan(holdoutBegins);
  });

  test('what comes later changes nothing of it', async () => {
    const strategy = await loadStrategy('ensemble');
    const bars = goingOn('A', 600, 3, 0.4);
    const asked = await question(strategy, [bars], 2);
    const { from } = asked.report.symbols[0]!.holdout;
    const other = { ...bars, close: bars.close.map((c, t) => (t >= from ? c * (1 + 0.01 * (t % 3)) : c)) };
    const answers: string[] = [];
    for (const given of [bars, other]) {
      const watched: Strategy = {
        ...strategy,
        train: async (request, run) => {
          const done = await strategy.train(request, run);
          answers.push(JSON.stringify([...done.predictions[0]!.score]));
          return done;
        },
      };
      await findEdges(watched, { ...asked, bars: [given] }, context);
    }
    expect(answers.slice(0, 2)).toEqual(answers.slice(2));
  });

  test('a fold with too few bars before it is missing, and the others count', async () => {
    const strategy = await loadStrategy('ensemble');
    const asked = await question(strategy, [goingOn('A', 220, 4, 0.4)], 6);
    const { edges, missing } = await findEdges(strategy, asked, context);
    expect(missing.length).toBeGreaterThan(0);
    expect(missing[0]).toMatch(/^fold 1: /);
    expect(edges.get('A')!.rows).toBeGreaterThan(edges.get('A')!.holdoutRows);
  });

  test('an abort ends it, and a fault of the code is no missing fold', async () => {
    const strategy = await loadStrategy('ensemble');
    const asked = await question(strategy, [goingOn('A', 600, 5, 0.4)], 2);
    const stop = new AbortController();
    const failing = (error: Error): Strategy => ({ ...strategy, train: () => Promise.reject(error) });
    await expect(findEdges(failing(new TypeError('a fault')), asked, context)).rejects.toThrow('a fault');
    stop.abort(new Error('stopped'));
    const run = { ...context, signal: stop.signal };
    await expect(findEdges(failing(new StrategyError('DIVERGED', 'no')), asked, run)).rejects.toThrow(
      'stopped',
    );
  });
});
