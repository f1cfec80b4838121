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
 * LSTM bias [4 · units]: ones for the forget gate, so that a fresh layer remembers, zeros elsewhere.
 * Source: Jozefowicz, Zaremba and Sutskever, "An empirical exploration of recurrent network architectures" (2015).
 */
export function unitForgetBias(units: number): Float32Array {
  return new Float32Array(4 * units).fill(1, units, 2 * units);
}
