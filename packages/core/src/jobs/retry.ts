/** Seconds before the first retry, and the most a retry ever waits. */
const base = 5;
const longest = 600;

/**
 * Seconds to wait before the next attempt: doubling, with up to half of it taken off at random, so that jobs which
 * failed together don't come back together.
 * @param attempt the attempt that failed, from 1
 * @param random in [0, 1)
 */
export function retryDelaySeconds(attempt: number, random: number): number {
  const full = Math.min(longest, base * 2 ** (attempt - 1));
  return full * (1 - random / 2);
}
