/** Adam's running moments of every parameter (Kingma and Ba 2015), and how many steps were made. */
export interface Adam {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  steps: number;
}

const BETA_1 = 0.9;
const BETA_2 = 0.999;
/** The value of the PPO authors' and stable-baselines3's code; Adam's own 1e-8 makes early steps larger. */
const EPSILON = 1e-5;

export const createAdam = (parameters: number): Adam => ({
  mean: new Float32Array(parameters),
  variance: new Float32Array(parameters),
  steps: 0,
});

/** One descent step on `parameters`, in place. `gradientScale` multiplies the gradients first (norm clipping). */
export function adamStep(
  adam: Adam,
  parameters: Float32Array,
  gradients: Float32Array,
  learningRate: number,
  gradientScale: number,
): void {
  const { mean, variance } = adam;
  adam.steps++;
  const rootCorrection = Math.sqrt(1 - BETA_2 ** adam.steps);
  const rate = learningRate / (1 - BETA_1 ** adam.steps);
  for (let i = 0; i < parameters.length; i++) {
    const g = gradients[i]! * gradientScale;
    const m = BETA_1 * mean[i]! + (1 - BETA_1) * g;
    const v = BETA_2 * variance[i]! + (1 - BETA_2) * g * g;
    mean[i] = m;
    variance[i] = v;
    parameters[i]! -= (rate * m) / (Math.sqrt(v) / rootCorrection + EPSILON);
  }
}
