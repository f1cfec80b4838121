import { toNdArray } from '../ndarray.ts';
import type { TrainContext } from '../strategy.ts';
import { fitLogistic, weightedLogLoss } from './newton.ts';
import type { LabelledRows } from './dataset.ts';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import type { TrainedMember } from './members.ts';
import { openMember } from './members.ts';
import type { StoredMember } from './members.ts';

/** From one L2 penalty to the next. */
const factor = Math.sqrt(10);

/**
 * The linear member: logistic regression under an L2 penalty that is added to the mean log loss as l2 · Σ
 * kernel². It is fitted at `logistic_penalties` penalties, each √10 times weaker than the one before and the
 * last of them `logistic_l2`; kept is the one that does best on the validation rows. No randomness is
 * involved.
 * @param run.pause awaited between two steps.
 */
export async function trainLogistic(
  train: LabelledRows,
  validation: LabelledRows,
  run: { readonly settings: Settings; readonly context: TrainContext; readonly pause: () => Promise<void> },
): Promise<TrainedMember> {
  const { logistic_l2: weakest, logistic_penalties: count } = run.settings;
  const rows = { ...train, targets: train.labels };
  let best: { loss: number; rounds: number; stored: StoredMember } | null = null;
  let start: Float64Array | undefined;
  for (let round = 1; round <= count; round++) {
    const l2 = weakest * factor ** (count - round);
    const { kernel, bias } = await fitLogistic(rows, { l2, start, afterStep: run.pause });
    start = Float64Array.of(...kernel, bias);
    const stored = freeze(kernel, bias, l2);
    const probability = openMember(stored, train.cols, 'logistic').predict(validation);
    const loss = weightedLogLoss(probability, validation.labels, validation.weights);
    run.context.epoch(round, { logistic_validation_log_loss: loss });
    if (best === null || loss < best.loss) best = { loss, rounds: round, stored };
  }
  if (best === null) throw new RangeError('a logistic regression needs at least one penalty');
  return { stored: best.stored, rounds: best.rounds };
}

/** The member as it is stored: kernel as float32 [features, 1], as Keras keeps a dense layer. */
function freeze(kernel: Float64Array, bias: number, l2: number): StoredMember {
  const packed = toNdArray(Float32Array.from(kernel), [kernel.length, 1]);
  return { name: 'logistic', kind: 'logistic', kernel: packed, bias, l2 };
}
