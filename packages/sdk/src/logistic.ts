import { ensembleSettings } from './ensemble.ts';
import { featureSettings } from './features.ts';
import { judgingSettings, positionSettings } from './judging.ts';
import type { ParamsOf, ParamSpecs } from './specs.ts';

const { validation_share, half_life_bars, band, logistic_l2, logistic_penalties, class_weight } =
  ensembleSettings;

/** What can be set for the learner logistic: those of the ensemble that are about its linear member. */
export const logisticSettings = {
  ...judgingSettings,
  walk_forward_folds: { kind: 'integer', default: 1, min: 0, max: 20 },
  ...featureSettings,
  validation_share,
  half_life_bars,
  ...positionSettings,
  band,
  logistic_l2,
  logistic_penalties,
  class_weight,
} as const satisfies ParamSpecs;

export type LogisticSettings = ParamsOf<typeof logisticSettings>;
