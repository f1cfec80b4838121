import type { TensorFlow, tf } from '@ml-training/native';
import type { Random } from '../random.ts';
import { softmax } from '../ensemble/softmax-regression.ts';
import { outputsOf } from '../target.ts';
import type { Labels, Target } from '../target.ts';
import { type Architecture, type LayerViews, layerViews, headOf, type Weights } from './architecture.ts';
import { createBlockLstm, type LayerPass } from './block-lstm.ts';
import { createWindows, gatherWindows, type ScaledFeatures, type Windows } from './dataset.ts';

/** One example a slot of a batch. */
export interface Batch {
  readonly windows: Windows;
  /** A class's number a slot, or the value to be said. */
  readonly labels: Labels;
  /** What is added to what the dense layer says, slots × outputs; nothing when left out. */
  readonly offsets?: Float64Array | undefined;
  /**
   * Dropout factors of each layer's output, [B, H]; one mask a sequence, the same at all its steps (Gal and
   * Ghahramani, "A theoretically grounded application of dropout in recurrent neural networks", 2016).
   */
  readonly masks: readonly Float32Array[] | undefined;
}

/** The model's arithmetic for batches of one size; it owns tensors until it is disposed. */
export interface Network {
  /** What the dense layer says of each slot: log odds of a rise, slots × classes' logits, or a value. */
  logits(weights: Weights, windows: Windows): Float64Array;
  /**
   * Mean cross-entropy of the batch, or mean squared error; its gradient goes into `gradient`, laid
   * out as the weights.
   */
  loss(weights: Weights, batch: Batch, gradient: Weights): number;
  dispose(): void;
}

/**
 * Layers' passes, dropout factors between them, and the top layer's output at each sequence's last step, [B,
 * H].
 */
interface Pass {
  readonly layers: readonly LayerPass[];
  readonly factors: readonly tf.Tensor[];
  readonly last: Float32Array;
}

/**
 * The LSTM layers are TensorFlow's; the dense unit and the loss are few numbers, and cheaper here than the
 * calls that would have TensorFlow do them. Each sequence's answer is read at its own last step, and its
 * gradient enters there: as states depend on earlier steps only, what fills up a short sequence after its end
 * has no part in either.
 */
export function createNetwork(tf: TensorFlow, architecture: Architecture, batch: number): Network {
  const { window, inputs, units } = architecture;
  const top = units.at(-1)!;
  const target = headOf(architecture);
  const outputs = outputsOf(target);
  const layers = units.map((size) => createBlockLstm(tf, window, batch, size));
  /** By the top layer's states, [window, batch, top]; zeros but for last steps while `loss` runs. */
  let topGradient: Float32Array | undefined;

  function forward(
    { lstm }: LayerViews,
    { block, lengths }: Windows,
    masks: readonly Float32Array[] = [],
  ): Pass {
    const passes: LayerPass[] = [];
    const factors: tf.Tensor[] = [];
    let sequence: tf.Tensor = tf.tensor3d(block, [window, batch, inputs]);
    layers.forEach((layer, i) => {
      const { weights, bias } = lstm[i]!;
      const stacked = tf.tensor2d(weights, [weights.length / bias.length, bias.length]);
      const pass = layer.forward(sequence as tf.Tensor3D, stacked, tf.tensor1d(bias));
      passes.push(pass);
      sequence = pass.states;
      const mask = masks[i];
      // The top layer's is applied to the last steps alone, which are all that is read of it.
      if (mask === undefined || i === units.length - 1) return;
      factors.push(tf.tensor3d(mask, [1, batch, units[i]!]));
      sequence = tf.mul(sequence, factors[i]!);
    });
    return { layers: passes, factors, last: lastSteps(sequence, lengths) };
  }

  function lastSteps(sequence: tf.Tensor, lengths: Int32Array): Float32Array {
    if (lengths.every((length) => length === window))
      return tf.slice(sequence, [window - 1, 0, 0], [1, -1, -1]).dataSync<'float32'>();
    const places = new Int32Array(2 * batch);
    lengths.forEach((length, slot) => places.set([length - 1, slot], 2 * slot));
    return tf.gatherND(sequence, tf.tensor2d(places, [batch, 2], 'int32')).dataSync<'float32'>();
  }

  function logits(weights: Weights, windows: Windows): Float64Array {
    const views = layerViews(architecture, weights);
    const said = denseLogits(
      views,
      tf.tidy(() => forward(views, windows).last),
    );
    if (views.skip !== null) addSkip(views.skip, windows, said);
    return said;
  }

  /** Adds what the newest step's features say by themselves. */
  function addSkip(kernel: Float32Array, { block, lengths }: Windows, said: Float64Array): void {
    for (let slot = 0; slot < batch; slot++) {
      const at = ((lengths[slot]! - 1) * batch + slot) * inputs;
      for (let c = 0; c < inputs; c++)
        for (let o = 0; o < outputs; o++)
          said[slot * outputs + o]! += block[at + c]! * kernel[c * outputs + o]!;
    }
  }

  function loss(weights: Weights, { windows, labels, offsets, masks }: Batch, gradient: Weights): number {
    const own = layerViews(architecture, weights);
    const into = layerViews(architecture, gradient);
    return tf.tidy(() => {
      const pass = forward(own, windows, masks);
      const mask = masks?.at(-1);
      const hidden = mask === undefined ? pass.last : pass.last.map((h, i) => h * mask[i]!);
      const said = denseLogits(own, hidden);
      offsets?.forEach((offset, i) => (said[i]! += offset));
      const { value, logitGradient } = lossOf(target, said, labels);

      topGradient ??= new Float32Array(window * batch * top);
      into.dense.kernel.fill(0);
      into.dense.bias.fill(0);
      const enter = (slot: number): number => ((windows.lengths[slot]! - 1) * batch + slot) * top;
      for (let slot = 0; slot < batch; slot++) {
        const at = enter(slot);
        for (let o = 0; o < outputs; o++) {
          const pull = logitGradient[slot * outputs + o]!;
          into.dense.bias[o]! += pull;
          for (let h = 0; h < top; h++) {
            const k = slot * top + h;
            into.dense.kernel[h * outputs + o]! += pull * hidden[k]!;
            const down = pull * own.dense.kernel[h * outputs + o]! * (mask === undefined ? 1 : mask[k]!);
            topGradient[at + h] = o === 0 ? down : topGradient[at + h]! + down;
          }
        }
      }
      backward(pass, tf.tensor3d(topGradient, [window, batch, top]), into);
      for (let slot = 0; slot < batch; slot++) topGradient.fill(0, enter(slot), enter(slot) + top);
      return value;
    });
  }

  function backward({ layers: passes, factors }: Pass, fromTop: tf.Tensor3D, into: LayerViews): void {
    let stateGradient: tf.Tensor = fromTop;
    for (let i = layers.length - 1; i >= 0; i--) {
      const gradients = layers[i]!.backward(passes[i]!, stateGradient as tf.Tensor3D);
      into.lstm[i]!.weights.set(gradients.weights.dataSync<'float32'>());
      into.lstm[i]!.bias.set(gradients.bias.dataSync<'float32'>());
      const factor = factors[i - 1];
      stateGradient = factor === undefined ? gradients.inputs : tf.mul(gradients.inputs, factor);
    }
  }

  return { logits, loss, dispose: () => layers.forEach((layer) => layer.dispose()) };
}

/** In float64: a large logit must not become a probability of exactly 0 or 1, whose log loss is infinite. */
function denseLogits({ dense: { kernel, bias } }: LayerViews, hidden: Float32Array): Float64Array {
  const outputs = bias.length;
  const top = kernel.length / outputs;
  return Float64Array.from({ length: (hidden.length / top) * outputs }, (_, i) => {
    const slot = Math.floor(i / outputs);
    const o = i % outputs;
    let sum = bias[o]!;
    for (let h = 0; h < top; h++) sum += hidden[slot * top + h]! * kernel[h * outputs + o]!;
    return sum;
  });
}

interface LossOfLogits {
  /** Mean over the slots. */
  readonly value: number;
  readonly logitGradient: Float64Array;
}

function lossOf(target: Target, logits: Float64Array, labels: Labels): LossOfLogits {
  switch (target.task) {
    case 'binary':
      return crossEntropy(logits, labels);
    case 'multiclass':
      return softmaxCrossEntropy(logits, labels, target.classes);
    case 'regression':
      return squaredError(logits, labels);
  }
}

/** Mean of −ln of the probability given to each label, and its gradient by each logit. */
function crossEntropy(logits: Float64Array, labels: Labels): LossOfLogits {
  const logitGradient = new Float64Array(logits.length);
  let sum = 0;
  logits.forEach((z, i) => {
    const y = labels[i]!;
    // ln(1 + e^z) without overflow.
    sum += Math.max(z, 0) - z * y + Math.log1p(Math.exp(-Math.abs(z)));
    logitGradient[i] = (1 / (1 + Math.exp(-z)) - y) / logits.length;
  });
  return { value: sum / logits.length, logitGradient };
}

function softmaxCrossEntropy(logits: Float64Array, labels: Labels, classes: number): LossOfLogits {
  const logitGradient = logits.slice();
  let sum = 0;
  labels.forEach((label, slot) => {
    const own = logitGradient.subarray(slot * classes, (slot + 1) * classes);
    const said = own[label]!;
    const largest = own.reduce((a, b) => Math.max(a, b));
    sum += largest - said + Math.log(own.reduce((all, z) => all + Math.exp(z - largest), 0));
    softmax(own);
    for (let k = 0; k < classes; k++) own[k] = (own[k]! - Number(k === label)) / labels.length;
  });
  return { value: sum / labels.length, logitGradient };
}

function squaredError(values: Float64Array, labels: Labels): LossOfLogits {
  const logitGradient = values.map((value, i) => (2 * (value - labels[i]!)) / values.length);
  const value = values.reduce((sum, said, i) => sum + (said - labels[i]!) ** 2, 0) / values.length;
  return { value, logitGradient };
}

/**
 * Dropout factors of each layer's output, [batch, H] a layer: 0 with probability `rate`, else 1 / (1 −
 * rate), so that the expected output stays what it is without dropout. Undefined when nothing is dropped.
 */
export function dropoutMasks(
  random: Random,
  units: readonly number[],
  batch: number,
  rate: number,
): Float32Array[] | undefined {
  if (rate === 0) return undefined;
  const kept = 1 / (1 - rate);
  return units.map((size) => {
    const mask = new Float32Array(batch * size);
    for (let i = 0; i < mask.length; i++) mask[i] = random.next() < rate ? 0 : kept;
    return mask;
  });
}

/**
 * Rows in every batch of a prediction, filled up where there are fewer. Eigen's matrix product takes other
 * paths at the end of a matrix and in larger ones, which changes last bits; in batches of just 16 a row's
 * result is the same, to the bit, whatever its neighbours and its place: tried with 1 to 333 units and 10 to
 * 128 inputs, on one and on two threads, where batches of 64 failed at 100, 127, 150, 300 and 333 units and
 * of 32 at 300 and 333.
 */
const PREDICTION_BATCH = 16;

/** Gives the answer for each of `rows` of a table: a probability or value a row, or rows × classes. */
export interface Scorer {
  /**
   * Equal inputs give equal bits whatever else is asked for beside them.
   * @param offsets added to what the dense layer says, rows × outputs.
   */
  score(weights: Weights, table: ScaledFeatures, rows: Int32Array, offsets?: Float64Array): Float64Array;
  dispose(): void;
}

export function createScorer(tf: TensorFlow, architecture: Architecture): Scorer {
  const { window, inputs } = architecture;
  const network = createNetwork(tf, architecture, PREDICTION_BATCH);
  const windows = createWindows(window, PREDICTION_BATCH, inputs);
  const target = headOf(architecture);
  const outputs = outputsOf(target);
  const score = (
    weights: Weights,
    table: ScaledFeatures,
    rows: Int32Array,
    offsets?: Float64Array,
  ): Float64Array => {
    const said = new Float64Array(rows.length * outputs);
    for (let at = 0; at < rows.length; at += PREDICTION_BATCH) {
      const batch = rows.subarray(at, at + PREDICTION_BATCH);
      gatherWindows(table, batch, window, windows);
      const logits = network.logits(weights, windows).subarray(0, batch.length * outputs);
      if (offsets !== undefined) logits.forEach((_, i) => (logits[i]! += offsets[at * outputs + i]!));
      said.set(answersOf(target, logits), at * outputs);
    }
    return said;
  };
  return { score, dispose: () => network.dispose() };
}

function answersOf(target: Target, logits: Float64Array): Float64Array {
  switch (target.task) {
    case 'binary':
      return logits.map((z) => 1 / (1 + Math.exp(-z)));
    case 'multiclass':
      for (let at = 0; at < logits.length; at += target.classes)
        softmax(logits.subarray(at, at + target.classes));
      return logits;
    case 'regression':
      return logits;
  }
}

/** The same for once. */
export function predictRows(
  tf: TensorFlow,
  architecture: Architecture,
  weights: Weights,
  table: ScaledFeatures,
  rows: Int32Array,
): Float64Array {
  const scorer = createScorer(tf, architecture);
  try {
    return scorer.score(weights, table, rows);
  } finally {
    scorer.dispose();
  }
}
