/** Scaled features of all bars, row-major float32, one row a bar. */
export interface ScaledFeatures {
  readonly data: Float32Array;
  readonly cols: number;
  /** First bar whose features are all defined; no window reaches beyond it. */
  readonly firstRow: number;
}

/** Rounds scaled features to single precision. */
export function scaledFeatures(scaled: Float64Array, cols: number, firstRow: number): ScaledFeatures {
  return { data: Float32Array.from(scaled), cols, firstRow };
}

/**
 * Sequences of a batch, side by side: that of row t covers rows t − window + 1 … t of the table, as far as it has
 * them, so the first rows' sequences are shorter. They are copied from the table for every batch again because a
 * table of all windows would take `window` times the memory.
 */
export interface Windows {
  readonly table: ScaledFeatures;
  /** The last row of each slot's sequence. */
  readonly rows: Int32Array;
}

/**
 * Steps of the sequence that ends at this row.
 * @throws RangeError when it has no features
 */
export function stepsOf({ firstRow }: ScaledFeatures, row: number, window: number): number {
  if (row < firstRow) throw new RangeError(`row ${row} has no features: the first that has is ${firstRow}`);
  return Math.min(window, row - firstRow + 1);
}

/** The row numbers from…to−1. */
export function rowsOf({ from, to }: { from: number; to: number }): Int32Array {
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}
