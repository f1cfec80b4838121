import type { SymbolRows } from '../dataset.ts';
import { auc, logLoss } from '../evaluation/metrics.ts';
import { fromNdArray } from '../ndarray.ts';
import type { Plain } from '../strategy.ts';
import { openMembers } from './members.ts';
import type { Member, TrainedMember } from './members.ts';

/**
 * How each member alone does on the holdout rows of all symbols together: told, and used for nothing, since
 * whatever is chosen by it has seen the holdout.
 */
export function memberScores(
  trained: readonly TrainedMember[],
  symbols: readonly SymbolRows<Uint8Array>[],
): { readonly [member: string]: Plain } {
  const parts = symbols.map(({ features: { data, cols }, labels, purged: { holdout } }) => ({
    data: data.subarray(holdout.from * cols, holdout.to * cols),
    rows: holdout.to - holdout.from,
    cols,
    labels: labels.subarray(holdout.from, holdout.to),
  }));
  const labels = Uint8Array.from(parts.flatMap((part) => [...part.labels]));
  const members = openMembers(
    trained.map(({ stored }) => stored),
    parts[0]!.cols,
    'ensemble',
  );
  try {
    return Object.fromEntries(
      members.map((member) => {
        const probability = Float64Array.from(parts.flatMap((part) => [...member.predict(part)]));
        return [member.name, { auc: auc(probability, labels), log_loss: logLoss(probability, labels) }];
      }),
    );
  } finally {
    members.forEach((member) => member.dispose());
  }
}

/** Share of each feature in the gain of all splits, averaged over the kinds of trees; largest first. */
export function importance(
  members: readonly TrainedMember[],
  featureNames: readonly string[],
): { readonly [feature: string]: number } {
  const shares = new Float64Array(featureNames.length);
  const trees = members.flatMap(({ gain }) => (gain === undefined ? [] : [gain]));
  for (const gain of trees) {
    const total = gain.reduce((sum, g) => sum + g, 0);
    if (total > 0) gain.forEach((g, c) => (shares[c]! += g / total / trees.length));
  }
  const named = featureNames.map((name, c) => [name, shares[c]!] as const);
  return Object.fromEntries(named.sort((a, b) => b[1] - a[1]));
}

/** How many splits there are by each feature, in all trees together; most first. */
export function splits(
  members: readonly Member[],
  featureNames: readonly string[],
): { readonly [feature: string]: number } {
  const counts = members.flatMap((member) => (member.splits === undefined ? [] : [member.splits()]));
  const named = featureNames.map((name, c) => [name, counts.reduce((sum, of) => sum + of[c]!, 0)] as const);
  return Object.fromEntries(named.sort((a, b) => b[1] - a[1]));
}

/**
 * What the linear member adds to the log odds of a rise for one standard deviation of each feature; strongest
 * first.
 */
export function coefficients(
  members: readonly TrainedMember[],
  featureNames: readonly string[],
): { readonly [feature: string]: number } {
  const linear = members.map(({ stored }) => stored).find(({ kind }) => kind === 'logistic');
  if (linear?.kind !== 'logistic') return {};
  const kernel = fromNdArray(linear.kernel, 'float32', 'ensemble.logistic.kernel', [featureNames.length, 1]);
  const named = featureNames.map((name, c) => [name, kernel[c]!] as const);
  return Object.fromEntries(named.sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])));
}
