import { wasm } from './wasm.ts';

/** Rows and columns that one step of a matrix product does. */
const ROWS = 4;
const COLUMNS = 8;

/** Rows, and a network's inputs, are filled up with zeros to the next multiple of 4… */
export const paddedRows = (n: number): number => Math.ceil(n / ROWS) * ROWS;

/** …and the outputs of each layer to the next multiple of 8. */
export const paddedColumns = (n: number): number => Math.ceil(n / COLUMNS) * COLUMNS;

/**
 * The inner loops of training, over one memory of their own. All arrays must come from this object's `floats`
 * and have padded sizes; nothing checks that. kernels.as says what each does.
 *
 * The same loops in JavaScript, blocks of 4 × 4 kept in registers there too, took nine times as long for a
 * product of two 64 × 64 matrices, 0.11 ms instead of 0.012, and six times as long for training as a whole.
 */
export interface Kernels {
  /**
   * The next `count` numbers of the memory, zeros; `count` is a multiple of 4.
   * @throws RangeError when the memory is used up.
   */
  floats(count: number): Float32Array;
  /** C[m, n] = A[m, k] B[k, n]; A is read by strides: (k, 1) as it is stored, (1, m) its transpose. */
  matmul(
    a: Float32Array,
    b: Float32Array,
    c: Float32Array,
    m: number,
    n: number,
    k: number,
    rowStride: number,
    kStride: number,
  ): void;
  addBias(y: Float32Array, bias: Float32Array, rows: number): void;
  tanhInPlace(y: Float32Array, count: number): void;
  tanhBackward(delta: Float32Array, y: Float32Array, count: number): void;
  sumRows(y: Float32Array, sums: Float32Array, rows: number): void;
  transpose(from: Float32Array, to: Float32Array, rows: number, cols: number): void;
  sumOfSquares(x: Float32Array): number;
  adam(
    parameters: Float32Array,
    gradients: Float32Array,
    mean: Float32Array,
    variance: Float32Array,
    rate: number,
    root: number,
    scale: number,
  ): void;
}

/**
 * The part of WebAssembly used here: its types come only
 * with a browser's, which nothing else here should see.
 */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (limits: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** What the compiled kernels export: the same functions on addresses and counts. */
type Exports = Readonly<Record<Exclude<keyof Kernels, 'floats'>, (...numbers: number[]) => number>>;

const PAGE_BYTES = 65_536;
let compiled: object | undefined;

/** Kernels with a memory for `capacity` numbers. */
export function createKernels(capacity: number): Kernels {
  compiled ??= new WebAssembly.Module(Buffer.from(wasm, 'base64'));
  const memory = new WebAssembly.Memory({ initial: Math.ceil((capacity * 4) / PAGE_BYTES) });
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  // Its exports have no types; that they are these functions is what the tests see by calling each.
  const kernels = exports as Exports;
  let used = 0;
  return {
    floats: (count) => {
      if (used + 4 * count > memory.buffer.byteLength)
        throw new RangeError(`no room for ${count} more numbers in a memory made for ${capacity}`);
      const array = new Float32Array(memory.buffer, used, count);
      used += array.byteLength;
      return array;
    },
    matmul: (a, b, c, m, n, k, rowStride, kStride) =>
      void kernels.matmul(a.byteOffset, b.byteOffset, c.byteOffset, m, n, k, rowStride, kStride),
    addBias: (y, bias, rows) => void kernels.addBias(y.byteOffset, bias.byteOffset, rows, bias.length),
    tanhInPlace: (y, count) => void kernels.tanhInPlace(y.byteOffset, count),
    tanhBackward: (delta, y, count) => void kernels.tanhBackward(delta.byteOffset, y.byteOffset, count),
    sumRows: (y, sums, rows) => void kernels.sumRows(y.byteOffset, sums.byteOffset, rows, sums.length),
    transpose: (from, to, rows, cols) => void kernels.transpose(from.byteOffset, to.byteOffset, rows, cols),
    sumOfSquares: (x) => kernels.sumOfSquares(x.byteOffset, x.length),
    adam: (parameters, gradients, mean, variance, rate, root, scale) =>
      void kernels.adam(
        parameters.byteOffset,
        gradients.byteOffset,
        mean.byteOffset,
        variance.byteOffset,
        parameters.length,
        rate,
        root,
        scale,
      ),
  };
}
