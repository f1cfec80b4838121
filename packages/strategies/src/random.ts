import { StrategyError } from './errors.ts';
import type { Plain } from './strategy.ts';

// Held locally: a test runner's sandbox makes each look-up
// of a global many times slower than this arithmetic.
const { floor, imul } = Math;

/** A seeded stream of random numbers; equal seeds give equal streams on every machine. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of randomness. */
  readonly next: () => number;
  /** Standard normal. */
  readonly normal: () => number;
  /** Uniform integer in [0, n), n at most 2^32. */
  readonly int: (n: number) => number;
  /** Shuffles in place (Fisher–Yates) and returns the same array. */
  readonly shuffle: <T extends Shufflable>(array: T) => T;
  /**
   * An independent stream for `label`; does not advance
   * this one and doesn't depend on how far it has advanced.
   */
  readonly fork: (label: string) => Random;
  /** All that the rest of the stream depends on, for `restoreRandom`. */
  readonly state: () => readonly number[];
}

/** What `shuffle` can permute: plain arrays and typed arrays. */
interface Shufflable {
  readonly length: number;
  [index: number]: unknown;
}

/**
 * xoshiro128** seeded through splitmix32, so that seeds 1 and 2 start far apart.
 * Sources: Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2021); the mixing
 * constants of splitmix32 are those of MurmurHash3's 32-bit finalizer (Appleby, public domain).
 */
export function createRandom(seed: number): Random {
  const mix = splitmix32(foldSeed(seed));
  return streamFrom(seed, [mix(), mix(), mix(), mix(), Number.NaN]);
}

/**
 * Resumes a stream from its `state`.
 * @throws StrategyError INVALID_MODEL when it is no such state.
 */
export function restoreRandom(state: Plain | undefined): Random {
  const numbers: readonly Plain[] = Array.isArray(state) ? state : [];
  const [seed, ...words] = numbers.filter((n) => typeof n === 'number');
  if (seed === undefined || numbers.length !== 6 || words.length !== 5)
    throw new StrategyError(
      'INVALID_MODEL',
      'a checkpoint holds no state of a random stream where one belongs',
    );
  return streamFrom(seed, words as [number, number, number, number, number]);
}

function streamFrom(seed: number, start: readonly [number, number, number, number, number]): Random {
  let [a, b, c, d, spare] = start;

  function next32(): number {
    const product = imul(b, 5);
    const result = imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  }

  const next = (): number => next32() / 2 ** 32;
  const int = (n: number): number => floor(next() * n);

  // Marsaglia's polar method gives two normals at a time; the second waits in `spare`.
  function normal(): number {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = Number.NaN;
      return value;
    }
    let x: number;
    let y: number;
    let square: number;
    do {
      x = 2 * next() - 1;
      y = 2 * next() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    spare = y * factor;
    return x * factor;
  }

  function shuffle<T extends Shufflable>(array: T): T {
    for (let i = array.length - 1; i > 0; i--) {
      const j = int(i + 1);
      const kept = array[i];
      array[i] = array[j];
      array[j] = kept;
    }
    return array;
  }

  return {
    next,
    normal,
    int,
    shuffle,
    fork: (label) => createRandom(hash(label, foldSeed(seed))),
    state: () => [seed, a, b, c, d, spare],
  };
}

/** Folds a seed of up to 53 bits into 32, so that 1 and 1 + 2^32 differ. */
function foldSeed(seed: number): number {
  return (Math.trunc(seed / 2 ** 32) * 0x9e3779b1 + seed) >>> 0;
}

function splitmix32(state: number): () => number {
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = imul(z, 0x85ebca6b);
    z ^= z >>> 13;
    z = imul(z, 0xc2b2ae35);
    return (z ^ (z >>> 16)) | 0;
  };
}

/** FNV-1a over the label's UTF-16 units, started from the parent's seed. */
function hash(label: string, start: number): number {
  let value = start ^ 0x811c9dc5;
  for (let i = 0; i < label.length; i++) value = imul(value ^ label.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
