import type { Plain } from '../strategy.ts';
import { invalid, recordOf } from '../plain.ts';
import { fitLogistic } from '../ensemble/logistic-regression.ts';

// Held locally: a test runner's sandbox makes each look-up of a global slower than all this arithmetic.
const { abs, exp, floor, log, max, min } = Math;

/** What leads from the members' mean to the probability: σ(intercept + slope · logit of the mean). */
export type Calibration =
  { readonly kind: 'none' } | { readonly kind: 'platt'; readonly slope: number; readonly intercept: number };

/**
 * A mean that validation speaks against is flattened, never turned around: the ranking is the members' own.
 */
const minSlope = 0.1;

/**
 * Platt's scaling (Platt 1999, "Probabilistic outputs for support vector machines"). As there, the targets
 * are drawn away from 0 and 1, but toward what the given probability itself says: that is the same as adding
 * `priorRows` rows spread over the given ones on which `before` was right (a data-augmentation prior;
 * Bedrick, Christensen and Johnson 1996). With few rows hardly anything is corrected, with many all that they
 * show.
 * @param probability weighted means for rows that had no part in choosing the weights, or none worth
 * mentioning.
 * @param priorIntercept log odds that are known to be missing, as after balanced class weights; 0 if none
 * are.
 */
export async function fitCalibration(
  probability: Float64Array,
  labels: Uint8Array,
  options: { readonly priorRows: number; readonly priorIntercept: number },
): Promise<Calibration> {
  const { priorRows, priorIntercept } = options;
  const rows = labels.length;
  const trust = rows / (rows + priorRows);
  const logits = probability.map(logit);
  const before = logits.map((z) => sigmoid(priorIntercept + z));
  const targets = before.map((p, i) => trust * labels[i]! + (1 - trust) * p);
  const { kernel, bias } = await fitLogistic({ data: logits, rows, cols: 1, targets }, { l2: 0 });
  if (kernel[0]! >= minSlope) return { kind: 'platt', slope: kernel[0]!, intercept: bias };
  // The best intercept for the smallest slope: the mean of the probabilities is that of the targets.
  const wanted = targets.reduce((sum, t) => sum + t, 0) / rows;
  let [low, high] = [-40, 40];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    const mean = logits.reduce((sum, z) => sum + sigmoid(middle + minSlope * z), 0) / rows;
    if (mean < wanted) low = middle;
    else high = middle;
  }
  return { kind: 'platt', slope: minSlope, intercept: (low + high) / 2 };
}

export function calibrate(calibration: Calibration, probability: Float64Array): Float64Array {
  if (calibration.kind === 'none') return probability;
  const { slope, intercept } = calibration;
  return probability.map((p) => sigmoid(intercept + slope * log(p / (1 - p))));
}

/**
 * Expected calibration error: rows in ten groups of equal size by their probability; how far a group's mean
 * probability lies from its share of rises, averaged (Naeini, Cooper and Hauskrecht 2015, with equal sizes).
 * Noise alone gives some 0.06 on 400 rows.
 */
export function calibrationError(probability: Float64Array, labels: Uint8Array): number {
  const rows = labels.length;
  const order = Uint32Array.from(labels, (_, i) => i).sort(
    (a, b) => probability[a]! - probability[b]! || a - b,
  );
  let error = 0;
  for (let group = 0; group < 10; group++) {
    let gap = 0;
    const end = floor(((group + 1) * rows) / 10);
    for (let i = floor((group * rows) / 10); i < end; i++)
      gap += probability[order[i]!]! - labels[order[i]!]!;
    error += abs(gap) / rows;
  }
  return error;
}

/**
 * @throws StrategyError INVALID_MODEL unless it is a calibration that keeps the ranking; a model of an
 * earlier version has none.
 */
export function readCalibration(value: Plain | undefined, where: string): Calibration {
  if (value === undefined) return { kind: 'none' };
  const { kind, slope, intercept } = recordOf(value, where);
  if (kind === 'none') return { kind };
  if (kind !== 'platt') throw invalid(where, `is of the unknown kind ${JSON.stringify(kind)}`);
  const usable = (n: Plain | undefined): n is number => typeof n === 'number' && Number.isFinite(n);
  if (!usable(slope) || !usable(intercept) || slope <= 0)
    throw invalid(where, 'needs a slope above 0 and an intercept');
  return { kind, slope, intercept };
}

/** Kept off 0 and 1 as in the log loss. */
const logit = (p: number): number => {
  const inside = min(1 - 1e-6, max(1e-6, p));
  return log(inside / (1 - inside));
};

const sigmoid = (z: number): number => 1 / (1 + exp(-z));
