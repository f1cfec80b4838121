/** At most `most` of the indices 0…count−1, evenly spaced. */
export function spread(count: number, most: number): Int32Array {
  const picked = Math.min(count, most);
  return Int32Array.from({ length: picked }, (_, i) => Math.floor((i * count) / picked));
}
