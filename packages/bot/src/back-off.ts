const firstMs = 1000;
const longestMs = 60_000;

/**
 * How long to wait before the next try, after so many in a row came to nothing: twice as long each time, up to a minute; less a
 * random part of up to a half, as all bots of a fleet are refused at the same moment.
 * @param random 0 to 1
 */
export function backOffMs(failedTries: number, random: number): number {
  return Math.min(longestMs, firstMs * 2 ** (failedTries - 1)) * (1 - random / 2);
}
