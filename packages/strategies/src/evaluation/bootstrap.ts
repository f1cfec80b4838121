import { createRandom } from '../random.ts';

/**
 * Means of `resamples` stationary-bootstrap resamples of a series, ascending (Politis and Romano, "The stationary
 * bootstrap", JASA 1994): blocks of geometric length with mean `block`, wrapped around the end, so that the
 * dependence of neighbouring rows is kept.
 */
function bootstrapMeans(
  series: Float64Array,
  options: { readonly block: number; readonly resamples: number; readonly seed: number },
): Float64Array {
  const random = createRandom(options.seed);
  const n = series.length;
  const means = new Float64Array(options.resamples);
  for (let b = 0; b < options.resamples; b++) {
    let sum = 0;
    let at = random.int(n);
    for (let i = 0; i < n; i++) {
      sum += series[at]!;
      at = random.next() * options.block < 1 ? random.int(n) : (at + 1) % n;
    }
    means[b] = sum / n;
  }
  return means.sort();
}

/** The value a share `q` of the ascending numbers lies below, by the nearest rank. */
function quantile(ascending: Float64Array, q: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(q * ascending.length))]!;
}

/**
 * Mean of a series of neighbours that depend on each other, and the one-sided 95 % bounds below and above it.
 * A resample of few blocks varies less than the mean does, so the percentiles' distances from the mean are
 * stretched as Student's t stretches the normal's, with a degree of freedom for each block but one. Of 600 series of 30
 * that differ from 0 by chance, 8 to 11 % had an upper bound below 0 without that, and 5 to 8 % have with it (normal,
 * Student's with 3 degrees of freedom, ±1).
 * @param series at least 2 values.
 * @param options.block mean length of a block, in rows; longer ones than a quarter of the series are cut to that.
 */
export function meanWithBounds(
  series: Float64Array,
  options: { readonly block: number; readonly resamples: number; readonly seed: number },
): { readonly mean: number; readonly low: number; readonly high: number } {
  const n = series.length;
  const block = Math.max(1, Math.min(options.block, Math.floor(n / 4)));
  const means = bootstrapMeans(series, { ...options, block });
  const mean = series.reduce((sum, value) => sum + value, 0) / n;
  const stretch = Math.sqrt(n / (n - 1)) * (student95(n / block - 1) / normal95);
  return {
    mean,
    low: mean + stretch * (quantile(means, 0.05) - mean),
    high: mean + stretch * (quantile(means, 0.95) - mean),
  };
}

const normal95 = 1.6449;

/** 95 % quantile of Student's t by its expansion around the normal's (Abramowitz and Stegun 26.7.5), from 3 degrees of freedom on. */
function student95(freedom: number): number {
  const z = normal95;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / freedom + second / freedom ** 2 + third / freedom ** 3;
}
