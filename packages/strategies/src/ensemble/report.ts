import type { SymbolRows } from '../dataset.ts';
import { auc } from '../evaluation/metrics.ts';
import { accuracyOf, lossName, meanLoss } from '../losses.ts';
import { outputsOf } from '../target.ts';
import type { Labels, Target } from '../target.ts';
import { fromNdArray } from '../ndarray.ts';
import type { Plain } from '../strategy.ts';
import { linearName } from './linear.ts';
import { openMembers } from './members.ts';
import type { TrainedMember } from './members.ts';

/**
 * How each member alone does on the holdout rows of all symbols together: told, and used for nothing, since
 * whatever is chosen by it has seen the holdout.
 */
export function memberScores(
  target: Target,
  trained: readonly TrainedMember[],
  symbols: readonly SymbolRows[],
): { readonly [member: string]: Plain } {
  const parts = symbols.map(({ bars, features: { data, cols }, labels, purged: { holdout } }) => ({
    symbol: bars.symbol,
    data: data.subarray(holdout.from * cols, holdout.to * cols),
    rows: holdout.to - holdout.from,
    cols,
    labels: labels.subarray(holdout.from, holdout.to),
  }));
  const labels = Float64Array.from(parts.flatMap((part) => [...part.labels]));
  const members = openMembers(
    trained.map(({ stored }) => stored),
    parts[0]!.cols,
    'ensemble',
    target,
  );
  try {
    return Object.fromEntries(
      members.map((member) => {
        const said = Float64Array.from(parts.flatMap((part) => [...member.predict(part)]));
        return [member.name, scoresOf(target, said, labels)];
      }),
    );
  } finally {
    members.forEach((member) => member.dispose());
  }
}

function scoresOf(target: Target, said: Float64Array, labels: Labels): Plain {
  const loss = { [lossName(target)]: meanLoss(target, said, labels) };
  switch (target.task) {
    case 'binary':
      return { auc: auc(said, Uint8Array.from(labels)), ...loss };
    case 'multiclass':
      return { accuracy: accuracyOf(target, said, labels), ...loss };
    case 'regression':
      return loss;
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
  members: readonly TrainedMember[],
  featureNames: readonly string[],
): { readonly [feature: string]: number } {
  const counts = members.flatMap((member) => (member.splits === undefined ? [] : [member.splits]));
  const named = featureNames.map((name, c) => [name, counts.reduce((sum, of) => sum + of[c]!, 0)] as const);
  return Object.fromEntries(named.sort((a, b) => b[1] - a[1]));
}

/**
 * What the linear member adds to the log odds of a rise, or to the value, for one standard deviation of each
 * feature; of several classes how much that differs between them (standard deviation); strongest first.
 */
export function coefficients(
  target: Target,
  members: readonly TrainedMember[],
  featureNames: readonly string[],
): { readonly [feature: string]: number } {
  const linear = members.map(({ stored }) => stored).find(({ name }) => name === linearName(target));
  if (linear === undefined || !('kernel' in linear)) return {};
  const outputs = outputsOf(target);
  const kernel = fromNdArray(linear.kernel, 'float32', `ensemble.${linear.name}.kernel`, [
    featureNames.length,
    outputs,
  ]);
  const named = featureNames.map(
    (name, c) => [name, strengthOf(kernel.subarray(c * outputs, (c + 1) * outputs))] as const,
  );
  return Object.fromEntries(named.sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])));
}

function strengthOf(ofOutputs: Float32Array): number {
  if (ofOutputs.length === 1) return ofOutputs[0]!;
  const mean = ofOutputs.reduce((sum, k) => sum + k, 0) / ofOutputs.length;
  return Math.sqrt(ofOutputs.reduce((sum, k) => sum + (k - mean) ** 2, 0) / ofOutputs.length);
}
