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

/**
 * An int64 scalar that tfjs counts and frees as it does its own tensors. The backend's Int64Scalar makes a new native
 * handle at every use and never deletes it: 930 bytes each. Here the handle is wrapped as an int32 tensor, because
 * tfjs knows no int64; nothing reads it back.
 */
function int64Scalar(backend: NodeBackend, value: number): tf.Tensor {
  const { binding } = backend;
  const id = binding.createTensor([], binding.TF_INT64, new Int32Array([value, 0]));
  return backend.createOutputTensor({ id, shape: [], dtype: binding.TF_INT32 });
}

function attributes({ binding }: NodeBackend): OpAttribute[] {
  return [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'use_peephole', type: binding.TF_ATTR_BOOL, value: false },
  ];
}

function forwardAttributes(backend: NodeBackend): OpAttribute[] {
  return [...attributes(backend), { name: 'cell_clip', type: backend.binding.TF_ATTR_FLOAT, value: 0 }];
}

/** Zero states of [B, H] and peepholes of [H]: what both ops want and this layer has no use for. */
function zeros(tf: TensorFlow, batch: number, units: number) {
  const state = tf.zeros([batch, units]);
  const peephole = tf.zeros([units]);
  return { states: [state, state], peepholes: [peephole, peephole, peephole] };
}

/**
 * One LSTM layer over a whole sequence in one TensorFlow op each way (BlockLSTMV2, BlockLSTMGradV2), starting
 * from zero states; tanh and logistic activations, as in Keras with its defaults. tf.layers.lstm computes the
 * same from several ops a time step.
 * @param x inputs [T, B, I], time-major
 * @param kernel [I, 4H]; the gates lie side by side in Keras's order: input, forget, cell, output
 * @param recurrent [H, 4H]
 * @param bias [4H]
 * @returns the hidden state after every step, [T, B, H]
 */
export function fusedLstm(
  tf: TensorFlow,
  x: tf.Tensor3D,
  kernel: tf.Tensor2D,
  recurrent: tf.Tensor2D,
  bias: tf.Tensor1D,
): tf.Tensor3D {
  // The node backend is the only one that loadTensorFlow sets up.
  const backend = tf.backend() as unknown as NodeBackend;
  const [steps, batch, inputs] = x.shape;
  const units = recurrent.shape[0];

  // customGrad hands over what it was called with: tensors first, then `save`.
  const layer = tf.customGrad((...given: unknown[]) => {
    const [x, kernel, recurrent, bias] = given as [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
    const save = given[4] as (tensors: tf.Tensor[]) => void;
    const weights = tf.concat([kernel, recurrent], 0);
    const { states, peepholes } = zeros(tf, batch, units);
    const outputs = backend.executeMultipleOutputs(
      'BlockLSTMV2',
      forwardAttributes(backend),
      [int64Scalar(backend, steps), x, ...states, weights, ...peepholes, bias],
      7,
    );
    save([x, weights, bias, ...outputs]);

    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [x, weights, bias, ...outputs] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, ...tf.Tensor[]];
      const { states, peepholes } = zeros(tf, batch, units);
      const forwardInputs = [int64Scalar(backend, steps), x, ...states, weights, ...peepholes, bias];
      // Only the hidden states are handed on, so nothing flows back through the cell states from outside.
      const cellGradient = tf.zeros([steps, batch, units]);
      const gradients = backend.executeMultipleOutputs(
        'BlockLSTMGradV2',
        attributes(backend),
        [...forwardInputs, ...outputs, cellGradient, dy],
        8,
      );
      const dWeights = gradients[3]!;
      return [
        gradients[0]!,
        tf.slice(dWeights, [0, 0], [inputs, -1]),
        tf.slice(dWeights, [inputs, 0], [units, -1]),
        gradients[7]!,
      ];
    };
    return { value: outputs[6]!, gradFunc };
  });
  return layer(x, kernel, recurrent, bias) as tf.Tensor3D;
}
