import { describe, expect, test } from '@jest/globals';
import { loadTensorFlow, type tf as TF } from '@ml-training/native';
import { createBlockLstm } from './block-lstm.ts';

const tf = await loadTensorFlow({ threads: 1 });

/** Largest difference of any two values. */
const distance = (a: TF.Tensor, b: TF.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

function example(steps: number, batch: number, inputs: number, units: number) {
  const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 0.4, 'float32', seed);
  return {
    x: random([steps, batch, inputs], 1) as TF.Tensor3D,
    kernel: random([inputs, 4 * units], 2) as TF.Tensor2D,
    recurrent: random([units, 4 * units], 3) as TF.Tensor2D,
    bias: random([4 * units], 4) as TF.Tensor1D,
    /** Each hidden state's factor in the loss, and so the gradient by it: every step has one of its own. */
    stateGradient: random([steps, batch, units], 5) as TF.Tensor3D,
  };
}

/** tf.layers.lstm with the same weights: hidden states, time-major, and the gradients of the same loss. */
function reference({ x, kernel, recurrent, bias, stateGradient }: ReturnType<typeof example>) {
  const units = recurrent.shape[0];
  const layer = tf.layers.lstm({
    units,
    recurrentActivation: 'sigmoid',
    returnSequences: true,
    // The default, orthogonal, is slow in tfjs and overwritten anyway.
    recurrentInitializer: 'zeros',
  });
  const states = (input: TF.Tensor) =>
    tf.transpose(layer.apply(tf.transpose(input, [1, 0, 2])) as TF.Tensor, [1, 0, 2]);
  // The first call makes the layer's weights.
  states(x);
  layer.setWeights([kernel, recurrent, bias]);
  const loss = (input: TF.Tensor): TF.Scalar => tf.sum(tf.mul(states(input), stateGradient)).asScalar();
  const { grads } = tf.variableGrads(() => loss(x));
  // One of each kind, in the order they were made: kernel, recurrent kernel, bias.
  const [ofKernel, ofRecurrent, ofBias] = layer.trainableWeights.map(({ name }) => grads[name]!);
  return { states: states(x), gradients: { inputs: tf.grad(loss)(x), ofKernel, ofRecurrent, ofBias } };
}

describe.each([
  [60, 32, 10, 50],
  [60, 17, 10, 50],
  [12, 64, 25, 32],
  [9, 1, 25, 32],
  [5, 1, 1, 2],
  [2, 3, 7, 4],
])('block LSTM of %i steps, batch %i, %i inputs, %i units', (steps, batch, inputs, units) => {
  test('gives the hidden states and all gradients of tf.layers.lstm', () => {
    tf.tidy(() => {
      const given = example(steps, batch, inputs, units);
      const { x, kernel, recurrent, bias, stateGradient } = given;
      const expected = reference(given);

      const layer = createBlockLstm(tf, steps, batch, units);
      const pass = layer.forward(x, tf.concat([kernel, recurrent]), bias);
      expect(distance(pass.states, expected.states)).toBeLessThan(1e-5);
      const made = layer.backward(pass, stateGradient);
      const gradients = {
        inputs: made.inputs,
        ofKernel: tf.slice(made.weights, [0, 0], [inputs, -1]),
        ofRecurrent: tf.slice(made.weights, [inputs, 0], [units, -1]),
        ofBias: made.bias,
      };
      for (const [name, gradient] of Object.entries(gradients)) {
        const wanted = expected.gradients[name as keyof typeof gradients]!;
        expect(gradient.shape).toEqual(wanted.shape);
        const size = distance(wanted, tf.zerosLike(wanted));
        expect(size).toBeGreaterThan(0);
        expect(distance(gradient, wanted) / size).toBeLessThan(1e-5);
      }
      layer.dispose();
    });
  });
});

test('leaves no tensor behind', () => {
  const { x, kernel, recurrent, bias, stateGradient } = example(4, 2, 3, 2);
  const before = tf.memory().numTensors;
  const layer = createBlockLstm(tf, 4, 2, 2);
  tf.tidy(() => {
    const pass = layer.forward(x, tf.concat([kernel, recurrent]), bias);
    layer.backward(pass, stateGradient);
  });
  layer.dispose();
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([x, kernel, recurrent, bias, stateGradient]);
});
