import { describe, expect, test } from '@jest/globals';
import { loadTensorFlow, type tf as TF } from '@ml-training/native';
import { fusedLstm } from './fused.ts';

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
    /** What each hidden state is multiplied with to make a loss, so that every step has a gradient of its own. */
    slope: random([steps, batch, units], 5),
  };
}

/** tf.layers.lstm with the same weights: hidden states, time-major, and the gradients of the same loss. */
function reference({ x, kernel, recurrent, bias, slope }: ReturnType<typeof example>) {
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
  const loss = (input: TF.Tensor): TF.Scalar => tf.mean(tf.mul(states(input), slope)).asScalar();
  const { grads } = tf.variableGrads(() => loss(x));
  return {
    states: states(x),
    // One of each kind, in the order they were made: kernel, recurrent kernel, bias.
    gradients: [tf.grad(loss)(x), ...layer.trainableWeights.map(({ name }) => grads[name]!)],
  };
}

describe.each([
  [60, 32, 10, 50],
  [60, 17, 10, 50],
  [5, 1, 1, 2],
  [2, 3, 7, 4],
])('fused LSTM of %i steps, batch %i, %i inputs, %i units', (steps, batch, inputs, units) => {
  test('gives the hidden states and all gradients of tf.layers.lstm', () => {
    tf.tidy(() => {
      const given = example(steps, batch, inputs, units);
      const { x, kernel, recurrent, bias, slope } = given;
      const expected = reference(given);

      expect(distance(fusedLstm(tf, x, kernel, recurrent, bias), expected.states)).toBeLessThan(1e-5);
      const gradients = tf.grads((x, kernel, recurrent, bias) =>
        tf.mean(
          tf.mul(
            fusedLstm(
              tf,
              x as TF.Tensor3D,
              kernel as TF.Tensor2D,
              recurrent as TF.Tensor2D,
              bias as TF.Tensor1D,
            ),
            slope,
          ),
        ),
      )([x, kernel, recurrent, bias]);
      expect(gradients).toHaveLength(4);
      gradients.forEach((gradient, i) => {
        const wanted = expected.gradients[i]!;
        expect(gradient.shape).toEqual(wanted.shape);
        const size = distance(wanted, tf.zerosLike(wanted));
        expect(size).toBeGreaterThan(0);
        expect(distance(gradient, wanted) / size).toBeLessThan(1e-5);
      });
    });
  });
});

test('leaves no tensor behind', () => {
  const { x, kernel, recurrent, bias, slope } = example(4, 2, 3, 2);
  const before = tf.memory().numTensors;
  const gradients = tf.grads((kernel, recurrent) =>
    tf.sum(tf.mul(fusedLstm(tf, x, kernel as TF.Tensor2D, recurrent as TF.Tensor2D, bias), slope)),
  )([kernel, recurrent]);
  tf.dispose(gradients);
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([x, kernel, recurrent, bias, slope]);
});
