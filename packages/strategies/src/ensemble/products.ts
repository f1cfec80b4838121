// The two products that linear models spend their fitting with, by OpenBLAS: a sixth of what loops take.
import { loadOpenBlas } from '@ml-training/native';

/** Inputs, row after row. */
interface Inputs {
  readonly data: Float64Array;
  readonly rows: number;
  readonly cols: number;
}

/** What a linear model says of each row. @param point one coefficient a column, and the bias last. */
export function logitsOf({ data, rows, cols }: Inputs, point: Float64Array): Float64Array {
  const logits = new Float64Array(rows);
  if (cols > 0) loadOpenBlas().timesVector(false, rows, cols, data, point, logits);
  const bias = point[cols]!;
  for (let r = 0; r < rows; r++) logits[r]! += bias;
  return logits;
}

/** The rows' inputs, each row's times its number, summed up: [cols], Xᵀ · numbers. */
export function summedInputs({ data, rows, cols }: Inputs, numbers: Float64Array): Float64Array {
  const sums = new Float64Array(cols);
  if (rows > 0 && cols > 0) loadOpenBlas().timesVector(true, rows, cols, data, numbers, sums);
  return sums;
}
