import { blockLength, meanDeviation } from './intervals.ts';

/** The bounds are narrowest about here: ten days of hourly bars, a year of daily ones. */
const tightestAt = 250;
/** Below this the theory, which is of many rows, does not hold yet. */
const minRows = 60;
/** Labels that overlap tell less: so many horizons instead, where that is more. */
const minHorizons = 40;
const resamples = 400;

/** Rows that a verdict takes, where each label looks `reach` bars ahead. */
export const rowsForVerdict = (reach: number): number =>
  Math.max(minRows, reach > 1 ? minHorizons * reach : 0);

export interface BoundedMean {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Mean of a series that grows, and the one-sided bounds below and above it that may be looked at as often as
 * one likes while it does: each holds at all looks together with probability 1 − `alpha`. (A 95 % bound that
 * is looked at every hour is sooner or later on the wrong side of the truth; this one is so in one series of
 * twenty, however long that gets.) By the one-sided asymptotic confidence sequence of Waudby-Smith, Arbour,
 * Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence sequences", Annals
 * of Statistics 2024, with the deviation of the mean from a stationary block bootstrap, as neighbours depend
 * on each other. False alarms in simulation are in docs/judging.md.
 * @param reach bars that a row's label looks ahead
 * @returns null where there are too few rows to say anything
 */
export function meanAtAnyTime(
  series: Float64Array,
  { reach, seed, alpha = 0.05 }: { readonly reach: number; readonly seed: number; readonly alpha?: number },
): BoundedMean | null {
  const rows = series.length;
  if (rows < rowsForVerdict(reach)) return null;
  const { mean, deviation } = meanDeviation(series, { block: blockLength(rows, reach), resamples, seed });
  const margin = deviation * widening(rows, alpha);
  return { mean, low: mean - margin, high: mean + margin };
}

/** Deviations of the mean between it and a bound: 3.1 for 60 rows, 2.8 for 250, 2.9 for 1,000, at 5 %. */
function widening(rows: number, alpha: number): number {
  const tail = -2 * Math.log(2 * alpha);
  const share = (rows * (tail + Math.log(tail + 1))) / tightestAt;
  return Math.sqrt(((2 * (share + 1)) / share) * Math.log(1 + Math.sqrt(share + 1) / (2 * alpha)));
}
