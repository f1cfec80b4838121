import { setImmediate as macrotask } from 'node:timers/promises';
import type { TensorFlow, tf } from '@ml-training/native';
import { StrategyError } from '../errors.ts';
import { accuracies, logLoss } from '../evaluation/classification.ts';
import type { Random } from '../random.ts';
import type { RowRange, TrainContext } from '../strategy.ts';
import { type Adam, createAdam } from './adam.ts';
import { type Architecture, initialWeights, type Weights } from './architecture.ts';
import { type ScaledFeatures, gatherWindows, rowsOf } from './dataset.ts';
import { dropoutMasks } from './dropout.ts';
import { logits, predictRows, weightTensors } from './model.ts';

/** What the model learns from: features and labels by bar, and which bars are for what. */
export interface TrainingData {
  readonly table: ScaledFeatures;
  /** 1 where the close rises, by bar. */
  readonly labels: Uint8Array;
  readonly train: RowRange;
  readonly validation: RowRange;
}

export interface FitOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Share of each layer's outputs that is dropped, below 1. */
  readonly dropout: number;
  /** Epochs without a better validation loss after which training stops. */
  readonly patience: number;
  /** Longest global norm of a gradient step. */
  readonly clipNorm: number;
}

interface Fitted {
  /** Those of the best epoch. */
  readonly weights: Weights;
  /** Counted from 1, as in `context.epoch`. */
  readonly bestEpoch: number;
  readonly epochs: number;
  /** Mean log loss a row at the best epoch. */
  readonly validationLoss: number;
}

/**
 * Fits the model's weights on the training rows by minibatch Adam; stops when the validation loss has not improved
 * for `patience` epochs and keeps the weights it was lowest with.
 * Deterministic in data, options and `random` on one machine with one thread count.
 * @throws StrategyError DIVERGED when a loss or a gradient is no longer a finite number.
 * @throws the signal's reason when `context.signal` is aborted; it is looked at before every batch.
 */
export async function fitModel(
  tf: TensorFlow,
  architecture: Architecture,
  data: TrainingData,
  options: FitOptions,
  random: Random,
  context: TrainContext,
): Promise<Fitted> {
  const weights = initialWeights(architecture, random.fork('weights'), riseShare(data));
  const adam = createAdam(weights, options.learningRate, options.clipNorm);
  const batchStep = createBatchStep(tf, architecture, data, options, random.fork('dropout'), weights, adam);
  const shuffling = random.fork('order');
  const order = rowsOf(data.train);
  const validationRows = rowsOf(data.validation);
  const validationLabels = data.labels.subarray(data.validation.from, data.validation.to);
  const best = { epoch: 0, loss: Infinity, weights: weights.map((w) => w.slice()) };

  let epoch = 0;
  while (epoch < options.epochs && epoch - best.epoch < options.patience) {
    epoch++;
    shuffling.shuffle(order);
    let lossSum = 0;
    for (let at = 0; at < order.length; at += options.batchSize) {
      // A macrotask, so that messages (an abort among them) get in between two batches.
      await macrotask();
      context.signal.throwIfAborted();
      const rows = order.subarray(at, at + options.batchSize);
      lossSum += batchStep(rows, epoch) * rows.length;
    }
    const probability = predictRows(tf, architecture, weights, data.table, validationRows);
    const validationLoss = logLoss(probability, validationLabels);
    if (!Number.isFinite(validationLoss)) throw diverged(epoch, `validation loss ${validationLoss}`);
    context.epoch(epoch, {
      loss: lossSum / order.length,
      validation_loss: validationLoss,
      validation_accuracy: accuracies(probability, validationLabels).accuracy,
    });
    context.progress(epoch / options.epochs, 'training');
    if (validationLoss < best.loss) {
      best.epoch = epoch;
      best.loss = validationLoss;
      best.weights.forEach((kept, i) => kept.set(weights[i]!));
    }
  }
  return { weights: best.weights, bestEpoch: best.epoch, epochs: epoch, validationLoss: best.loss };
}

/** Share of rises among the training rows; never 0 or 1, as with one row more of each (Laplace's rule of succession). */
function riseShare({ labels, train }: TrainingData): number {
  const rises = labels.subarray(train.from, train.to).reduce((sum, label) => sum + label, 0);
  return (rises + 1) / (train.to - train.from + 2);
}

/** One optimiser step on a batch of rows, in place; returns the batch's mean loss before the step. */
function createBatchStep(
  tf: TensorFlow,
  architecture: Architecture,
  { table, labels }: TrainingData,
  { batchSize, dropout }: FitOptions,
  random: Random,
  weights: Weights,
  adam: Adam,
) {
  const { window, inputs, units } = architecture;
  const full = new Float32Array(window * batchSize * inputs);

  return (rows: Int32Array, epoch: number): number => {
    const block = full.subarray(0, window * rows.length * inputs);
    gatherWindows(table, rows, window, rows.length, block);
    const { loss, gradients } = tf.tidy(() => {
      const x: tf.Tensor3D = tf.tensor3d(block, [window, rows.length, inputs]);
      const y = tf.tensor1d(Float32Array.from(rows, (row) => labels[row]!));
      const masks = dropoutMasks(tf, random, units, rows.length, dropout);
      const gradientsOf = tf.valueAndGrads((...tensors) =>
        tf.losses.sigmoidCrossEntropy(y, logits(tf, architecture, tensors, x, masks)),
      );
      const { value, grads } = gradientsOf(weightTensors(tf, architecture, weights));
      return { loss: value.dataSync()[0]!, gradients: grads.map((g) => g.dataSync<'float32'>()) };
    });
    const norm = adam.step(gradients);
    if (!Number.isFinite(loss) || !Number.isFinite(norm))
      throw diverged(epoch, `loss ${loss}, gradient norm ${norm}`);
    return loss;
  };
}

function diverged(epoch: number, what: string): StrategyError {
  return new StrategyError(
    'DIVERGED',
    `lstm training diverged in epoch ${epoch}: ${what}; ` +
      'lower learning_rate or clip_norm, or look for wild values in the bars',
  );
}
