import type { Random } from '../random.ts';
import { addBias, matmul, padded, sumRows, tanhBackward, tanhInPlace, transpose } from './kernels.ts';
import { orthogonal } from './orthogonal.ts';

/** One fully connected layer, y = x W + b; the arrays are views of the network's flat ones and padded with zeros. */
interface Dense {
  /** Sizes that mean something; the stored ones are the next multiples of the block size. */
  readonly inputs: number;
  readonly outputs: number;
  /** [inputs, outputs] */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly weightGradient: Float32Array;
  readonly biasGradient: Float32Array;
}

/** A multilayer perceptron, tanh between its layers and none after the last, with room for `capacity` rows. */
export interface Mlp {
  readonly layers: readonly Dense[];
  /** Results of each layer for the rows of the last forward pass, [rows, padded outputs]. */
  readonly results: readonly Float32Array[];
  /** Derivative of the loss by each layer's sums before tanh; whoever calls `backward` fills the last one. */
  readonly deltas: readonly Float32Array[];
  readonly transposed: readonly Float32Array[];
}

/** Policy and value function as two networks of one shape, after stable-baselines3's MlpPolicy. */
export interface ActorCritic {
  /** Inputs, hidden units of each layer, actions. */
  readonly sizes: readonly number[];
  /** Every weight and bias of both networks in one array, and the gradients in the same order. */
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  /** Logits of the actions. */
  readonly policy: Mlp;
  /** One number: the discounted return expected. */
  readonly value: Mlp;
}

/**
 * An actor-critic with all parameters 0.
 * @param sizes inputs, hidden units of each layer, actions.
 * @param capacity most rows of one pass.
 */
export function createActorCritic(sizes: readonly number[], capacity: number): ActorCritic {
  const valueSizes = [...sizes.slice(0, -1), 1];
  const parameters = new Float32Array(parameterCount(sizes) + parameterCount(valueSizes));
  const gradients = new Float32Array(parameters.length);
  let taken = 0;
  const take = (length: number): [Float32Array, Float32Array] => {
    const views: [Float32Array, Float32Array] = [
      parameters.subarray(taken, taken + length),
      gradients.subarray(taken, taken + length),
    ];
    taken += length;
    return views;
  };
  const policy = createMlp(sizes, capacity, take);
  return { sizes, parameters, gradients, policy, value: createMlp(valueSizes, capacity, take) };
}

function createMlp(
  sizes: readonly number[],
  capacity: number,
  take: (length: number) => [Float32Array, Float32Array],
): Mlp {
  const layers = sizes.slice(1).map((outputs, l): Dense => {
    const inputs = sizes[l]!;
    const [weights, weightGradient] = take(padded(inputs) * padded(outputs));
    const [bias, biasGradient] = take(padded(outputs));
    return { inputs, outputs, weights, bias, weightGradient, biasGradient };
  });
  const perRow = (): Float32Array[] =>
    layers.map(({ bias }) => new Float32Array(padded(capacity) * bias.length));
  const transposed = layers.map(({ weights }) => new Float32Array(weights.length));
  return { layers, results: perRow(), deltas: perRow(), transposed };
}

function parameterCount(sizes: readonly number[]): number {
  return sizes.slice(1).reduce((sum, outputs, l) => sum + (padded(sizes[l]!) + 1) * padded(outputs), 0);
}

/**
 * Orthogonal weights, zero biases: gain √2 within, 1 for the value, and 0.01 for the logits, so that the first policy
 * is nearly uniform (what the PPO authors' code does; Engstrom et al. 2020 measured that it matters).
 */
export function initialise({ policy, value }: ActorCritic, random: Random): void {
  for (const [mlp, headGain] of [
    [policy, 0.01],
    [value, 1],
  ] as const)
    mlp.layers.forEach(({ inputs, outputs, weights, bias }, l) => {
      const gain = l === mlp.layers.length - 1 ? headGain : Math.SQRT2;
      const matrix = orthogonal(inputs, outputs, random);
      for (let i = 0; i < inputs; i++)
        for (let o = 0; o < outputs; o++) weights[i * bias.length + o] = gain * matrix[i * outputs + o]!;
    });
}

/**
 * The network's results, [rows, padded outputs], valid until the next call.
 * @param x [rows, padded inputs] with room for `padded(rows)` rows.
 */
export function forward({ layers, results }: Mlp, x: Float32Array, rows: number): Float32Array {
  const blockRows = padded(rows);
  let input = x;
  layers.forEach(({ weights, bias }, l) => {
    const width = bias.length;
    const depth = weights.length / width;
    const y = results[l]!;
    matmul(input, weights, y, blockRows, width, depth, depth, 1);
    addBias(y, bias, blockRows);
    if (l < layers.length - 1) tanhInPlace(y, blockRows * width);
    input = y;
  });
  return input;
}

/**
 * Gradients of all weights and biases for the rows of the last `forward(mlp, x, rows)`, from the derivatives that the
 * caller put into the last of `deltas`; those of rows between `rows` and `padded(rows)` must be 0.
 */
export function backward({ layers, results, deltas, transposed }: Mlp, x: Float32Array, rows: number): void {
  const blockRows = padded(rows);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { weights, bias, weightGradient, biasGradient } = layers[l]!;
    const width = bias.length;
    const depth = weights.length / width;
    const delta = deltas[l]!;
    matmul(l > 0 ? results[l - 1]! : x, delta, weightGradient, depth, width, blockRows, 1, depth);
    sumRows(delta, biasGradient, blockRows);
    if (l > 0) {
      transpose(weights, transposed[l]!, depth, width);
      matmul(delta, transposed[l]!, deltas[l - 1]!, blockRows, depth, width, width, 1);
      tanhBackward(deltas[l - 1]!, results[l - 1]!, blockRows * depth);
    }
  }
}
