// Cross-validation in time: pieces that are each asked of a model fitted on the others.

/** Rows, by their place in a matrix. */
export interface Fold {
  readonly fit: Uint32Array;
  readonly ask: Uint32Array;
}

/** When rows lie: a row reaches from its bar to the end of its label's last bar. */
export interface RowTimes {
  readonly time: Float64Array;
  readonly labelEnd: Float64Array;
}

/**
 * Cuts rows into `count` pieces of time with as many rows each, over all symbols at once. Each piece is asked
 * of a model fitted on all others, save the rows whose label overlaps it in time and those within `embargo`
 * of it, before or after: neighbouring rows share most of their features' window (purging and embargo; López
 * de Prado, "Advances in Financial Machine Learning", 2018, ch. 7).
 * @param embargo ms.
 * @param minFit fewest rows that a model is fitted on; a piece that leaves fewer is left out.
 */
export function foldsInTime(
  { time, labelEnd }: RowTimes,
  { count, embargo, minFit }: { readonly count: number; readonly embargo: number; readonly minFit: number },
): Fold[] {
  const rows = time.length;
  const order = Uint32Array.from(time, (_, i) => i).sort((a, b) => time[a]! - time[b]! || a - b);
  /** Where each piece begins in `order`: never between rows of one time. */
  const starts = Array.from({ length: count }, (_, fold) => {
    let at = Math.floor((fold * rows) / count);
    while (at > 0 && at < rows && time[order[at]!] === time[order[at - 1]!]) at++;
    return at;
  });
  return starts.flatMap((from, fold) => {
    const ask = order.subarray(from, starts[fold + 1] ?? rows).toSorted();
    if (ask.length === 0) return [];
    let [start, end] = [Infinity, -Infinity];
    for (const row of ask) {
      start = Math.min(start, time[row]!);
      end = Math.max(end, labelEnd[row]!);
    }
    const fit = order
      .filter((row) => labelEnd[row]! <= start - embargo || time[row]! >= end + embargo)
      .toSorted();
    return fit.length < minFit ? [] : [{ fit, ask }];
  });
}
