import type { Random } from './random.ts';

/**
 * Uniform in ±√(6 / (fan in + fan out)), as [fanIn, fanOut] row-major.
 * Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
 * 2010.
 */
export function glorotUniform(fanIn: number, fanOut: number, random: Random): Float32Array {
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return Float32Array.from({ length: fanIn * fanOut }, () => limit * (2 * random.next() - 1));
}

/**
 * LSTM bias [4 · units]: ones for the forget gate, so that a fresh layer remembers, zeros elsewhere.
 * Source: Jozefowicz, Zaremba and Sutskever, "An empirical exploration of recurrent network architectures",
 * 2015.
 */
export function unitForgetBias(units: number): Float32Array {
  return new Float32Array(4 * units).fill(1, units, 2 * units);
}

/**
 * A random [rows, cols] matrix, row-major, whose columns (rows, when they are fewer) are orthonormal: normal
 * numbers through Gram and Schmidt's process, the shorter side's vectors in turn.
 * Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear
 * neural networks", 2014.
 */
export function orthogonal(rows: number, cols: number, random: Random): Float64Array {
  const length = Math.max(rows, cols);
  const vectors: Float64Array[] = [];
  while (vectors.length < Math.min(rows, cols)) {
    const vector = Float64Array.from({ length }, () => random.normal());
    // Twice is enough for full precision (Giraud, Langou and Rozložník 2005).
    for (let pass = 0; pass < 2; pass++)
      for (const other of vectors) {
        const share = dot(vector, other);
        for (let i = 0; i < length; i++) vector[i]! -= share * other[i]!;
      }
    const norm = Math.sqrt(dot(vector, vector));
    vectors.push(vector.map((v) => v / norm));
  }
  const matrix = new Float64Array(rows * cols);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < cols; c++) matrix[r * cols + c] = rows >= cols ? vectors[c]![r]! : vectors[r]![c]!;
  return matrix;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
