import type { TensorFlow, tf } from '@ml-training/native';
import { ARRAYS_PER_LAYER, type Architecture, type Weights, weightSpecs } from './architecture.ts';
import { type ScaledFeatures, gatherWindows } from './dataset.ts';
import { fusedLstm } from './fused.ts';

/**
 * Rows in every batch of a prediction, padded where there are fewer. Eigen's matrix product takes other paths at the
 * ragged end of a matrix, which changes last bits; in a batch of a fixed multiple of 16 a row's result is the same,
 * to the bit, whatever its neighbours and its place (tested).
 */
const PREDICTION_BATCH = 64;

/** Weights as tensors, in the order of `weightSpecs`. */
export function weightTensors(tf: TensorFlow, architecture: Architecture, weights: Weights): tf.Tensor[] {
  return weightSpecs(architecture).map(({ shape }, i) => tf.tensor(weights[i]!, [...shape], 'float32'));
}

/**
 * Log-odds of a rise for a batch of windows.
 * @param x [window, B, inputs], time-major.
 * @param masks dropout factors of each layer's output, [1, B, H]; one mask a sequence, the same at all its steps
 *   (Gal and Ghahramani, "A theoretically grounded application of dropout in recurrent neural networks", 2016).
 * @returns [B]
 */
export function logits(
  tf: TensorFlow,
  { window, units }: Architecture,
  weights: readonly tf.Tensor[],
  x: tf.Tensor3D,
  masks?: readonly tf.Tensor[],
): tf.Tensor1D {
  const batch = x.shape[1];
  let sequence = x;
  for (let i = 0; i < units.length; i++) {
    const own = weights.slice(i * ARRAYS_PER_LAYER, (i + 1) * ARRAYS_PER_LAYER);
    const [kernel, recurrent, bias] = own as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
    sequence = fusedLstm(tf, sequence, kernel, recurrent, bias);
    const last = i === units.length - 1;
    if (last) sequence = tf.slice(sequence, [window - 1, 0, 0], [1, -1, -1]);
    if (masks !== undefined) sequence = tf.mul(sequence, masks[i]!);
  }
  const [kernel, bias] = weights.slice(-2) as [tf.Tensor2D, tf.Tensor1D];
  const hidden = tf.reshape<tf.Tensor2D['rankType']>(sequence, [batch, -1]);
  return tf.reshape(tf.add(tf.matMul(hidden, kernel), bias), [batch]);
}

/** Probability of a rise for each of `rows`; equal inputs give equal bits whatever else is asked for beside them. */
export function predictRows(
  tf: TensorFlow,
  architecture: Architecture,
  weights: Weights,
  table: ScaledFeatures,
  rows: Int32Array,
): Float64Array {
  const { window, inputs } = architecture;
  const probability = new Float64Array(rows.length);
  const block = new Float32Array(window * PREDICTION_BATCH * inputs);
  tf.tidy(() => {
    const tensors = weightTensors(tf, architecture, weights);
    for (let at = 0; at < rows.length; at += PREDICTION_BATCH) {
      const batch = rows.subarray(at, at + PREDICTION_BATCH);
      gatherWindows(table, batch, window, PREDICTION_BATCH, block);
      const scores = tf.tidy(() => {
        const x = tf.tensor3d(block, [window, PREDICTION_BATCH, inputs]);
        return logits(tf, architecture, tensors, x).dataSync();
      });
      // In float64, so that a large logit doesn't become exactly 0 or 1, whose log loss is infinite.
      for (let i = 0; i < batch.length; i++) probability[at + i] = 1 / (1 + Math.exp(-scores[i]!));
    }
  });
  return probability;
}
