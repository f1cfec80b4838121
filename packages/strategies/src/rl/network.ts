import type { Random } from '../random.ts';
import { createKernels, paddedColumns, paddedRows, type Kernels } from './kernels/index.ts';
import { orthogonal } from '../initializers.ts';

/**
 * One fully connected layer, y = x W + b; the arrays are views of the agent's flat ones, filled up with
 * zeros.
 */
interface Dense {
  /** Sizes that mean something. */
  readonly inputs: number;
  readonly outputs: number;
  /** Sizes as stored. */
  readonly depth: number;
  readonly width: number;
  /** [depth, width] */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly weightGradient: Float32Array;
  readonly biasGradient: Float32Array;
  /** [width, depth], for going back through the layer. */
  readonly transposed: Float32Array;
  /** Of the rows last gone through: the layer's results, [rows, width]… */
  readonly results: Float32Array;
  /** …and the loss's derivative by its sums before tanh; whoever calls `backward` fills the last layer's. */
  readonly deltas: Float32Array;
}

/** A multilayer perceptron, tanh between its layers and none after the last. */
export interface Mlp {
  readonly kernels: Kernels;
  readonly input: Float32Array;
  readonly layers: readonly Dense[];
}

/** Policy and value function as two networks of one shape, after stable-baselines3's MlpPolicy. */
export interface ActorCritic {
  readonly kernels: Kernels;
  /** Most rows of one pass. */
  readonly capacity: number;
  /**
   * Observations to go through the networks, [capacity, stride]; both read it. Each row ends in zeros nobody
   * writes.
   */
  readonly input: Float32Array;
  /** paddedRows(inputs) */
  readonly stride: number;
  /** Every weight and bias of both networks in one array; gradients and Adam's moments in the same order. */
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly moments: { readonly mean: Float32Array; readonly variance: Float32Array; steps: number };
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
  const rows = paddedRows(capacity);
  const { policyShapes, valueShapes } = shapesOf(sizes);
  const shapes = [...policyShapes, ...valueShapes];
  const count = parameterCount(sizes);
  const inputs = rows * paddedRows(sizes[0]!);
  const passes = shapes.reduce((sum, { depth, width }) => sum + depth * width + 2 * rows * width, 0);
  const kernels = createKernels(4 * count + inputs + passes);

  const parameters = kernels.floats(count);
  const gradients = kernels.floats(count);
  const moments = { mean: kernels.floats(count), variance: kernels.floats(count), steps: 0 };
  const input = kernels.floats(inputs);
  let taken = 0;
  const createMlp = (layers: readonly LayerShape[]): Mlp => ({
    kernels,
    input,
    layers: layers.map((shape) => {
      const weightsEnd = taken + shape.depth * shape.width;
      const biasEnd = weightsEnd + shape.width;
      const layer = {
        ...shape,
        weights: parameters.subarray(taken, weightsEnd),
        bias: parameters.subarray(weightsEnd, biasEnd),
        weightGradient: gradients.subarray(taken, weightsEnd),
        biasGradient: gradients.subarray(weightsEnd, biasEnd),
        transposed: kernels.floats(shape.depth * shape.width),
        results: kernels.floats(rows * shape.width),
        deltas: kernels.floats(rows * shape.width),
      };
      taken = biasEnd;
      return layer;
    }),
  });
  const policy = createMlp(policyShapes);
  const value = createMlp(valueShapes);
  return {
    kernels,
    capacity,
    input,
    stride: paddedRows(sizes[0]!),
    parameters,
    gradients,
    moments,
    policy,
    value,
  };
}

/** Inputs, hidden units of each layer and actions: what `createActorCritic` was given. */
export const sizesOf = ({ policy }: Pick<ActorCritic, 'policy'>): readonly number[] => [
  policy.layers[0]!.inputs,
  ...policy.layers.map(({ outputs }) => outputs),
];

type LayerShape = Pick<Dense, 'inputs' | 'outputs' | 'depth' | 'width'>;

const shapesOf = (sizes: readonly number[]) => ({
  policyShapes: layerShapes(sizes),
  valueShapes: layerShapes([...sizes.slice(0, -1), 1]),
});

/** Length of the parameters of an actor-critic of such sizes, padding included. */
export function parameterCount(sizes: readonly number[]): number {
  const { policyShapes, valueShapes } = shapesOf(sizes);
  return [...policyShapes, ...valueShapes].reduce((sum, { depth, width }) => sum + (depth + 1) * width, 0);
}

function layerShapes(sizes: readonly number[]): LayerShape[] {
  return sizes.slice(1).map((outputs, l) => {
    const inputs = sizes[l]!;
    const depth = l === 0 ? paddedRows(inputs) : paddedColumns(inputs);
    return { inputs, outputs, depth, width: paddedColumns(outputs) };
  });
}

/**
 * Orthogonal weights, zero biases: gain √2 within, 1 for the value, and 0.01 for the logits, so that the
 * first policy is nearly uniform (what the PPO authors' code does; Engstrom et al. 2020 measured that it
 * matters).
 */
export function initialise({ policy, value }: ActorCritic, random: Random): void {
  for (const [mlp, headGain] of [
    [policy, 0.01],
    [value, 1],
  ] as const)
    mlp.layers.forEach(({ inputs, outputs, width, weights }, l) => {
      const gain = l === mlp.layers.length - 1 ? headGain : Math.SQRT2;
      const matrix = orthogonal(inputs, outputs, random);
      for (let i = 0; i < inputs; i++)
        for (let o = 0; o < outputs; o++) weights[i * width + o] = gain * matrix[i * outputs + o]!;
    });
}

/** Distance between two rows of a network's results. */
export const outputWidth = ({ layers }: Mlp): number => layers.at(-1)!.width;

/**
 * Takes the first `rows` rows of the input through the network.
 * @returns [rows, width of the last layer], valid until the next call.
 * @throws RangeError when there are more rows than the agent's capacity.
 */
export function forward({ kernels, input, layers }: Mlp, rows: number): Float32Array {
  const blockRows = paddedRows(rows);
  // The kernels would write on into whatever array comes next.
  if (blockRows * layers[0]!.width > layers[0]!.results.length)
    throw new RangeError(`${rows} rows are more than this agent was made for`);
  let x = input;
  layers.forEach(({ weights, bias, depth, width, results }, l) => {
    kernels.matmul(x, weights, results, blockRows, width, depth, depth, 1);
    kernels.addBias(results, bias, blockRows);
    if (l < layers.length - 1) kernels.tanhInPlace(results, blockRows * width);
    x = results;
  });
  return x;
}

/**
 * Gradients of all weights and biases for the rows of the last `forward(mlp, rows)`, from the derivatives
 * that the caller put into the last layer's `deltas`; those of rows between `rows` and `paddedRows(rows)`
 * must be 0.
 */
export function backward({ kernels, input, layers }: Mlp, rows: number): void {
  const blockRows = paddedRows(rows);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { weights, depth, width, weightGradient, biasGradient, transposed, deltas } = layers[l]!;
    const before = layers[l - 1];
    kernels.matmul(before?.results ?? input, deltas, weightGradient, depth, width, blockRows, 1, depth);
    kernels.sumRows(deltas, biasGradient, blockRows);
    if (before !== undefined) {
      kernels.transpose(weights, transposed, depth, width);
      kernels.matmul(deltas, transposed, before.deltas, blockRows, depth, width, width, 1);
      kernels.tanhBackward(before.deltas, before.results, blockRows * depth);
    }
  }
}

/**
 * Natural logarithms of the softmax of `count` logits from `logits[from]` on, into `out[0…]`. The largest
 * logit is taken off first, so that nothing overflows.
 */
export function logSoftmax(logits: Float32Array, from: number, count: number, out: Float64Array): void {
  let largest = logits[from]!;
  for (let a = 1; a < count; a++) largest = Math.max(largest, logits[from + a]!);
  let sum = 0;
  for (let a = 0; a < count; a++) sum += Math.exp(logits[from + a]! - largest);
  const logSum = largest + Math.log(sum);
  for (let a = 0; a < count; a++) out[a] = logits[from + a]! - logSum;
}

/** Decays of the moments; the same as in kernels.as. */
const BETA_1 = 0.9;
const BETA_2 = 0.999;

/**
 * One step of Adam (Kingma and Ba 2015) down the agent's gradients.
 * @param gradientScale multiplies the gradients first (norm clipping).
 */
export function adamStep(agent: ActorCritic, learningRate: number, gradientScale: number): void {
  const { kernels, parameters, gradients, moments } = agent;
  moments.steps++;
  const rate = learningRate / (1 - BETA_1 ** moments.steps);
  const root = Math.sqrt(1 - BETA_2 ** moments.steps);
  kernels.adam(parameters, gradients, moments.mean, moments.variance, rate, root, gradientScale);
}
