/**
 * How long bars of these times last, in milliseconds: their most frequent distance, of several equally
 * frequent ones the smallest, so that weekends, nights and missing bars don't count. 0 for fewer than two.
 */
export function typicalStep(time: Float64Array): number {
  const counts = new Map<number, number>();
  for (let t = 1; t < time.length; t++) {
    const distance = time[t]! - time[t - 1]!;
    counts.set(distance, (counts.get(distance) ?? 0) + 1);
  }
  let [step, most] = [0, 0];
  for (const [distance, count] of counts)
    if (count > most || (count === most && distance < step)) [step, most] = [distance, count];
  return step;
}
