// What each task's models are chosen by on the validation rows.
import { logLikelihood, logLoss } from './evaluation/metrics.ts';
import { likeliest } from './evaluation/tasks/multiclass.ts';
import { outputsOf } from './target.ts';
import type { Labels, Target } from './target.ts';

/** What the loss of a task is called in curves and reports. */
export const lossName = ({ task }: Target): 'log_loss' | 'squared_error' =>
  task === 'regression' ? 'squared_error' : 'log_loss';

/**
 * Mean log loss of probabilities, or mean squared error in the label's unit squared.
 * @param predicted one a row, or rows × classes.
 * @param weights one a row; equal unless given.
 */
export function meanLoss(
  target: Target,
  predicted: Float64Array,
  labels: Labels,
  weights?: Float32Array,
): number {
  if (weights === undefined && target.task === 'binary') return logLoss(predicted, labels as Uint8Array);
  const rowLoss = rowLossOf(target, predicted, labels);
  let sum = 0;
  let total = 0;
  for (let r = 0; r < labels.length; r++) {
    sum += rowLoss(r) * (weights?.[r] ?? 1);
    total += weights?.[r] ?? 1;
  }
  return sum / total;
}

function rowLossOf(target: Target, predicted: Float64Array, labels: Labels): (row: number) => number {
  const classes = outputsOf(target);
  switch (target.task) {
    case 'binary':
      return (r) => -logLikelihood(predicted[r]!, labels[r]!);
    case 'multiclass':
      return (r) => -logLikelihood(predicted[r * classes + labels[r]!]!, 1);
    case 'regression':
      return (r) => (predicted[r]! - labels[r]!) ** 2;
  }
}

/** Share of the rows whose likeliest class is theirs; of two classes above one half is a rise. */
export function accuracyOf(target: Target, probabilities: Float64Array, labels: Labels): number {
  const classes = outputsOf(target);
  let right = 0;
  labels.forEach((label, r) => {
    const said =
      target.task === 'binary' ? Number(probabilities[r]! > 0.5) : likeliest(probabilities, r, classes);
    right += Number(said === label);
  });
  return right / labels.length;
}
