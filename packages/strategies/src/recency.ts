// Rows that weigh less the older they are, for markets whose rules change.
import type { LabelledRows, PooledRows } from './dataset.ts';

/**
 * Rows with a weight that halves every so many bars, counted back from the newest row of the same symbol, which weighs
 * 1; times what they weigh already. (Not made to sum to anything: what old rows lose is evidence less.)
 * @param halfLife in bars; 0 leaves the rows as they are.
 */
export function byRecency<Of extends LabelledRows & Pick<PooledRows, 'bar' | 'symbolIndex'>>(
  rows: Of,
  halfLife: number,
): Of {
  if (halfLife === 0) return rows;
  const newest: number[] = [];
  rows.symbolIndex.forEach((s, r) => (newest[s] = Math.max(newest[s] ?? 0, rows.bar[r]!)));
  const weights = Float32Array.from(rows.symbolIndex, (s, r) => {
    const age = newest[s]! - rows.bar[r]!;
    return (rows.weights?.[r] ?? 1) * 0.5 ** (age / halfLife);
  });
  return { ...rows, weights };
}
