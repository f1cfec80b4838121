import { expect, test } from '@jest/globals';
import type { tf } from '../index.ts';
import { loadTensorFlow } from './load.ts';

/** The part of tfjs-node's backend that runs any TensorFlow op. */
interface NodeBackend {
  readonly binding: Record<
    'TF_ATTR_TYPE' | 'TF_ATTR_BOOL' | 'TF_ATTR_FLOAT' | 'TF_FLOAT' | 'TF_INT32',
    number
  > & {
    readonly TF_INT64: number;
    createTensor(shape: readonly number[], dtype: number, values: Int32Array): number;
  };
  createOutputTensor(metadata: { id: number; shape: readonly number[]; dtype: number }): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: object[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

test("TensorFlow's whole-sequence LSTM runs, gates in the order input, forget, cell, output", async () => {
  const tensorFlow = await loadTensorFlow({ threads: 1 });
  const backend = tensorFlow.backend() as unknown as NodeBackend;
  const { binding } = backend;
  const id = binding.createTensor([], binding.TF_INT64, Int32Array.of(2, 0));
  const steps = backend.createOutputTensor({ id, shape: [], dtype: binding.TF_INT32 });
  const [i, f, c, o] = [0.3, -0.2, 0.7, 1.1] as const;
  const state = tensorFlow.zeros([1, 1]);
  const peephole = tensorFlow.zeros([1]);

  const outputs = backend.executeMultipleOutputs(
    'BlockLSTMV2',
    [
      { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
      { name: 'use_peephole', type: binding.TF_ATTR_BOOL, value: false },
      { name: 'cell_clip', type: binding.TF_ATTR_FLOAT, value: 0 },
    ],
    [
      ...[steps, tensorFlow.zeros([2, 1, 1]), state, state, tensorFlow.zeros([2, 4])],
      ...[peephole, peephole, peephole, tensorFlow.tensor1d([i, f, c, o])],
    ],
    7,
  );

  const cell1 = sigmoid(i) * Math.tanh(c);
  const cell2 = sigmoid(f) * cell1 + cell1;
  const [hidden1, hidden2] = outputs[6]!.dataSync();
  expect(hidden1).toBeCloseTo(sigmoid(o) * Math.tanh(cell1), 6);
  expect(hidden2).toBeCloseTo(sigmoid(o) * Math.tanh(cell2), 6);
});
