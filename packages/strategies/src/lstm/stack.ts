import type { OpenBlas } from '@ml-training/native';
import { RESERVED, type Kernels } from './kernels/index.ts';

/** LSTM layers, and how many sequences go through them at once. */
export interface StackShape {
  /** Features a time step. */
  readonly inputs: number;
  readonly window: number;
  /** Hidden units of each layer, first to last. */
  readonly units: readonly number[];
  /** Sequences there is room for. */
  readonly rows: number;
}

/**
 * Where a layer's arrays begin, in numbers from the memory's beginning. T is the window, B the sequences of the
 * pass, which may be fewer than there is room for; I and H are the layer's inputs and units.
 */
interface LayerPlaces {
  readonly inputs: number;
  readonly units: number;
  /** Kernel, recurrent kernel and bias one below the other, [I + H + 1, 4H], as `Weights` has them. */
  readonly weights: number;
  readonly gradient: number;
  /** Kernel and recurrent kernel, transposed: [4H, I + H]. */
  readonly transposed: number;
  /** What the weights are multiplied with: inputs, hidden state of the step before, 1; [T + 1, B, I + H + 1]. */
  readonly given: number;
  /** [T, B, 4H], on the way back gradients by the gates' sums. */
  readonly gates: number;
  /** States of the cells after each step, and tanh of them, [T, B, H]; and before the first one, zeros. */
  readonly cells: number;
  readonly squashed: number;
  readonly zeros: number;
  /** Gradient by the cells' states, [B, H]. */
  readonly carried: number;
  /** Gradient by inputs and hidden state, [B, I + H]; of the first layer by the hidden state alone, [B, H]. */
  readonly down: number;
  /** Dropout factors, [B, H]. */
  readonly mask: number;
}

export interface StackPlaces {
  readonly layers: readonly LayerPlaces[];
  /** Last step of each sequence, 32-bit integers, and the gradient by the top layer's state there, [B, H]. */
  readonly ends: number;
  readonly topGradient: number;
  /** Numbers of all layers' weights, which lie side by side. */
  readonly weightCount: number;
  /** Numbers in all. */
  readonly size: number;
}

/** Of how many numbers a line of the processor's cache is. */
const LINE = 16;

export function placesOf({ inputs, window, units, rows }: StackShape): StackPlaces {
  let size = RESERVED;
  const take = (count: number): number => {
    const at = size;
    size += Math.ceil(count / LINE) * LINE;
    return at;
  };
  const counts = units.map((size, i) => ((units[i - 1] ?? inputs) + size + 1) * 4 * size);
  const weightCount = counts.reduce((sum, count) => sum + count, 0);
  let weights = take(weightCount);
  let gradient = take(weightCount);
  const layers = units.map((own, i): LayerPlaces => {
    const below = units[i - 1] ?? inputs;
    const layer = {
      inputs: below,
      units: own,
      weights,
      gradient,
      transposed: take(4 * own * (below + own)),
      given: take((window + 1) * rows * (below + own + 1)),
      gates: take(window * rows * 4 * own),
      cells: take(window * rows * own),
      squashed: take(window * rows * own),
      zeros: take(rows * own),
      carried: take(rows * own),
      down: take(rows * (below + own)),
      mask: take(rows * own),
    };
    weights += counts[i]!;
    gradient += counts[i]!;
    return layer;
  });
  return { layers, ends: take(rows), topGradient: take(rows * units.at(-1)!), weightCount, size };
}

/**
 * The arithmetic of the layers on arrays that lie in a memory as `placesOf` says; `rows` sequences go
 * through them at once. Equal arrays and rows give equal bits.
 */
export interface Stack {
  /** From `given` of the first layer to all else of all layers. */
  forward(rows: number, masked: boolean): void;
  /**
   * Of the same pass: from `topGradient` and what `forward` left to the gradient by the weights; `more`: added
   * to what is there.
   */
  backward(rows: number, masked: boolean, more: boolean): void;
}

/**
 * @param base address of the memory for the library outside of it
 */
export function createStack(shape: StackShape, blas: OpenBlas, base: number, kernels: Kernels): Stack {
  const { window } = shape;
  const { layers, ends, topGradient } = placesOf(shape);
  const top = layers.length - 1;
  /** Addresses for the library, and within the memory. */
  const outside = (place: number): number => base + 4 * place;
  const inside = (place: number): number => 4 * place;

  function forward(rows: number, masked: boolean): void {
    for (let step = 0; step < window; step++) {
      const row = step * rows;
      for (let l = 0; l <= top; l++) {
        const { inputs, units, weights, given, gates, cells, squashed, zeros, mask } = layers[l]!;
        const width = inputs + units + 1;
        const sums = gates + row * 4 * units;
        const [x, w, y] = [outside(given + row * width), outside(weights), outside(sums)];
        blas.multiply(false, rows, 4 * units, width, x, width, w, 4 * units, 0, y, 4 * units);
        const above = layers[l + 1];
        const aboveWidth = above === undefined ? 0 : above.inputs + above.units + 1;
        kernels.stepForward(
          inside(sums),
          inside(step === 0 ? zeros : cells + (row - rows) * units),
          inside(cells + row * units),
          inside(squashed + row * units),
          inside(given + (row + rows) * width + inputs),
          width,
          above === undefined ? 0 : inside(above.given + row * aboveWidth),
          aboveWidth,
          masked && l < top ? inside(mask) : 0,
          rows,
          units,
        );
      }
    }
  }

  function backward(rows: number, masked: boolean, more: boolean): void {
    for (const { inputs, units, weights, transposed } of layers)
      kernels.transpose(inside(weights), inside(transposed), inputs + units, 4 * units);
    for (const { units, carried } of layers) kernels.clear(inside(carried), rows * units);
    for (let step = window - 1; step >= 0; step--) {
      const row = step * rows;
      for (let l = top; l >= 0; l--) {
        const { inputs, units, transposed, gates, cells, squashed, zeros, carried, down, mask } = layers[l]!;
        const sums = gates + row * 4 * units;
        // The first layer's inputs need no gradient.
        const skipped = l === 0 ? inputs : 0;
        const width = inputs + units - skipped;
        const above = layers[l + 1];
        const aboveWidth = above === undefined ? units : above.inputs + above.units;
        kernels.stepBackward(
          inside(sums),
          inside(step === 0 ? zeros : cells + (row - rows) * units),
          inside(squashed + row * units),
          inside(carried),
          step === window - 1 ? 0 : inside(down + inputs - skipped),
          width,
          inside(above === undefined ? topGradient : above.down),
          aboveWidth,
          masked && l < top ? inside(mask) : 0,
          l === top ? inside(ends) : 0,
          step,
          rows,
          units,
        );
        if (step === 0 && l === 0) continue;
        const [x, w, y] = [outside(sums), outside(transposed + skipped), outside(down)];
        blas.multiply(false, rows, width, 4 * units, x, 4 * units, w, inputs + units, 0, y, width);
      }
    }
    for (const { inputs, units, gradient, given, gates } of layers) {
      const width = inputs + units + 1;
      const [x, d, w] = [outside(given), outside(gates), outside(gradient)];
      const beta = more ? 1 : 0;
      blas.multiply(true, width, 4 * units, window * rows, x, width, d, 4 * units, beta, w, 4 * units);
    }
  }

  return { forward, backward };
}
