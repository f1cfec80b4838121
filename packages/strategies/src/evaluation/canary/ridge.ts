/** Share of the mean diagonal that is added to it: enough to tell apart columns that say the same. */
const penalty = 1e-3;

/**
 * Ridge regression without intercept of many targets on one row-major matrix: the normal equations are factored once
 * (Cholesky), so a further target costs one pass over the rows.
 */
export function openRidge(rows: Float64Array, cols: number) {
  const factor = cholesky(gram(rows, cols), cols);
  return {
    /** Weights, one a column. */
    fit: (target: Float64Array): Float64Array => {
      const weights = new Float64Array(cols);
      target.forEach((y, r) => {
        for (let c = 0; c < cols; c++) weights[c]! += rows[r * cols + c]! * y;
      });
      return solve(factor, cols, weights);
    },
    score: (others: Float64Array, weights: Float64Array): Float64Array =>
      Float64Array.from({ length: others.length / cols }, (_, r) => {
        let sum = 0;
        for (let c = 0; c < cols; c++) sum += others[r * cols + c]! * weights[c]!;
        return sum;
      }),
  };
}

function gram(rows: Float64Array, cols: number): Float64Array {
  const products = new Float64Array(cols * cols);
  for (let r = 0; r < rows.length; r += cols)
    for (let i = 0; i < cols; i++) {
      const x = rows[r + i]!;
      for (let j = 0; j <= i; j++) products[i * cols + j]! += x * rows[r + j]!;
    }
  let trace = 0;
  for (let i = 0; i < cols; i++) trace += products[i * cols + i]!;
  for (let i = 0; i < cols; i++) products[i * cols + i]! += (penalty * trace) / cols + Number.MIN_VALUE;
  return products;
}

/** Lower triangle L of a = L·Lᵀ, in place. */
function cholesky(a: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * n + k]! * a[j * n + k]!;
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / a[j * n + j]!;
    }
  return a;
}

/** x of L·Lᵀ·x = b, in place of b. */
function solve(l: Float64Array, n: number, b: Float64Array): Float64Array {
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) b[i]! -= l[i * n + k]! * b[k]!;
    b[i]! /= l[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) b[i]! -= l[k * n + i]! * b[k]!;
    b[i]! /= l[i * n + i]!;
  }
  return b;
}
