/**
 * A function that gives each row's rank in a sample in which row i is `times[i]` times, counted from the
 * middle; sorted once for all. Equal values share the mean of their ranks.
 */
export function rankedTwice(values: Float64Array): (times: Int32Array) => Float64Array {
  const order = Int32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  return (times) => {
    let below = 0;
    for (let start = 0; start < order.length;) {
      const tied = values[order[start]!]!;
      let end = start;
      let equal = 0;
      for (; end < order.length && values[order[end]!] === tied; end++) equal += times[order[end]!]!;
      // Counted from the middle, so that sums of squares stay exact.
      const rank = below + (equal + 1) / 2 - (values.length + 1) / 2;
      for (; start < end; start++) ranks[order[start]!] = rank;
      below += equal;
    }
    return ranks;
  };
}

/** Each value's rank, counted from the middle: their sum is 0. */
export const midranks = (values: Float64Array): Float64Array =>
  rankedTwice(values)(new Int32Array(values.length).fill(1));
