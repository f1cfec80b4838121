// Rows that weigh by their class, and how that is taken back.
import { outputsOf } from './target.ts';
import type { Labels, Target } from './target.ts';

/** What a row of each class weighs. */
export type ClassWeights = readonly number[];

/**
 * What a row weighs by its label. `balanced` makes all classes that the train rows have weigh the same over
 * them, so that a model can't do well by always naming the commonest. It changes the odds that are learnt,
 * which `unweighted` or a calibration takes back (Elkan 2001, "The foundations of cost-sensitive learning").
 * Over a few bars rises and falls are nearly as common, and it hardly matters; over a long horizon in a
 * rising market it does.
 * @returns null where all rows weigh the same; a class that no train row has weighs 1.
 */
export function classWeights(
  trainLabels: Labels,
  target: Target,
  setting: 'none' | 'balanced',
): ClassWeights | null {
  if (setting === 'none' || target.task === 'regression') return null;
  const counts = classCounts(trainLabels, target);
  const present = counts.filter((count) => count > 0).length;
  if (present < 2) return null;
  return counts.map((count) => (count === 0 ? 1 : trainLabels.length / (present * count)));
}

/** Rows of each class, of two or more. */
export function classCounts(labels: Labels, target: Target): number[] {
  const counts = new Array<number>(Math.max(2, outputsOf(target))).fill(0);
  labels.forEach((label) => (counts[label]! += 1));
  return counts;
}

/** One weight a row. */
export const rowWeights = (labels: Labels, weights: ClassWeights): Float32Array =>
  Float32Array.from(labels, (label) => weights[label]!);

/**
 * The probabilities of a model fitted on weighted rows as they are without the weights: each class's divided
 * by what its rows weighed.
 * @param probabilities of class 1, one a row, or of each class, rows × classes; left as they are.
 */
export function unweighted(probabilities: Float64Array, weights: ClassWeights, target: Target): Float64Array {
  if (target.task === 'binary') {
    const [fall, rise] = [weights[0]!, weights[1]!];
    return probabilities.map((p) => p / rise / (p / rise + (1 - p) / fall));
  }
  const classes = outputsOf(target);
  const result = new Float64Array(probabilities.length);
  for (let at = 0; at < result.length; at += classes) {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += result[at + k] = probabilities[at + k]! / weights[k]!;
    for (let k = 0; k < classes; k++) result[at + k]! /= sum;
  }
  return result;
}
