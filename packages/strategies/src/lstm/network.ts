import { loadOpenBlas } from '@ml-training/native';
import type { Random } from '../random.ts';
import { outputsOf } from '../target.ts';
import type { Labels } from '../target.ts';
import { type Architecture, type LayerViews, layerViews, headOf, type Weights } from './architecture.ts';
import { stepsOf, type ScaledFeatures, type Windows } from './dataset.ts';
import { createKernels, createMemory } from './kernels/index.ts';
import { lossOf } from './loss.ts';
import { createStack, placesOf } from './stack.ts';

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

/** The model's arithmetic. */
export interface Network {
  /** What the dense layer says of each slot: log odds of a rise, slots × classes' logits, or a value. */
  logits(weights: Weights, windows: Windows): Float64Array;
  /**
   * Mean cross-entropy of the batch, or mean squared error; its gradient goes into `gradient`, laid
   * out as the weights.
   */
  loss(weights: Weights, batch: Batch, gradient: Weights): number;
}

/**
 * Sequences that go through the layers at once, unless room for them would take more than the bytes: in more
 * of them products don't get faster.
 */
const PASS = { rows: 64, bytes: 1 << 30 };

/**
 * The layers are in stack.ts; the dense unit and the loss are few numbers and stand here. Each sequence's
 * answer is read at its own last step, and its gradient enters there: as states depend on earlier steps
 * only, what fills up a short sequence after its end has no part in either.
 * @param rows sequences of a batch at most
 */
export function createNetwork(architecture: Architecture, rows: number): Network {
  const { inputs, units, window } = architecture;
  const top = units.at(-1)!;
  const target = headOf(architecture);
  const outputs = outputsOf(target);
  const bytesOfRow = 4 * placesOf({ ...architecture, rows: 1 }).size;
  const capacity = Math.max(1, Math.min(rows, PASS.rows, Math.floor(PASS.bytes / bytesOfRow)));
  const shape = { inputs, window, units, rows: capacity };
  const places = placesOf(shape);
  const memory = createMemory(4 * places.size);
  const floats = new Float32Array(memory.buffer);
  const integers = new Int32Array(memory.buffer);
  const blas = loadOpenBlas();
  const stack = createStack(shape, blas, blas.addressOf(floats), createKernels(memory));
  const { layers } = places;
  const last = layers.at(-1)!;
  // The bias is the weight of an input that is always 1.
  for (const { given, inputs: below, units: own } of layers)
    for (
      let at = given + below + own, left = (window + 1) * capacity;
      left > 0;
      left--, at += below + own + 1
    )
      floats[at] = 1;

  /** Forward through all layers of the sequences in these slots; gives the top layer's last states, [rows, top]. */
  function forward(windows: Windows, at: number, count: number, masks: Batch['masks']): Float32Array {
    const ends = windows.rows.subarray(at, at + count);
    giveFeatures(windows.table, ends);
    layers.forEach(({ given, inputs: below, units: own, mask }, i) => {
      for (let row = 0; row < count; row++) {
        const state = given + row * (below + own + 1) + below;
        floats.fill(0, state, state + own);
      }
      if (masks !== undefined && i < units.length - 1)
        floats.set(masks[i]!.subarray(at * own, (at + count) * own), mask);
    });
    stack.forward(count, masks !== undefined);
    const states = new Float32Array(count * top);
    for (let row = 0; row < count; row++) {
      const steps = stepsOf(windows.table, ends[row]!, window);
      integers[places.ends + row] = steps - 1;
      const state = last.given + (steps * count + row) * (last.inputs + top + 1) + last.inputs;
      states.set(floats.subarray(state, state + top), row * top);
    }
    return states;
  }

  /** Writes the sequences that end at these rows where the first layer takes its inputs; zeros follow a short one. */
  function giveFeatures(table: ScaledFeatures, ends: Int32Array): void {
    const { data } = table;
    const { given } = layers[0]!;
    const width = inputs + units[0]! + 1;
    for (let slot = 0; slot < ends.length; slot++) {
      const steps = stepsOf(table, ends[slot]!, window);
      let from = (ends[slot]! - steps + 1) * inputs;
      for (let step = 0; step < window; step++) {
        const to = given + (step * ends.length + slot) * width;
        if (step < steps) for (let c = 0; c < inputs; c++) floats[to + c] = data[from++]!;
        else floats.fill(0, to, to + inputs);
      }
    }
  }

  /** Calls `pass` with the first slot and the number of those that go through the layers at once. */
  function inPasses({ rows }: Windows, weights: Weights, pass: (at: number, count: number) => void): void {
    floats.set(weights.subarray(0, places.weightCount), layers[0]!.weights);
    for (let at = 0; at < rows.length; at += capacity) pass(at, Math.min(capacity, rows.length - at));
  }

  function logits(weights: Weights, windows: Windows): Float64Array {
    const views = layerViews(architecture, weights);
    const said = new Float64Array(windows.rows.length * outputs);
    inPasses(windows, weights, (at, count) =>
      said.set(denseLogits(views, forward(windows, at, count, undefined)), at * outputs),
    );
    if (views.skip !== null) addSkip(views.skip, windows, said);
    return said;
  }

  /** Adds what the newest step's features say by themselves. */
  function addSkip(kernel: Float32Array, { table, rows }: Windows, said: Float64Array): void {
    rows.forEach((row, slot) => {
      for (let c = 0; c < inputs; c++)
        for (let o = 0; o < outputs; o++)
          said[slot * outputs + o]! += table.data[row * inputs + c]! * kernel[c * outputs + o]!;
    });
  }

  function loss(weights: Weights, batch: Batch, gradient: Weights): number {
    const { windows, labels, offsets, masks } = batch;
    const slots = windows.rows.length;
    const own = layerViews(architecture, weights).dense;
    const into = layerViews(architecture, gradient).dense;
    into.kernel.fill(0);
    into.bias.fill(0);
    let value = 0;
    inPasses(windows, weights, (at, count) => {
      const states = forward(windows, at, count, masks);
      const mask = masks?.at(-1)!.subarray(at * top, (at + count) * top);
      const hidden = mask === undefined ? states : states.map((h, i) => h * mask[i]!);
      const said = denseLogits({ dense: own }, hidden);
      said.forEach((_, i) => (said[i]! += offsets?.[at * outputs + i] ?? 0));
      const share = count / slots;
      const found = lossOf(target, said, labels.subarray(at, at + count));
      value += found.value * share;
      for (let row = 0; row < count; row++)
        for (let o = 0; o < outputs; o++) {
          const pull = found.logitGradient[row * outputs + o]! * share;
          into.bias[o]! += pull;
          for (let h = 0; h < top; h++) {
            const k = row * top + h;
            into.kernel[h * outputs + o]! += pull * hidden[k]!;
            const down = pull * own.kernel[h * outputs + o]! * (mask === undefined ? 1 : mask[k]!);
            floats[places.topGradient + k] = o === 0 ? down : floats[places.topGradient + k]! + down;
          }
        }
      stack.backward(count, masks !== undefined, at > 0);
    });
    const from = layers[0]!.gradient;
    gradient.set(floats.subarray(from, from + places.weightCount));
    return value;
  }

  return { logits, loss };
}

/** In float64: a large logit must not become a probability of exactly 0 or 1, whose log loss is infinite. */
function denseLogits(
  { dense: { kernel, bias } }: Pick<LayerViews, 'dense'>,
  hidden: Float32Array,
): Float64Array {
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
