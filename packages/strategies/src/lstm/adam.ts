import type { Weights } from './architecture.ts';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-7;

/** What Adam remembers of the steps so far. */
export interface AdamState {
  /** Running means of the gradient and of its square, one a weight. */
  readonly mean: Weights;
  readonly variance: Weights;
  readonly steps: number;
}

/** An optimiser of weights that live in a plain array. */
export interface Adam {
  /**
   * One step against `gradient`, in place; a gradient longer than the clip norm is shortened to it.
   * @returns the gradient's norm before clipping; when it isn't finite nothing was changed.
   */
  step(gradient: Weights): number;
  /** The arrays are those in use, not copies. */
  state(): AdamState;
}

/** Of an optimiser that has done nothing yet. */
export function freshAdam(count: number): AdamState {
  return { mean: new Float32Array(count), variance: new Float32Array(count), steps: 0 };
}

/**
 * Adam with norm clipping over a plain array. A step over 10,000 weights is about as cheap as one tensor
 * operation, and the fourteen operations a weight array that tf.train.adam takes are saved.
 * Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015); ε as in Keras.
 * @param from to resume from; its arrays are taken over.
 */
export function createAdam(
  weights: Weights,
  learningRate: number,
  clipNorm: number,
  from: AdamState = freshAdam(weights.length),
): Adam {
  const { mean, variance } = from;
  let { steps } = from;

  const step = (gradient: Weights): number => {
    const norm = lengthOf(gradient);
    if (!Number.isFinite(norm)) return norm;
    steps++;
    const rate = (learningRate * Math.sqrt(1 - BETA2 ** steps)) / (1 - BETA1 ** steps);
    const shrink = norm > clipNorm ? clipNorm / norm : 1;
    for (let k = 0; k < weights.length; k++) {
      const g = gradient[k]! * shrink;
      const m = BETA1 * mean[k]! + (1 - BETA1) * g;
      const v = BETA2 * variance[k]! + (1 - BETA2) * g * g;
      mean[k] = m;
      variance[k] = v;
      weights[k]! -= (rate * m) / (Math.sqrt(v) + EPSILON);
    }
    return norm;
  };
  return { step, state: () => ({ mean, variance, steps }) };
}

function lengthOf(gradient: Weights): number {
  // Four sums, as one alone waits for each addition to end.
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = gradient.length - (gradient.length % 4);
  for (let k = 0; k < whole; k += 4) {
    a += gradient[k]! * gradient[k]!;
    b += gradient[k + 1]! * gradient[k + 1]!;
    c += gradient[k + 2]! * gradient[k + 2]!;
    d += gradient[k + 3]! * gradient[k + 3]!;
  }
  for (let k = whole; k < gradient.length; k++) a += gradient[k]! * gradient[k]!;
  return Math.sqrt(a + b + c + d);
}
