import type { Weights } from './architecture.ts';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-7;

/** An optimiser of weights that live in plain arrays. */
export interface Adam {
  /**
   * One step against `gradients`, in place; gradients longer than the clip norm are shortened to it, all together.
   * @returns the gradients' global norm before clipping; when it isn't finite nothing was changed.
   */
  step(gradients: Weights): number;
}

/**
 * Adam with global norm clipping over plain arrays. A step over 10,000 weights is about as cheap as one tensor
 * operation, and the fourteen operations a weight array that tf.train.adam takes are saved.
 * Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015); ε as in Keras.
 */
export function createAdam(weights: Weights, learningRate: number, clipNorm: number): Adam {
  const mean = weights.map((w) => new Float32Array(w.length));
  const variance = weights.map((w) => new Float32Array(w.length));
  let steps = 0;

  const step = (gradients: Weights): number => {
    const norm = globalNorm(gradients);
    if (!Number.isFinite(norm)) return norm;
    steps++;
    const rate = (learningRate * Math.sqrt(1 - BETA2 ** steps)) / (1 - BETA1 ** steps);
    const shrink = norm > clipNorm ? clipNorm / norm : 1;
    weights.forEach((w, i) => {
      const [g, m, v] = [gradients[i]!, mean[i]!, variance[i]!];
      for (let k = 0; k < w.length; k++) {
        const slope = g[k]! * shrink;
        m[k] = BETA1 * m[k]! + (1 - BETA1) * slope;
        v[k] = BETA2 * v[k]! + (1 - BETA2) * slope * slope;
        w[k]! -= (rate * m[k]!) / (Math.sqrt(v[k]!) + EPSILON);
      }
    });
    return norm;
  };
  return { step };
}

function globalNorm(gradients: Weights): number {
  let sum = 0;
  for (const g of gradients) for (let k = 0; k < g.length; k++) sum += g[k]! * g[k]!;
  return Math.sqrt(sum);
}
