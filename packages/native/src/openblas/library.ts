import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { NativeError } from '../errors.ts';
import { SETUP_COMMAND } from '../paths.ts';

/** Of CBLAS: matrices are row-major, and may be read transposed. */
const ROW_MAJOR = 101;
const AS_IT_IS = 111;
const TRANSPOSED = 112;

/** Products of single-precision matrices at addresses in memory; nothing checks that there is room. */
export interface OpenBlas {
  /** Address of an array's first number. It must not move: WebAssembly's memory doesn't, others may. */
  addressOf(array: Float32Array): number;
  /**
   * C[m, n] = A[m, k] B[k, n] + beta C. On the calling thread alone; equal calls give equal bits.
   * @param a addresses, and numbers from one row to the next
   * @param transposed A is stored as [k, m]
   */
  multiply(
    transposed: boolean,
    m: number,
    n: number,
    k: number,
    a: number,
    aStride: number,
    b: number,
    bStride: number,
    beta: number,
    c: number,
    cStride: number,
  ): void;
  /**
   * into[rows] = matrix[rows, cols] vector[cols], or transposed into[cols] = vector[rows] matrix. On the calling thread
   * alone; equal calls give equal bits.
   * @param matrix row after row; there may be more than its rows in it.
   * @throws RangeError when an array is too short.
   */
  timesVector(
    transposed: boolean,
    rows: number,
    cols: number,
    matrix: Float64Array,
    vector: Float64Array,
    into: Float64Array,
  ): void;
}

/** @throws NativeError OPENBLAS_MISSING saying what to do */
export function openOpenBlas(path: string): OpenBlas {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
    // Read when it is loaded. Its own threads cost more than they bring to products as small as ours, and spin
    // while they wait.
    process.env['OPENBLAS_NUM_THREADS'] = '1';
    const library = koffi.load(path);
    const sizes = ['int', 'int', 'int', 'int', 'int', 'int'];
    // size_t: an address is a number here, which costs less than a view of each part of a matrix.
    const numbers = ['float', 'size_t', 'int', 'size_t', 'int', 'float', 'size_t', 'int'];
    const doubles = ['double', 'void *', 'int', 'void *', 'int', 'double', 'void *', 'int'];
    const dgemv = library.func('scipy_cblas_dgemv', 'void', ['int', 'int', 'int', 'int', ...doubles]);
    const sgemm = library.func('scipy_cblas_sgemm', 'void', [...sizes, ...numbers]);
    return {
      addressOf: (array) => Number(koffi.address(array)),
      multiply: (transposed, m, n, k, a, aStride, b, bStride, beta, c, cStride) => {
        const first = transposed ? TRANSPOSED : AS_IT_IS;
        sgemm(ROW_MAJOR, first, AS_IT_IS, m, n, k, 1, a, aStride, b, bStride, beta, c, cStride);
      },
      timesVector: (transposed, rows, cols, matrix, vector, into) => {
        const [given, taken] = transposed ? [rows, cols] : [cols, rows];
        if (matrix.length < rows * cols || vector.length < given || into.length < taken)
          throw new RangeError(`arrays too short for a matrix of ${rows} × ${cols}`);
        const how = transposed ? TRANSPOSED : AS_IT_IS;
        dgemv(ROW_MAJOR, how, rows, cols, 1, matrix, cols, vector, 1, 0, into, 1);
      },
    };
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).replace(/^Error: /, '');
    throw new NativeError(
      'OPENBLAS_MISSING',
      `OpenBLAS doesn't load from ${path}: ${why}; run: ${SETUP_COMMAND} --only openblas`,
      { cause: error },
    );
  }
}
