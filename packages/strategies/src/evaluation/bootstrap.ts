import { createRandom } from '../random.ts';

/**
 * Means of `resamples` stationary-bootstrap resamples of a series, ascending (Politis and Romano, "The stationary
 * bootstrap", JASA 1994): blocks of geometric length with mean `block`, wrapped around the end, so that the
 * dependence of neighbouring rows is kept.
 */
export function bootstrapMeans(
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
export function quantile(ascending: Float64Array, q: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(q * ascending.length))]!;
}
