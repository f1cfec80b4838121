import { describe, expect, test } from '@jest/globals';
import { rlSettings } from '@ml-training/sdk';
import { perturbFrom, walk } from '../../test/bars.ts';
import { backtest, netReturns } from '../evaluation/backtest.ts';
import { fitScaler } from '../evaluation/scaler.ts';
import { computeFeatures } from '../features/index.ts';
import { readParams } from '../params.ts';
import { createRandom } from '../random.ts';
import type { Bars } from '../strategy.ts';
import {
  createEnvironments,
  createMarket,
  marketOptions,
  meanReward,
  resetRandomly,
  resetTo,
  returnDeviation,
  step,
  type Market,
} from './environment.ts';
import { scaleFeatures } from '../dataset.ts';
import { accountColumns, observationSize, observeAccounts, writeObservation } from './observation.ts';

const bars = walk({ rows: 200, seed: 3 });
const range = { from: 40, to: 160 };

const marketOf = (given: Bars, options: Partial<Market> = {}): Market => {
  const features = computeFeatures(given);
  const scaler = fitScaler(features.data, features.cols, range);
  return createMarket(given, scaleFeatures(features, scaler), {
    returnUnit: returnDeviation(given.close, range),
    costBps: 7,
    window: 1,
    drawdownPenalty: 0,
    ...options,
  });
};

/** Rewards of one environment that plays `actions` from bar `from` on, and the environment after them. */
const play = (actions: Uint8Array, from: number, market = marketOf(bars)) => {
  const envs = createEnvironments(market, 1);
  resetTo(envs, 0, from);
  const reward = new Float64Array(1);
  const drawdowns: number[] = [];
  const rewards = Float64Array.from(actions, (action) => {
    step(envs, Uint8Array.of(action), reward);
    drawdowns.push(1 - envs.capital[0]! / envs.peak[0]!);
    return reward[0]!;
  });
  return { rewards, drawdowns, envs };
};

test('a market has the costs of its symbol', () => {
  const settings = {
    ...readParams(rlSettings, undefined, 'rl'),
    cost_bps: { GOOG: 2, '*': 9 },
    slippage_bps: { GOOG: 1 },
  };
  expect(marketOptions(settings, 'GOOG', 1).costBps).toBe(3);
  expect(marketOptions(settings, 'SP500', 1).costBps).toBe(9);
});

describe('rewards', () => {
  const random = createRandom(8);
  const actions = Uint8Array.from({ length: 60 }, () => random.int(3));
  const positions = (taken: Uint8Array): Int8Array => Int8Array.from(taken, (action) => action - 1);
  const rowsOf = (taken: Uint8Array) => ({ from: 50, to: 50 + taken.length });
  const evaluated = (taken: Uint8Array): Float64Array =>
    netReturns(bars.close, positions(taken), rowsOf(taken), 7);
  const closing = Uint8Array.of(...actions, 1);

  test('are bar by bar the returns after costs of the back-test', () => {
    expect([...play(closing, 50).rewards]).toEqual([...evaluated(closing)]);
  });

  test('leave the account where the back-test ends, capital and drawdown alike', () => {
    const { envs, drawdowns } = play(closing, 50);
    const found = backtest(bars.close, positions(closing), rowsOf(closing), { costBps: 7, barsPerYear: 1 });
    expect(envs.capital[0]! - 1).toBe(found.return);
    expect(Math.max(...drawdowns)).toBe(found.max_drawdown);
    expect(found.max_drawdown).toBeGreaterThan(0.01);
    // Flat again: all of the capital is cash.
    expect(envs.cash[0]).toBe(envs.capital[0]);
  });

  test('lose the penalty for each growth of the drawdown and gain nothing when it shrinks', () => {
    const { rewards, drawdowns } = play(closing, 50, marketOf(bars, { drawdownPenalty: 3 }));
    const growth = drawdowns.map((d, i) => Math.max(0, d - (drawdowns[i - 1] ?? 0)));
    expect(growth.filter((g) => g > 0).length).toBeGreaterThan(5);
    expect(growth.filter((g) => g === 0).length).toBeGreaterThan(5);
    evaluated(closing).forEach((net, i) => expect(rewards[i]).toBeCloseTo(net - 3 * growth[i]!, 14));
    expect(meanReward(evaluated(closing), 3)).toBeCloseTo(
      rewards.reduce((a, b) => a + b, 0) / rewards.length,
      14,
    );
    expect(meanReward(evaluated(closing), 0)).toBeGreaterThan(meanReward(evaluated(closing), 3));
  });

  test('leave open at the end what the back-test pays to close', () => {
    const open = Uint8Array.of(...actions, 2);
    const differences = play(open, 50).rewards.map((reward, i) => reward - evaluated(open)[i]!);
    expect([...differences.slice(0, -1)]).toEqual(Array.from({ length: 60 }, () => 0));
    expect(differences.at(-1)).toBeCloseTo(0.0007, 15);
  });
});

describe('observations', () => {
  const seen = (market: Market, row: number): Float32Array => {
    const envs = createEnvironments(market, 1);
    resetTo(envs, 0, row);
    const accounts = new Float32Array(accountColumns.length);
    observeAccounts(envs, accounts, 0);
    const out = new Float32Array(observationSize(market.window, market.featureCols));
    writeObservation(market, row, accounts, 0, out, 0);
    return out;
  };

  test.each([1, 4])('over %i bars know nothing of later ones', (window) => {
    const market = marketOf(bars, { window });
    // Same scaler: it is fitted on rows before 160, all of them older than the change.
    const changed = marketOf(perturbFrom(bars, 171), { window });
    for (const row of [40, 100, 170]) expect(seen(changed, row)).toEqual(seen(market, row));
    expect(seen(changed, 171)).not.toEqual(seen(market, 171));
  });

  test('hold the features of the window, the oldest bar first, and then the account', () => {
    const one = marketOf(bars);
    const three = marketOf(bars, { window: 3 });
    const { featureCols } = one;
    const features = [98, 99, 100].flatMap((row) => [...seen(one, row).subarray(0, featureCols)]);
    expect([...seen(three, 100)]).toEqual([...features, 0, 0, 0, 0, 0]);
  });

  test('end with position, its return so far, how long it was held, realised profit and drawdown', () => {
    // So small a penalty that it changes no reward, but shows the drawdown.
    const market = marketOf(bars, { drawdownPenalty: Number.MIN_VALUE });
    const envs = createEnvironments(market, 1);
    resetTo(envs, 0, 60);
    const reward = new Float64Array(1);
    const account = (): number[] => {
      const out = new Float32Array(accountColumns.length);
      observeAccounts(envs, out, 0);
      return [...out];
    };
    const returnOf = (t: number): number => bars.close[t + 1]! / bars.close[t]! - 1;
    const open = (sum: number): number => Math.fround(sum / (market.returnUnit * Math.sqrt(20)));
    const share = (part: number): unknown => {
      const x = part / (market.returnUnit * 64);
      return expect.closeTo(x / (1 + Math.abs(x)), 6);
    };
    const fall = (capital: number, peak: number): unknown => share(1 - capital / peak);
    const cost = 0.0007;
    expect(account()).toEqual([0, 0, 0, 0, 0]);

    step(envs, Uint8Array.of(2), reward);
    step(envs, Uint8Array.of(2), reward);
    const [first, second] = [returnOf(60), returnOf(61)];
    const risen = 1 + first - cost;
    const two = risen * (1 + second);
    const peak = Math.max(1, risen, two);
    expect(account()).toEqual([1, open(first + second), Math.fround(0.1), share(-cost), fall(two, peak)]);

    step(envs, Uint8Array.of(0), reward);
    const third = two * (1 - returnOf(62) - 2 * cost);
    const after = Math.max(peak, third);
    const realised = two * (1 - 2 * cost) - 1;
    expect(account()).toEqual([
      -1,
      open(-returnOf(62)),
      Math.fround(0.05),
      share(realised),
      fall(third, after),
    ]);

    step(envs, Uint8Array.of(1), reward);
    const closed = third * (1 - cost);
    expect(account()).toEqual([0, 0, 0, share(closed - 1), fall(closed, after)]);
  });

  test('show a given account as if the environment had come there by itself', () => {
    const market = marketOf(bars, { drawdownPenalty: 1 });
    const { envs } = play(Uint8Array.of(2, 2, 0, 0, 0), 60, market);
    const given = createEnvironments(market, 1);
    resetTo(given, 0, 65, {
      position: -1,
      openReturn: envs.openReturn[0]!,
      barsHeld: 3,
      cash: envs.cash[0]!,
      drawdown: 1 - envs.capital[0]! / envs.peak[0]!,
    });
    const [own, other] = [new Float32Array(5), new Float32Array(5)];
    observeAccounts(envs, own, 0);
    observeAccounts(given, other, 0);
    own.forEach((value, i) => expect(other[i]).toBeCloseTo(value, 6));
    // The open return is a sum, the capital compounded.
    expect(given.capital[0]).toBeCloseTo(envs.capital[0]!, 2);
  });

  test('show no drawdown where none is penalised', () => {
    const { envs } = play(Uint8Array.of(2, 0, 2, 0, 2), 60);
    expect(envs.capital[0]).toBeLessThan(envs.peak[0]!);
    const account = new Float32Array(5);
    observeAccounts(envs, account, 0);
    expect(account[4]).toBe(0);
    expect(account[3]).toBeLessThan(0);
  });

  test('are limited, however wild the bar', () => {
    const wild = { ...bars, close: bars.close.map((c, t) => (t === 180 ? c * 50 : c)) };
    expect(Math.max(...seen(marketOf(wild), 180))).toBe(5);
  });
});

test('episodes start everywhere in the training rows and use no close after their end', () => {
  const envs = createEnvironments(marketOf(bars), 2_000);
  resetRandomly(envs, { from: 40, to: 60 }, 8, createRandom(5));
  expect(new Set(envs.row)).toEqual(new Set(Array.from({ length: 13 }, (_, i) => 40 + i)));
  // Row 52 and eight steps: the last reward is of row 59, the last of the range, to close 60.
});

test('a price that stands still has a return unit all the same', () => {
  expect(returnDeviation(new Float64Array(20).fill(3), { from: 0, to: 19 })).toBe(1);
});
