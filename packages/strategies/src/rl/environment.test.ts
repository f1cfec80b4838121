import { describe, expect, test } from '@jest/globals';
import { perturbFrom, walk } from '../../test/bars.ts';
import { netReturns } from '../evaluation/backtest.ts';
import { fitScaler } from '../evaluation/scaler.ts';
import { computeFeatures } from '../features/index.ts';
import { createRandom } from '../random.ts';
import type { Bars } from '../strategy.ts';
import {
  accountColumns,
  createEnvironments,
  observe,
  resetRandomly,
  resetTo,
  step,
  type Market,
} from './environment.ts';
import { createMarket, returnDeviation } from './market.ts';

const bars = walk({ rows: 200, seed: 3 });
const range = { from: 40, to: 160 };

const marketOf = (given: Bars): Market => {
  const features = computeFeatures(given);
  const scaler = fitScaler(features.data, features.cols, range);
  return createMarket(given, features, scaler, {
    returnUnit: returnDeviation(given.close, range),
    costBps: 7,
  });
};

/** Rewards of one environment that plays `actions` from bar `from` on. */
const play = (actions: Uint8Array, from: number): Float64Array => {
  const envs = createEnvironments(marketOf(bars), 1);
  resetTo(envs, 0, from);
  const reward = new Float64Array(1);
  return Float64Array.from(actions, (action) => {
    step(envs, Uint8Array.of(action), reward);
    return reward[0]!;
  });
};

describe('rewards', () => {
  const random = createRandom(8);
  const actions = Uint8Array.from({ length: 60 }, () => random.int(3));
  const backtest = (taken: Uint8Array): Float64Array => {
    const position = Int8Array.from(taken, (action) => action - 1);
    return netReturns(bars.close, position, { from: 50, to: 50 + taken.length }, 7);
  };

  test('are bar by bar the returns after costs of the back-test', () => {
    const closing = Uint8Array.of(...actions, 1);
    expect([...play(closing, 50)]).toEqual([...backtest(closing)]);
  });

  test('leave open at the end what the back-test pays to close', () => {
    const open = Uint8Array.of(...actions, 2);
    const differences = play(open, 50).map((reward, i) => reward - backtest(open)[i]!);
    expect([...differences.slice(0, -1)]).toEqual(Array.from({ length: 60 }, () => 0));
    expect(differences.at(-1)).toBeCloseTo(0.0007, 15);
  });
});

describe('observations', () => {
  const seen = (market: Market, row: number): Float32Array => {
    const envs = createEnvironments(market, 1);
    resetTo(envs, 0, row);
    const out = new Float32Array(envs.stride);
    observe(envs, out);
    return out;
  };

  test('know nothing of later bars', () => {
    const market = marketOf(bars);
    // Same scaler: it is fitted on rows before 160, all of them older than the change.
    const changed = marketOf(perturbFrom(bars, 171));
    for (const row of [40, 100, 170]) expect(seen(changed, row)).toEqual(seen(market, row));
    expect(seen(changed, 171)).not.toEqual(seen(market, 171));
  });

  test('end with position, its return so far and how long it was held', () => {
    const market = marketOf(bars);
    const envs = createEnvironments(market, 1);
    resetTo(envs, 0, 60);
    const reward = new Float64Array(1);
    const account = (): number[] => {
      const out = new Float32Array(envs.stride);
      observe(envs, out);
      return [...out.subarray(market.featureCols, market.featureCols + accountColumns.length)];
    };
    const returnOf = (t: number): number => bars.close[t + 1]! / bars.close[t]! - 1;
    const open = (sum: number): number => Math.fround(sum / (market.returnUnit * Math.sqrt(20)));
    expect(account()).toEqual([0, 0, 0]);
    step(envs, Uint8Array.of(2), reward);
    step(envs, Uint8Array.of(2), reward);
    expect(account()).toEqual([1, open(returnOf(60) + returnOf(61)), Math.fround(0.1)]);
    step(envs, Uint8Array.of(0), reward);
    expect(account()).toEqual([-1, open(-returnOf(62)), Math.fround(0.05)]);
    step(envs, Uint8Array.of(1), reward);
    expect(account()).toEqual([0, 0, 0]);
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
