import type { Random } from '../random.ts';

/**
 * Uniform in ±√(6 / (fan in + fan out)), as [fanIn, fanOut] row-major.
 * Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).
 */
export function glorotUniform(random: Random, fanIn: number, fanOut: number): Float32Array {
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return Float32Array.from({ length: fanIn * fanOut }, () => limit * (2 * random.next() - 1));
}

/**
 * `rows` ≤ `cols` orthonormal rows of random direction, row-major: normal vectors through modified Gram–Schmidt,
 * which is the QR factor whose diagonal is positive.
 * Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear
 * neural networks" (2014).
 */
export function orthogonal(random: Random, rows: number, cols: number): Float32Array {
  const matrix = Float64Array.from({ length: rows * cols }, () => random.normal());
  const row = (i: number) => matrix.subarray(i * cols, (i + 1) * cols);
  for (let i = 0; i < rows; i++) {
    const current = row(i);
    for (let j = 0; j < i; j++) subtractScaled(current, row(j), dot(current, row(j)));
    const norm = Math.sqrt(dot(current, current));
    for (let k = 0; k < cols; k++) current[k]! /= norm;
  }
  return Float32Array.from(matrix);
}

/**
 * LSTM bias [4 · units]: ones for the forget gate, so that a fresh layer remembers, zeros elsewhere.
 * Source: Jozefowicz, Zaremba and Sutskever, "An empirical exploration of recurrent network architectures" (2015).
 */
export function unitForgetBias(units: number): Float32Array {
  return new Float32Array(4 * units).fill(1, units, 2 * units);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function subtractScaled(from: Float64Array, what: Float64Array, factor: number): void {
  for (let i = 0; i < from.length; i++) from[i]! -= factor * what[i]!;
}
