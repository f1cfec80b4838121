import { featureSettings, olderDefaultFeatures } from './features.ts';
import { judgingSettings } from './judging.ts';
import type { ParamSpecs, ParamsOf } from './specs.ts';

/**
 * What a job may set. Names are stable-baselines3's, and so are the defaults of learning rate, clip range,
 * lambda, batch size, coefficients and the networks' shape; rollouts and epochs are smaller, as there are
 * hundreds of rows to learn from and not millions.
 */
export const rlSettings = {
  /** Its horizon concerns the classification scores only; a reward is always the next bar's. */
  ...judgingSettings,
  /** Fewer than the others learn from: with more of them its policy is slower to find that costs matter. */
  features: { ...featureSettings.features, default: olderDefaultFeatures },
  /** Bars whose features the agent sees at a time, its own included. */
  window: { kind: 'integer', default: 1, min: 1, max: 256 },
  /** What a reward loses for each unit (1 = all of the peak) by which the drawdown grows. */
  drawdown_penalty: { kind: 'number', default: 0, min: 0, max: 100 },
  /** Agents trained from independent random numbers; validation keeps one of them. */
  seeds: { kind: 'integer', default: 3, min: 1, max: 32 },
  /** How weights are stored; they are rounded before anything is judged. */
  weights: { kind: 'choice', default: 'float32', choices: ['float32', 'float16'] },
  /** Steps of all environments together, of each agent. */
  total_timesteps: { kind: 'integer', default: 100_000, min: 1, max: 100_000_000 },
  n_envs: { kind: 'integer', default: 16, min: 1, max: 1_024 },
  /**
   * Length of an episode, and with `n_envs` the size of a
   * rollout; shortened when there are fewer training rows.
   */
  n_steps: { kind: 'integer', default: 128, min: 2, max: 16_384 },
  hidden_layers: { kind: 'integer', default: 2, min: 1, max: 4 },
  hidden_units: { kind: 'integer', default: 64, min: 1, max: 1_024 },
  n_epochs: { kind: 'integer', default: 4, min: 1, max: 100, tune: { choices: [2, 4, 8] } },
  batch_size: { kind: 'integer', default: 64, min: 2, max: 65_536 },
  learning_rate: {
    kind: 'number',
    default: 3e-4,
    min: 1e-7,
    max: 1,
    tune: { low: 0.0001, high: 0.001, log: true },
  },
  /** Lowers the learning rate along a line to 0 at the end. */
  linear_decay: { kind: 'boolean', default: true },
  /**
   * Below stable-baselines3's 0.99: prices don't react to the
   * agent, so an action reaches on only through its costs.
   */
  gamma: { kind: 'number', default: 0.9, min: 0, max: 1, tune: { low: 0.5, high: 0.99 } },
  gae_lambda: { kind: 'number', default: 0.95, min: 0, max: 1 },
  clip_range: { kind: 'number', default: 0.2, min: 0.01, max: 1, tune: { low: 0.1, high: 0.3 } },
  ent_coef: { kind: 'number', default: 0.01, min: 0, max: 1, tune: { low: 0.001, high: 0.1, log: true } },
  vf_coef: { kind: 'number', default: 0.5, min: 0, max: 10 },
  max_grad_norm: { kind: 'number', default: 0.5, min: 1e-6, max: 1e6 },
  /** Looks at the validation rows along the way. */
  evaluations: { kind: 'integer', default: 20, min: 1, max: 10_000 },
  validation_share: { kind: 'number', default: 0.2, min: 0.05, max: 0.4 },
} as const satisfies ParamSpecs;

export type RlSettings = ParamsOf<typeof rlSettings>;
