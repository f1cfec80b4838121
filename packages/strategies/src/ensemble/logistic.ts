import { loadTensorFlow } from '@ml-training/native';
import type { tf as types } from '@ml-training/native';
import { logLoss } from '../evaluation/classification.ts';
import { toNdArray } from '../ndarray.ts';
import type { TrainContext } from '../strategy.ts';
import { breathe } from './breathe.ts';
import type { LabelledRows } from './pool.ts';
import type { TrainedMember } from './trees.ts';
import { openMember } from './voter.ts';
import type { StoredMember } from './voter.ts';

const epochs = 200;
const patience = 20;
const learningRate = 0.02;

/**
 * Logistic regression with an L2 penalty, by full-batch Adam (Kingma and Ba 2015) from zero weights; keeps the epoch that did best on
 * the validation rows. No randomness is involved.
 * @param options.l2 penalty: added to the mean log loss is l2 · Σ kernel².
 */
export async function trainLogistic(
  train: LabelledRows,
  validation: LabelledRows,
  options: { readonly l2: number; readonly threads: number; readonly context: TrainContext },
): Promise<TrainedMember> {
  const { l2, threads, context } = options;
  const tf = await loadTensorFlow({ threads });
  const { cols } = train;
  const inputs = tf.tensor2d(Float32Array.from(train.data), [train.rows, cols]);
  const labels = tf.tensor2d(Float32Array.from(train.labels), [train.rows, 1]);
  const kernel = tf.variable(tf.zeros<types.Rank.R2>([cols, 1]));
  const bias = tf.variable(tf.zeros<types.Rank.R1>([1]));
  const optimizer = tf.train.adam(learningRate);
  try {
    let best = { epoch: 0, loss: Infinity, stored: freeze(kernel.dataSync(), bias.dataSync()) };
    for (let epoch = 1; epoch <= epochs && epoch - best.epoch <= patience; epoch++) {
      optimizer.minimize(() => {
        const logits = inputs.matMul(kernel).add(bias);
        const loss = tf.losses.sigmoidCrossEntropy(labels, logits);
        return loss.add(kernel.square().sum().mul(l2)).asScalar();
      });
      const stored = freeze(kernel.dataSync(), bias.dataSync());
      const probability = openMember(stored, cols, 'logistic').predict(validation);
      const loss = logLoss(probability, validation.labels);
      context.epoch(epoch, { logistic_validation_log_loss: loss });
      if (loss < best.loss) best = { epoch, loss, stored };
      if (epoch % 8 === 0) await breathe(context.signal);
    }
    return { stored: best.stored, rounds: best.epoch };
  } finally {
    tf.dispose([inputs, labels, kernel, bias]);
    optimizer.dispose();
  }
}

/** The member as it is stored: kernel as float32 [features, 1], which is TensorFlow's own layout. */
function freeze(kernel: ArrayLike<number>, bias: ArrayLike<number>): StoredMember {
  return {
    name: 'logistic',
    kind: 'logistic',
    kernel: toNdArray(Float32Array.from(kernel), [kernel.length, 1]),
    bias: bias[0]!,
  };
}
