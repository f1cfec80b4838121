import type { TensorFlow, tf } from '@ml-training/native';

interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean;
}

/** The parts of the node backend that run a TensorFlow op by its name. */
interface NodeBackend {
  readonly binding: {
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_FLOAT: number;
    readonly TF_INT32: number;
    readonly TF_INT64: number;
    createTensor(shape: readonly number[], dtype: number, values: Int32Array): number;
  };
  createOutputTensor(metadata: { id: number; shape: readonly number[]; dtype: number }): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

/** What a layer made of its inputs, and all that its gradients need. */
export interface LayerPass {
  /** The hidden state after every step, [T, B, H]. */
  readonly states: tf.Tensor3D;
  /** Of BlockLSTMV2, as BlockLSTMGradV2 wants them again. */
  readonly inputs: readonly tf.Tensor[];
  readonly outputs: readonly tf.Tensor[];
}

interface LayerGradients {
  /** Of the layer's inputs, [T, B, I]. */
  readonly inputs: tf.Tensor3D;
  /** Of the stacked kernels, [I + H, 4H]. */
  readonly weights: tf.Tensor2D;
  /** [4H] */
  readonly bias: tf.Tensor1D;
}

/** An LSTM layer for batches of one size; it owns tensors until it is disposed. */
export interface BlockLstm {
  /**
   * @param x inputs [T, B, I], time-major.
   * @param weights kernel [I, 4H] stacked on the recurrent kernel [H, 4H]; the gates lie side by side in
   *   Keras's order: input, forget, cell, output.
   * @param bias [4H]
   */
  forward(x: tf.Tensor3D, weights: tf.Tensor2D, bias: tf.Tensor1D): LayerPass;
  /** @param gradient of the loss by every hidden state, [T, B, H]. */
  backward(pass: LayerPass, gradient: tf.Tensor3D): LayerGradients;
  dispose(): void;
}

/**
 * One LSTM layer over a whole sequence in one TensorFlow op each way (BlockLSTMV2, BlockLSTMGradV2), starting
 * from zero states; tanh and logistic activations, as in Keras with its defaults. tf.layers.lstm computes the
 * same from several ops a time step. Both ops want constants that depend on the sizes alone, which are made
 * here once.
 */
export function createBlockLstm(tf: TensorFlow, steps: number, batch: number, units: number): BlockLstm {
  // The node backend is the only one that loadTensorFlow sets up.
  const backend = tf.backend() as unknown as NodeBackend;
  const shared = sharedAttributes(backend);
  const forwardOnly = { name: 'cell_clip', type: backend.binding.TF_ATTR_FLOAT, value: 0 };
  const length = tf.keep(int64Scalar(backend, steps));
  const state = tf.keep(tf.zeros([batch, units]));
  const peephole = tf.keep(tf.zeros([units]));
  // Only the hidden states are handed on, so nothing flows back through the cell states from outside.
  let cellGradient: tf.Tensor | undefined;

  function forward(x: tf.Tensor3D, weights: tf.Tensor2D, bias: tf.Tensor1D): LayerPass {
    const inputs = [length, x, state, state, weights, peephole, peephole, peephole, bias];
    const outputs = backend.executeMultipleOutputs('BlockLSTMV2', [...shared, forwardOnly], inputs, 7);
    return { states: outputs[6] as tf.Tensor3D, inputs, outputs };
  }

  function backward({ inputs, outputs }: LayerPass, gradient: tf.Tensor3D): LayerGradients {
    cellGradient ??= tf.keep(tf.zeros([steps, batch, units]));
    const given = [...inputs, ...outputs, cellGradient, gradient];
    const gradients = backend.executeMultipleOutputs('BlockLSTMGradV2', shared, given, 8);
    return {
      inputs: gradients[0] as tf.Tensor3D,
      weights: gradients[3] as tf.Tensor2D,
      bias: gradients[7] as tf.Tensor1D,
    };
  }

  function dispose(): void {
    tf.dispose([length, state, peephole, ...(cellGradient === undefined ? [] : [cellGradient])]);
  }

  return { forward, backward, dispose };
}

/**
 * An int64 scalar that tfjs counts and frees as it does its own tensors. The backend's Int64Scalar makes a
 * new native handle at every use and never deletes it: 930 bytes each. Here the handle is wrapped as an int32
 * tensor, because tfjs knows no int64; nothing reads it back.
 */
function int64Scalar(backend: NodeBackend, value: number): tf.Tensor {
  const { binding } = backend;
  const id = binding.createTensor([], binding.TF_INT64, new Int32Array([value, 0]));
  return backend.createOutputTensor({ id, shape: [], dtype: binding.TF_INT32 });
}

function sharedAttributes({ binding }: NodeBackend): OpAttribute[] {
  return [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'use_peephole', type: binding.TF_ATTR_BOOL, value: false },
  ];
}
