import { featureSettings } from './features.ts';
import { judgingSettings, positionSettings } from './judging.ts';
import type { ParamsOf, ParamSpecs } from './specs.ts';

/**
 * What can be set for the learner lightgbm. Names are LightGBM's, so that values can be carried over; the
 * defaults are those of the ensemble's boosted trees, chosen for weak signals and a few thousand rows.
 */
export const lightgbmSettings = {
  ...judgingSettings,
  walk_forward_folds: { kind: 'integer', default: 1, min: 0, max: 20 },
  ...featureSettings,
  validation_share: { kind: 'number', default: 0.15, min: 0.05, max: 0.4 },
  /** A row so many bars older than the newest that is learnt from weighs half as much in fitting; 0: as much. */
  half_life_bars: { kind: 'number', default: 0, min: 0, max: 1_000_000 },
  ...positionSettings,
  /** Of the rule `threshold`: distance from one half within which no position is taken. */
  band: { kind: 'number', default: 0.02, min: 0, max: 0.5 },
  /**
   * Most rounds of boosting of a full fit; it stops after `early_stopping_rounds` rounds without a better
   * validation loss.
   */
  num_boost_round: { kind: 'integer', default: 300, min: 1, max: 5_000 },
  learning_rate: {
    kind: 'number',
    default: 0.03,
    min: 0.0001,
    max: 1,
    tune: { low: 0.01, high: 0.1, log: true },
  },
  /** 0 switches stopping off: all rounds are grown and kept. */
  early_stopping_rounds: { kind: 'integer', default: 30, min: 0, max: 10_000 },
  num_leaves: { kind: 'integer', default: 8, min: 2, max: 1_024, tune: { low: 4, high: 31, log: true } },
  /** −1: as deep as `num_leaves` lets them be. */
  max_depth: { kind: 'integer', default: -1, min: -1, max: 64 },
  min_data_in_leaf: {
    kind: 'integer',
    default: 20,
    min: 1,
    max: 1_000_000,
    tune: { low: 10, high: 100, log: true },
  },
  min_gain_to_split: { kind: 'number', default: 0, min: 0, max: 1e6 },
  /** Share of the features that a tree may use. */
  feature_fraction: { kind: 'number', default: 0.6, min: 0.01, max: 1, tune: { low: 0.3, high: 1 } },
  /** Share of the rows that trees are grown on, drawn anew every `bagging_freq` rounds. */
  bagging_fraction: { kind: 'number', default: 0.7, min: 0.01, max: 1, tune: { low: 0.5, high: 1 } },
  /** 0: all rows always. */
  bagging_freq: { kind: 'integer', default: 1, min: 0, max: 1_000 },
  lambda_l1: { kind: 'number', default: 0, min: 0, max: 1e6 },
  lambda_l2: { kind: 'number', default: 10, min: 0, max: 1e6, tune: { low: 0.1, high: 100, log: true } },
  max_bin: { kind: 'integer', default: 63, min: 2, max: 255 },
  /** Most rounds of boosting that a warm start adds to the champion's trees. */
  warm_start_rounds: { kind: 'integer', default: 100, min: 1, max: 5_000 },
  /** Most rounds of trees after that; there is no warm start from a champion that has as many. */
  max_boosted_trees: { kind: 'integer', default: 1_000, min: 1, max: 10_000 },
  /**
   * As in scikit-learn; balanced: all classes weigh the same in fitting, and the probabilities are led back.
   */
  class_weight: { kind: 'choice', default: 'none', choices: ['none', 'balanced'] },
} as const satisfies ParamSpecs;

export type LightgbmSettings = ParamsOf<typeof lightgbmSettings>;
