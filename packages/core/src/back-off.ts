/**
 * How long to wait before the next try, after `failed` in a row came to nothing: `first`, twice as long each
 * time, up to `max`; less a random part of up to a half, so that what failed together doesn't come back
 * together.
 * @param random in [0, 1)
 * @returns in the unit of `first` and `max`
 */
export function backOff(
  failed: number,
  { first, max }: { first: number; max: number },
  random: number,
): number {
  return Math.min(max, first * 2 ** (failed - 1)) * (1 - random / 2);
}
