import { featureSettings } from './features.ts';
import { judgingSettings, positionSettings } from './judging.ts';
import type { ParamSpecs } from './specs.ts';

/** What a job may set; the defaults are sized for about 1,000 bars. */
export const lstmSettings = {
  ...judgingSettings,
  ...featureSettings,
  /** Time steps a prediction looks at. */
  window: { kind: 'integer', default: 32, min: 2, max: 1_000, tune: { low: 8, high: 64, log: true } },
  layers: { kind: 'integer', default: 1, min: 1, max: 4 },
  /** Hidden units of each layer. */
  units: { kind: 'integer', default: 32, min: 1, max: 1_024, tune: { choices: [16, 32, 64] } },
  dropout: { kind: 'number', default: 0.2, min: 0, max: 0.9, tune: { low: 0, high: 0.5 } },
  epochs: { kind: 'integer', default: 40, min: 1, max: 10_000 },
  batch_size: { kind: 'integer', default: 64, min: 1, max: 4_096 },
  learning_rate: {
    kind: 'number',
    default: 0.001,
    min: 1e-7,
    max: 1,
    tune: { low: 0.0003, high: 0.003, log: true },
  },
  /** Share of `learning_rate` that a warm start from the model in use learns at. */
  warm_learning_rate_share: { kind: 'number', default: 0.3, min: 1e-6, max: 1 },
  patience: { kind: 'integer', default: 8, min: 1, max: 10_000 },
  /** Of the gradient over all weights, as in `tf.clip_by_global_norm`; Keras's `clipnorm` is by array. */
  clip_norm: { kind: 'number', default: 1, min: 1e-6, max: 1e6 },
  validation_share: { kind: 'number', default: 0.2, min: 0.05, max: 0.4 },
  /**
   * A row so many bars older than the newest that is learnt from weighs half as much in fitting the linear part; 0: as
   * much.
   */
  half_life_bars: { kind: 'number', default: 0, min: 0, max: 1_000_000 },
  /**
   * What holds the LSTM's share in the answer to nothing, as so many rows' evidence (half the L2 penalty on the
   * summed loss): the rest is the linear part's, of the newest step's features.
   */
  residual_l2: {
    kind: 'number',
    default: 4,
    min: 0,
    max: 1_000_000,
    tune: { low: 0.4, high: 40, log: true },
  },
  /** Rows of belief in what the model says as it is; the validation rows must argue against it. */
  calibration_prior_rows: { kind: 'integer', default: 1_000, min: 10, max: 1_000_000 },
  /** What they are stored as; float16 halves the file and is what the model is judged with. */
  weights: { kind: 'choice', default: 'float32', choices: ['float32', 'float16'] },
  ...positionSettings,
  /** Of the rule `threshold`: distance from ½ within which no position is taken. */
  band: { kind: 'number', default: 0, min: 0, max: 0.5 },
} as const satisfies ParamSpecs;
