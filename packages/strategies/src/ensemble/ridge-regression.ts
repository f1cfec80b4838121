// Linear regression under an L2 penalty, at several penalties of the same rows.
import { solve } from './logistic-regression.ts';
import type { RegressionRows } from './logistic-regression.ts';

/**
 * Ridge regression (Hoerl and Kennard 1970): minimises the weighted mean of (t − kernel · x − bias)², plus
 * l2 · Σ kernel², which shrinks alike in any unit of the targets. The rows are gone through once; each
 * penalty is cols³ / 6 multiplications more.
 * @returns the solution for a penalty. Targets that are all alike give a kernel of zeros.
 */
export function ridgeRegression(
  rows: RegressionRows,
): (l2: number) => { readonly kernel: Float64Array; readonly bias: number } {
  const { cols } = rows;
  const { gram, cross, means, targetMean } = moments(rows);
  return (l2) => {
    const penalised = gram.slice();
    // The ridge keeps the step unique where columns have no spread or are sums of others.
    for (let i = 0; i < cols; i++) penalised[i * cols + i]! += l2 + 1e-9;
    const kernel = solve(penalised, cross, cols);
    let bias = targetMean;
    for (let c = 0; c < cols; c++) bias -= kernel[c]! * means[c]!;
    return { kernel, bias };
  };
}

/** Weighted means, and second moments about them: the lower triangle of the inputs' with each other. */
function moments({ data, rows, cols, targets, weights }: RegressionRows): {
  readonly gram: Float64Array;
  readonly cross: Float64Array;
  readonly means: Float64Array;
  readonly targetMean: number;
} {
  const means = new Float64Array(cols);
  let targetMean = 0;
  let total = 0;
  for (let r = 0; r < rows; r++) {
    const weight = weights === undefined ? 1 : weights[r]!;
    total += weight;
    targetMean += weight * targets[r]!;
    for (let c = 0; c < cols; c++) means[c]! += weight * data[r * cols + c]!;
  }
  targetMean /= total;
  for (let c = 0; c < cols; c++) means[c]! /= total;

  const gram = new Float64Array(cols * cols);
  const cross = new Float64Array(cols);
  const row = new Float64Array(cols);
  for (let r = 0; r < rows; r++) {
    const weight = (weights === undefined ? 1 : weights[r]!) / total;
    for (let c = 0; c < cols; c++) row[c] = data[r * cols + c]! - means[c]!;
    const target = targets[r]! - targetMean;
    for (let i = 0; i < cols; i++) {
      const scaled = weight * row[i]!;
      cross[i]! += scaled * target;
      for (let j = 0; j <= i; j++) gram[i * cols + j]! += scaled * row[j]!;
    }
  }
  return { gram, cross, means, targetMean };
}
