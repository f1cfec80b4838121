/**
 * Mean reward of a back-test's rows: their returns after costs, less the penalty for each growth of the drawdown, which is
 * 1 − capital / peak of the compounded capital. What the agent is trained for, and what validation chooses by.
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
