import type { RlSettings } from '@ml-training/sdk';
import { costBpsOf } from '../evaluation/costs.ts';
import type { FeatureTable } from '../features/index.ts';
import type { Random } from '../random.ts';
import type { Account, Bars, RowRange } from '../strategy.ts';

/*
 * The environment, in full, for whoever wants to build it elsewhere.
 *
 * Observation at the close of bar t: the scaled features of bars t − window + 1 … t, each cut at ±5, oldest
 * bar first, then the account's five numbers (`observeAccounts` in observation.ts); float32.
 * Action 0, 1, 2: hold −1, 0 or 1 times the capital from this close to the next.
 * Reward, with p the new and q the old position, c the closes, u the unit (`Market.returnUnit`):
 *   net = p · (c[t + 1] / c[t] − 1) − |p − q| · cost_bps / 10,000;
 *   capital becomes capital · max(0, 1 + net), peak max(peak, capital), drawdown 1 − capital / peak;
 *   reward = net − drawdown_penalty · max(0, drawdown − drawdown before); the agent learns from reward / u.
 * Account: where p ≠ q, cash becomes (capital before) · max(0, 1 − cost of the change). While p = q ≠ 0 the
 * open return grows by p · (c[t + 1] / c[t] − 1) and the bars held by 1; else they start again at that one
 * bar, or are 0 where p = 0.
 * Reset: flat, cash = capital = peak = 1, at a row drawn evenly from those of the training rows from which a
 * whole episode fits. Episodes last `n_steps` steps, start together and are cut together: the value of the
 * last observation stands for what would have followed (to Gymnasium, truncated and not terminated).
 */

/** What the agent may do at each close, in the order of the policy's outputs; action − 1 is the position. */
export const actionSpace = ['short', 'flat', 'long'] as const;

/** One symbol's history as the environments see it. */
export interface Market {
  /** Scaled features, cut at the observation's limit, [bars, featureCols]. */
  readonly features: Float32Array;
  readonly featureCols: number;
  /** Bars whose features an observation holds, its own included. */
  readonly window: number;
  readonly close: Float64Array;
  /** Standard deviation of a bar's return in the training rows: the unit of rewards and of the account. */
  readonly returnUnit: number;
  /** Cost of changing the position by one unit, in basis points of the capital. */
  readonly costBps: number;
  /** What a reward loses for each unit by which the drawdown grows. */
  readonly drawdownPenalty: number;
}

/**
 * Observed numbers are cut here, so that a bar unlike all of the training can't drive the network anywhere.
 */
const OBSERVATION_LIMIT = 5;

/** Comparisons are false for NaN, which goes through and is found when the loss is looked at. */
export const limited = (x: number): number =>
  x > OBSERVATION_LIMIT ? OBSERVATION_LIMIT : x < -OBSERVATION_LIMIT ? -OBSERVATION_LIMIT : x;

type MarketOptions = Pick<Market, 'window' | 'returnUnit' | 'costBps' | 'drawdownPenalty'>;

/**
 * The agent sees what its costs make of its cash, so they belong to a trained one as much as to its training.
 */
export const marketOptions = (settings: RlSettings, symbol: string, returnUnit: number): MarketOptions => ({
  window: settings.window,
  returnUnit,
  costBps: costBpsOf(settings, symbol),
  drawdownPenalty: settings.drawdown_penalty,
});

/**
 * What the environments need of a symbol's bars; row t of the features, which are scaled, stays a function of
 * bars up to t.
 */
export function createMarket(bars: Bars, features: FeatureTable, options: MarketOptions): Market {
  const seen = new Float32Array(features.data.length);
  for (let i = 0; i < seen.length; i++) seen[i] = limited(features.data[i]!);
  return { features: seen, featureCols: features.cols, close: bars.close, ...options };
}

/**
 * Standard deviation of the returns from each row of `range` to the next close; 1 when the price stood still.
 */
export function returnDeviation(close: Float64Array, range: RowRange): number {
  const rows = range.to - range.from;
  let sum = 0;
  let squares = 0;
  for (let t = range.from; t < range.to; t++) {
    const r = close[t + 1]! / close[t]! - 1;
    sum += r;
    squares += r * r;
  }
  const variance = squares / rows - (sum / rows) ** 2;
  return variance <= 0 ? 1 : Math.sqrt(variance);
}

/**
 * Several agents' places in one market, side by side in typed arrays. Market prices don't react to them, and
 * an episode ends only by being cut: there is no end state.
 */
export interface Environments {
  readonly market: Market;
  readonly count: number;
  /** Bar whose close has just been seen. */
  readonly row: Int32Array;
  /** Position held into that close: −1, 0 or 1. */
  readonly position: Int8Array;
  /** Sum of the returns of the position since it was taken, before costs. */
  readonly openReturn: Float64Array;
  readonly barsHeld: Int32Array;
  /**
   * Capital at the last change of position, its costs paid; this and what follows in units of the first
   * capital.
   */
  readonly cash: Float64Array;
  /**
   * Capital with the open position at this close, compounded as the back-test does, and the highest so far.
   */
  readonly capital: Float64Array;
  readonly peak: Float64Array;
}

export function createEnvironments(market: Market, count: number): Environments {
  return {
    market,
    count,
    row: new Int32Array(count),
    position: new Int8Array(count),
    openReturn: new Float64Array(count),
    barsHeld: new Int32Array(count),
    cash: new Float64Array(count).fill(1),
    capital: new Float64Array(count).fill(1),
    peak: new Float64Array(count).fill(1),
  };
}

/** Puts every environment flat at a random row from which `steps` steps use no bar after index `range.to`. */
export function resetRandomly(envs: Environments, range: RowRange, steps: number, random: Random): void {
  const starts = range.to - range.from - steps + 1;
  for (let e = 0; e < envs.count; e++) resetTo(envs, e, range.from + random.int(starts));
}

/** Puts environment `e` at the close of bar `row` with what `account` holds, or with a new and flat one. */
export function resetTo(envs: Environments, e: number, row: number, account?: Account): void {
  const { position = 0, openReturn = 0, barsHeld = 0, cash = 1, drawdown = 0 } = account ?? {};
  envs.row[e] = row;
  envs.position[e] = position;
  envs.openReturn[e] = openReturn;
  envs.barsHeld[e] = barsHeld;
  envs.cash[e] = cash;
  const capital = cash * (1 + openReturn);
  envs.capital[e] = capital;
  envs.peak[e] = capital / (1 - drawdown);
}

/**
 * Takes the position of each action at the present close and goes on to the next bar.
 * @param rewards gets position · return to the next close − cost · |change of position|: what `netReturns` of
 *   the back-test gives for the same row, as a share of the capital, less the penalty for a drawdown that
 *   grew. The back-test also closes what is open at its last row; here nothing ends, so nothing is closed.
 */
export function step(envs: Environments, actions: Uint8Array, rewards: Float64Array): void {
  const { close, costBps, drawdownPenalty } = envs.market;
  for (let e = 0; e < envs.count; e++) {
    const row = envs.row[e]!;
    const before = envs.position[e]!;
    const position = actions[e]! - 1;
    const gross = position * (close[row + 1]! / close[row]! - 1);
    const cost = (Math.abs(position - before) * costBps) / 10_000;
    const capital = envs.capital[e]!;
    const drawdown = 1 - capital / envs.peak[e]!;
    const kept = position === before && position !== 0;
    envs.openReturn[e] = (kept ? envs.openReturn[e]! : 0) + gross;
    envs.barsHeld[e] = position === 0 ? 0 : (kept ? envs.barsHeld[e]! : 0) + 1;
    if (position !== before) envs.cash[e] = capital * Math.max(0, 1 - cost);
    envs.capital[e] = capital * Math.max(0, 1 + (gross - cost));
    envs.peak[e] = Math.max(envs.peak[e]!, envs.capital[e]!);
    const growth = Math.max(0, 1 - envs.capital[e]! / envs.peak[e]! - drawdown);
    rewards[e] = gross - cost - drawdownPenalty * growth;
    envs.position[e] = position;
    envs.row[e] = row + 1;
  }
}

/**
 * Mean reward of a back-test's rows: their returns after costs, less the penalty for each growth of the
 * drawdown, which is 1 − capital / peak of the compounded capital. What the agent is trained for, and what
 * validation chooses by.
 */
export function meanReward(returns: Float64Array, drawdownPenalty: number): number {
  let capital = 1;
  let peak = 1;
  let drawdown = 0;
  let sum = 0;
  for (const net of returns) {
    capital *= Math.max(0, 1 + net);
    peak = Math.max(peak, capital);
    const now = 1 - capital / peak;
    sum += net - drawdownPenalty * Math.max(0, now - drawdown);
    drawdown = now;
  }
  return sum / returns.length;
}
