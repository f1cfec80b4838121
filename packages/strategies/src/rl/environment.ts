import { paddedRows } from './kernels/index.ts';
import type { Random } from '../random.ts';
import type { RowRange } from '../strategy.ts';

/** What the agent may do at each close, in the order of the policy's outputs; action − 1 is the position. */
export const actionSpace = ['short', 'flat', 'long'] as const;

/** What an observation holds after the bar's scaled features; see `observe`. */
export const accountColumns = ['position', 'open_return', 'bars_held'] as const;

/** Observed numbers are cut here, so that a bar unlike all of the training can't drive the network anywhere. */
const OBSERVATION_LIMIT = 5;
const HELD_LIMIT = 20;

/** One symbol's history as the environments see it. */
export interface Market {
  /** Scaled features, [bars, featureCols]. */
  readonly features: Float32Array;
  readonly featureCols: number;
  readonly close: Float64Array;
  /** Standard deviation of a bar's return in the training rows: the unit of rewards and open returns. */
  readonly returnUnit: number;
  /** Cost of changing the position by one unit, in basis points of the capital. */
  readonly costBps: number;
}

/**
 * Several agents' places in one market, side by side in typed arrays. Market prices don't react to them, and an
 * episode ends only by being cut: there is no end state.
 */
export interface Environments {
  readonly market: Market;
  readonly count: number;
  /** Numbers of one observation, and the distance between two of them in `observe`'s output. */
  readonly observationSize: number;
  readonly stride: number;
  /** Bar whose close has just been seen. */
  readonly row: Int32Array;
  /** Position held into that close: −1, 0 or 1. */
  readonly position: Int8Array;
  /** Sum of the returns of the position since it was taken, before costs. */
  readonly openReturn: Float64Array;
  readonly barsHeld: Int32Array;
}

export function createEnvironments(market: Market, count: number): Environments {
  const observationSize = market.featureCols + accountColumns.length;
  return {
    market,
    count,
    observationSize,
    stride: paddedRows(observationSize),
    row: new Int32Array(count),
    position: new Int8Array(count),
    openReturn: new Float64Array(count),
    barsHeld: new Int32Array(count),
  };
}

/** Puts every environment flat at a random row from which `steps` steps use no bar after index `range.to`. */
export function resetRandomly(envs: Environments, range: RowRange, steps: number, random: Random): void {
  const starts = range.to - range.from - steps + 1;
  for (let e = 0; e < envs.count; e++) resetTo(envs, e, range.from + random.int(starts));
}

/** Puts environment `e` flat at the close of bar `row`. */
export function resetTo(envs: Environments, e: number, row: number): void {
  envs.row[e] = row;
  envs.position[e] = 0;
  envs.openReturn[e] = 0;
  envs.barsHeld[e] = 0;
}

/**
 * Writes what each environment sees, `stride` numbers apart from `out[0]` on: the features of its bar, the position
 * held (−1, 0, 1), that position's return so far in units of √20 bars' standard deviation, and the bars it was held
 * over 20, at most 1. All of it is known at the close of the bar.
 */
export function observe(envs: Environments, out: Float32Array): void {
  const { features, featureCols, returnUnit } = envs.market;
  const openUnit = returnUnit * Math.sqrt(HELD_LIMIT);
  for (let e = 0; e < envs.count; e++) {
    const from = envs.row[e]! * featureCols;
    let at = e * envs.stride;
    for (let c = 0; c < featureCols; c++) out[at++] = limited(features[from + c]!);
    out[at++] = envs.position[e]!;
    out[at++] = limited(envs.openReturn[e]! / openUnit);
    out[at] = Math.min(envs.barsHeld[e]!, HELD_LIMIT) / HELD_LIMIT;
  }
}

/**
 * Takes the position of each action at the present close and goes on to the next bar.
 * @param rewards gets position · return to the next close − cost · |change of position|: what `netReturns` of the
 * back-test gives for the same row, as a share of the capital. The back-test also closes what is open at its last row;
 * here nothing ends, so nothing is closed.
 */
export function step(envs: Environments, actions: Uint8Array, rewards: Float64Array): void {
  const { close, costBps } = envs.market;
  for (let e = 0; e < envs.count; e++) {
    const row = envs.row[e]!;
    const before = envs.position[e]!;
    const position = actions[e]! - 1;
    const gross = position * (close[row + 1]! / close[row]! - 1);
    rewards[e] = gross - (Math.abs(position - before) * costBps) / 10_000;
    const kept = position === before && position !== 0;
    envs.openReturn[e] = (kept ? envs.openReturn[e]! : 0) + gross;
    envs.barsHeld[e] = position === 0 ? 0 : (kept ? envs.barsHeld[e]! : 0) + 1;
    envs.position[e] = position;
    envs.row[e] = row + 1;
  }
}

/** Comparisons are false for NaN, which goes through and is found when the loss is looked at. */
const limited = (x: number): number =>
  x > OBSERVATION_LIMIT ? OBSERVATION_LIMIT : x < -OBSERVATION_LIMIT ? -OBSERVATION_LIMIT : x;
