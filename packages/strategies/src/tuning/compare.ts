// Whether some settings are better than those in use, beyond noise and beyond the luck of many tries.
import { blockLength, meanWithBounds } from '../evaluation/intervals.ts';

/** Of a row, settings less those in use, more is better. */
export interface Lead {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * One in twenty searches in which no settings are any better takes some all the same. So many trials are so
 * many chances, of which each gets its share (Bonferroni), whichever of them the rounds have left over.
 */
const falseSearches = 0.05;
/** Places a bound of one in 20 · 200. */
const resamples = 10_000;

/**
 * The mean lead over the settings in use on the very same rows, with one-sided bounds by a stationary block
 * bootstrap that hold for all trials of the search together.
 * @param reach bars that a row's score looks ahead
 * @param tries how many settings the search looks at besides those in use
 */
export function leadOver(
  now: Float64Array,
  scores: Float64Array,
  { reach, tries, seed }: { readonly reach: number; readonly tries: number; readonly seed: number },
): Lead {
  const rows = now.length;
  if (scores.length !== rows)
    throw new RangeError(`trials were scored on ${scores.length} rows and on ${rows}`);
  const differences = scores.map((score, i) => score - now[i]!);
  const options = { block: blockLength(rows, reach), resamples, seed };
  return meanWithBounds(differences, options, falseSearches / tries);
}
