import { StrategyError } from '../errors.ts';
import { accuracies, auc, logLoss } from '../evaluation/classification.ts';
import type { Plain } from '../strategy.ts';
import type { Weights } from './architecture.ts';

const LARGEST = 65_504;

/**
 * The weights as half precision keeps them (11 significant bits), to the nearest.
 * @throws StrategyError INVALID_PARAMS when one is too large for it.
 */
export function roundToHalf(weights: Weights): Weights {
  const rounded = Float32Array.from(Float16Array.from(weights));
  const k = rounded.findIndex((w) => !Number.isFinite(w));
  if (k !== -1)
    throw new StrategyError(
      'INVALID_PARAMS',
      `lstm: a trained weight is ${weights[k]}, but float16 ends at ${LARGEST}; set weights to float32, or lower learning_rate`,
    );
  return rounded;
}

/** What rounding the weights did to the scores on the same rows: those after it less those before. */
export function scoreChanges(
  before: Float64Array,
  after: Float64Array,
  labels: Uint8Array,
): { readonly [name: string]: Plain } {
  const [aucBefore, aucAfter] = [auc(before, labels), auc(after, labels)];
  return {
    log_loss_change: logLoss(after, labels) - logLoss(before, labels),
    accuracy_change: accuracies(after, labels).accuracy - accuracies(before, labels).accuracy,
    auc_change: aucBefore === null || aucAfter === null ? null : aucAfter - aucBefore,
  };
}
