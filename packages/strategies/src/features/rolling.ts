// Sums and statistics over the `n` values that end at row t, each taken afresh from its own window: a running
// sum would carry rounding from bars before the window, and a row would then depend on where its history
// starts.

/** A value of each row. */
export type RowValue = (t: number) => number;

/** a / b, and 0 where b is 0: a price that stood still has no direction. */
export function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b;
}

export function sum(t: number, n: number, value: RowValue): number {
  let total = 0;
  for (let i = t - n + 1; i <= t; i++) total += value(i);
  return total;
}

export const mean = (t: number, n: number, value: RowValue): number => sum(t, n, value) / n;

/** The largest value, or with `sign` −1 the smallest; of equals the oldest. */
export function extreme(t: number, n: number, values: Float64Array, sign: 1 | -1) {
  let row = t - n + 1;
  for (let i = row + 1; i <= t; i++) if (sign * values[i]! > sign * values[row]!) row = i;
  return { value: values[row]!, row };
}

/** Quantile `q` of the window, linear between neighbours in order. */
export function quantile(t: number, n: number, values: Float64Array, q: number): number {
  const sorted = values.slice(t - n + 1, t + 1).sort();
  const place = q * (n - 1);
  const low = Math.floor(place);
  const high = sorted[Math.min(low + 1, n - 1)]!;
  return sorted[low]! + (place - low) * (high - sorted[low]!);
}

/** Count, mean and deviations' sum of squares of the values of the window that are numbers. */
export function moments(t: number, n: number, value: RowValue) {
  const known: number[] = [];
  for (let i = t - n + 1; i <= t; i++) {
    const x = value(i);
    if (!Number.isNaN(x)) known.push(x);
  }
  return momentsOf(known);
}

function momentsOf(values: readonly number[]) {
  let total = 0;
  for (const x of values) total += x;
  const count = values.length;
  const average = count === 0 ? 0 : total / count;
  let squares = 0;
  for (const x of values) squares += (x - average) ** 2;
  return { count, mean: average, squares };
}

/** As pandas and Alpha158 take it, over count − 1; 0 of fewer than two. */
export const sampleDeviation = ({ count, squares }: { count: number; squares: number }): number =>
  count < 2 ? 0 : Math.sqrt(squares / (count - 1));

/** A deviation below this share of the unit is rounding's, and says nothing. */
const minDeviation = 1e-12;

/**
 * Pearson's correlation of the pairs of the window of which both are numbers. Both are to be of a size about
 * 1 and 0 where they stand still, so that rounding is told from a spread; 0 without one, or below 3 pairs.
 */
export function correlation(t: number, n: number, x: RowValue, y: RowValue): number {
  const [xs, ys]: [number[], number[]] = [[], []];
  for (let i = t - n + 1; i <= t; i++) {
    const [a, b] = [x(i), y(i)];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    xs.push(a);
    ys.push(b);
  }
  const [ofX, ofY] = [momentsOf(xs), momentsOf(ys)];
  const least = xs.length * minDeviation ** 2;
  if (xs.length < 3 || ofX.squares <= least || ofY.squares <= least) return 0;
  let products = 0;
  xs.forEach((a, i) => (products += (a - ofX.mean) * (ys[i]! - ofY.mean)));
  const r = products / Math.sqrt(ofX.squares) / Math.sqrt(ofY.squares);
  return Math.max(-1, Math.min(1, r));
}
