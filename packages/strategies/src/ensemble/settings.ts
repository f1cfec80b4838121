import { judgingSettings } from '../evaluation/index.ts';
import type { ParamsOf, ParamSpecs } from '../params.ts';

/** What can be set for the ensemble, with defaults; chosen for weak signals and a few thousand rows, not tuned to any holdout. */
export const settings = {
  ...judgingSettings,
  validation_share: { kind: 'number', default: 0.15, min: 0.05, max: 0.4 },
  /** Distance from one half within which no position is taken. */
  band: { kind: 'number', default: 0.02, min: 0, max: 0.5 },
  /** Most rounds of boosting; it stops after `patience` rounds without a better validation loss. */
  boosting_rounds: { kind: 'integer', default: 300, min: 1, max: 10_000 },
  learning_rate: { kind: 'number', default: 0.03, min: 0.0001, max: 1 },
  patience: { kind: 'integer', default: 30, min: 1, max: 10_000 },
  /** Trees of the random forest and of the extra trees, each. */
  forest_trees: { kind: 'integer', default: 100, min: 1, max: 10_000 },
  /** L2 penalty of the logistic regression on its standardised inputs. */
  logistic_l2: { kind: 'number', default: 0.01, min: 0, max: 100 },
  /** Share of equal weights in the vote; the rest is what the validation rows ask for. */
  equal_share: { kind: 'number', default: 0.5, min: 0, max: 1 },
} as const satisfies ParamSpecs;

export type Settings = ParamsOf<typeof settings>;
