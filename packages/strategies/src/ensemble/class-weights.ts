import type { EnsembleSettings as Settings } from '@ml-training/sdk';

/** Weights of a fall and a rise. */
export interface ClassWeights {
  readonly fall: number;
  readonly rise: number;
}

/**
 * What a row weighs by its label. `balanced` makes both directions weigh the same over the train rows, n / 2
 * each, so that a member can't do well by always naming the commoner one. It multiplies the odds a member
 * learns by rise / fall, which the calibration takes back (Elkan 2001, "The foundations of cost-sensitive
 * learning"). Over a few bars rises and falls are nearly as common, and it hardly matters; over a long
 * horizon in a rising market it does.
 * @returns null where all rows weigh the same.
 */
export function classWeights(
  trainLabels: Uint8Array,
  balance: Settings['class_balance'],
): ClassWeights | null {
  const rises = trainLabels.reduce((sum, label) => sum + label, 0);
  const rows = trainLabels.length;
  if (balance === 'none' || rises === 0 || rises === rows) return null;
  return { fall: rows / (2 * (rows - rises)), rise: rows / (2 * rises) };
}

/** One weight a row. */
export const rowWeights = (labels: Uint8Array, { fall, rise }: ClassWeights): Float32Array =>
  Float32Array.from(labels, (label) => (label === 1 ? rise : fall));
