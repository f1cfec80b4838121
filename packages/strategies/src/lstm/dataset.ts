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

/** Sequences of a batch, side by side and time-major. */
export interface Windows {
  /** [window, slots, cols]; each slot's sequence begins at step 0, and what follows its end is zeros. */
  readonly block: Float32Array;
  /** Steps of each slot's sequence, at least 1. */
  readonly lengths: Int32Array;
}

/** Room for a batch, to be filled again and again. */
export function createWindows(window: number, slots: number, cols: number): Windows {
  return { block: new Float32Array(window * slots * cols), lengths: new Int32Array(slots) };
}

/**
 * Writes the windows of `rows` into `into`: that of row t covers rows t − window + 1 … t, as far as the
 * table has them, so the first rows' sequences are shorter. Slots beyond the rows get one step of zeros. They
 * are gathered for every batch again because a table of all windows would take `window` times the memory.
 */
export function gatherWindows(
  { data, cols, firstRow }: ScaledFeatures,
  rows: Int32Array,
  window: number,
  { block, lengths }: Windows,
): void {
  const slots = lengths.length;
  block.fill(0);
  lengths.fill(1);
  for (let slot = 0; slot < rows.length; slot++) {
    const row = rows[slot]!;
    const first = Math.max(firstRow, row - window + 1);
    if (row < first) throw new RangeError(`row ${row} has no features: the first that has is ${firstRow}`);
    const length = row - first + 1;
    lengths[slot] = length;
    for (let step = 0; step < length; step++) {
      const source = (first + step) * cols;
      const target = (step * slots + slot) * cols;
      for (let c = 0; c < cols; c++) block[target + c] = data[source + c]!;
    }
  }
}

/** The row numbers from…to−1. */
export function rowsOf({ from, to }: { from: number; to: number }): Int32Array {
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}
