import { limited, type Environments } from './environment.ts';

/**
 * What an observation holds after the window's scaled features, in this order; `observeAccounts` gives the
 * units.
 */
export const accountColumns = ['position', 'open_return', 'bars_held', 'cash', 'drawdown'] as const;

const HELD_LIMIT = 20;
/**
 * Bars whose standard deviation is the unit of cash and drawdown, a fraction of a unit in a usual episode.
 */
const CASH_BARS = 4_096;

/** Numbers of one observation. */
export const observationSize = (window: number, featureCols: number): number =>
  window * featureCols + accountColumns.length;

const squashed = (x: number): number => x / (1 + Math.abs(x));

/**
 * Writes each environment's account, `accountColumns.length` numbers apart from `out[at]` on; all of it is
 * known at the close of the environment's bar. With u the standard deviation of a bar's return in the
 * training rows:
 * - position: what is held into that close, −1, 0 or 1;
 * - open_return: sum of that position's returns since it was taken, before costs, over u √20;
 * - bars_held: bars it has been held over 20, at most 1;
 * - cash: x / (1 + |x|), x being the realised profit since the account was opened, as a share of the capital
 *   it was opened with, over u √4,096: what closed positions brought less all costs, which doesn't move with
 *   the open one;
 * - drawdown: the same of how far the capital, the open position included, is below its peak, as a share of
 *   the peak; 0 where no reward depends on it, that is without a drawdown penalty.
 *
 * open_return is cut at ±5. Cash and drawdown grow all along an episode, so they are kept small, and ever
 * smaller the further they are from where an episode starts: decision 0009 has what larger ones did.
 */
export function observeAccounts(envs: Environments, out: Float32Array, at: number): void {
  const { returnUnit, drawdownPenalty } = envs.market;
  const openUnit = returnUnit * Math.sqrt(HELD_LIMIT);
  const cashUnit = returnUnit * Math.sqrt(CASH_BARS);
  for (let e = 0; e < envs.count; e++) {
    out[at++] = envs.position[e]!;
    out[at++] = limited(envs.openReturn[e]! / openUnit);
    out[at++] = Math.min(envs.barsHeld[e]!, HELD_LIMIT) / HELD_LIMIT;
    out[at++] = squashed((envs.cash[e]! - 1) / cashUnit);
    out[at++] = drawdownPenalty === 0 ? 0 : squashed((1 - envs.capital[e]! / envs.peak[e]!) / cashUnit);
  }
}

/**
 * Writes one observation to `input[to…]`: the features of the window's bars, the oldest first and `row` last,
 * then the account that `accounts` holds from index `account` on. The bars of a window lie one behind the
 * other in the market's features, so a rollout keeps row numbers and accounts, and windows are put together
 * for the rows of one pass only.
 */
export function writeObservation(
  { features, featureCols, window }: Environments['market'],
  row: number,
  accounts: Float32Array,
  account: number,
  input: Float32Array,
  to: number,
): void {
  const from = (row - window + 1) * featureCols;
  const numbers = window * featureCols;
  for (let i = 0; i < numbers; i++) input[to + i] = features[from + i]!;
  const end = to + numbers;
  for (let i = 0; i < accountColumns.length; i++) input[end + i] = accounts[account + i]!;
}
