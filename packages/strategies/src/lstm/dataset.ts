/** Scaled features of all bars, row-major float32, one row a bar. */
export interface ScaledFeatures {
  readonly data: Float32Array;
  readonly cols: number;
}

/**
 * Rounds scaled features to what TensorFlow takes. Bars before the features' first row become zeros, which is
 * each feature's mean over the training rows: so the first windows are padded instead of lost.
 * @param firstRow first bar whose features are all defined.
 */
export function scaledFeatures(scaled: Float64Array, cols: number, firstRow: number): ScaledFeatures {
  const data = Float32Array.from(scaled);
  data.fill(0, 0, firstRow * cols);
  return { data, cols };
}

/**
 * Writes the windows of `rows[from…to)` into `into` as a time-major [window, slots, cols] block: the window of row t
 * covers rows t − window + 1 … t, and what lies before the table is zeros. Slots beyond the rows are zeroed.
 * Windows are gathered anew for every batch because a table of all windows would take `window` times the memory.
 */
export function gatherWindows(
  { data, cols }: ScaledFeatures,
  rows: Int32Array,
  window: number,
  slots: number,
  into: Float32Array,
): void {
  into.fill(0);
  for (let slot = 0; slot < rows.length; slot++) {
    const first = rows[slot]! - window + 1;
    for (let step = Math.max(0, -first); step < window; step++) {
      const source = (first + step) * cols;
      const target = (step * slots + slot) * cols;
      for (let c = 0; c < cols; c++) into[target + c] = data[source + c]!;
    }
  }
}

/** The row numbers from…to−1. */
export function rowsOf({ from, to }: { from: number; to: number }): Int32Array {
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}
