import { featureSettings } from './features.ts';
import { judgingSettings, positionSettings } from './judging.ts';
import type { ParamsOf, ParamSpecs } from './specs.ts';

/**
 * What can be set for the ensemble, with defaults; chosen for weak signals and a few thousand rows, not tuned
 * to any holdout. The names of boosting are LightGBM's. `forest_trees` is not called n_estimators, which
 * LightGBM takes for its rounds, and `logistic_l2` not C, which is another number: 1 / (2 · rows · l2).
 */
export const ensembleSettings = {
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
   * loss out of fold.
   */
  num_boost_round: { kind: 'integer', default: 300, min: 1, max: 2_000 },
  learning_rate: {
    kind: 'number',
    default: 0.03,
    min: 0.0001,
    max: 1,
    tune: { low: 0.01, high: 0.1, log: true },
  },
  /** 0 switches stopping off: all rounds are grown and kept. */
  early_stopping_rounds: { kind: 'integer', default: 30, min: 0, max: 10_000 },
  /** Most rounds of boosting that a warm start adds to the champion's trees. */
  warm_start_rounds: { kind: 'integer', default: 100, min: 1, max: 2_000 },
  /** Most boosted trees after that; there is no warm start from a champion that has as many. */
  max_boosted_trees: { kind: 'integer', default: 1_000, min: 1, max: 10_000 },
  /** Trees of the random forest and of the extra trees, each. */
  forest_trees: { kind: 'integer', default: 100, min: 1, max: 1_000, tune: { choices: [50, 100, 200] } },
  /**
   * L2 penalty of the linear member on its standardised inputs; the weakest of `logistic_penalties`, each √10
   * times weaker than the one before.
   */
  logistic_l2: {
    kind: 'number',
    default: 0.01,
    min: 0,
    max: 100,
    tune: { low: 0.001, high: 0.1, log: true },
  },
  /** 1: that one alone, with nothing to choose. Of two classes their models are averaged. */
  logistic_penalties: { kind: 'integer', default: 7, min: 1, max: 20 },
  /** Penalties of each lasso that is averaged with them, of two classes; 0: none. */
  lasso_penalties: { kind: 'integer', default: 16, min: 0, max: 100, tune: { choices: [0, 16] } },
  /**
   * Pieces of time that the train and validation rows are cut into; each is asked of members fitted on the
   * others. Fewer where rows are many (20,000 over all folds), and 1, the validation rows alone, above 10,000
   * rows and where a model in use is warm-started from.
   */
  cv_folds: { kind: 'integer', default: 5, min: 1, max: 20 },
  /**
   * Of two classes: what holds the members' weights to those of the linear one alone, as so many rows'
   * evidence (half the L2 penalty on the summed log loss).
   */
  stacking_l2: {
    kind: 'number',
    default: 10,
    min: 0,
    max: 1_000_000,
    tune: { low: 1, high: 100, log: true },
  },
  /**
   * Of several classes and of numbers: share of equal weights in the members' mean; the rest is what the rows
   * out of fold ask for.
   */
  equal_share: { kind: 'number', default: 0.5, min: 0, max: 1 },
  /**
   * As in scikit-learn; balanced: rises and falls weigh the same in fitting, and the calibration leads back.
   */
  class_weight: { kind: 'choice', default: 'none', choices: ['none', 'balanced'] },
  calibration: { kind: 'choice', default: 'platt', choices: ['platt', 'none'] },
  /**
   * Of several classes: rows of belief in the members' mean as it is; the rows out of fold must argue for a
   * correction against it.
   */
  calibration_prior_rows: { kind: 'integer', default: 1_000, min: 10, max: 1_000_000 },
} as const satisfies ParamSpecs;

export type EnsembleSettings = ParamsOf<typeof ensembleSettings>;
