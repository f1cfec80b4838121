// What can be set for the strategies, as plain data: the fleet checks TRAINING_PARAMS against it when it
// starts, without loading a strategy, and the strategies read their settings by it.
import { ensembleSettings } from './ensemble.ts';
import { lstmSettings } from './lstm.ts';
import { rlSettings } from './rl.ts';

export { currentName, overlaid, withCurrentNames } from './aliases.ts';
export { ensembleSettings, type EnsembleSettings } from './ensemble.ts';
export { judgingSettings } from './judging.ts';
export { lstmSettings } from './lstm.ts';
export { rlSettings, type RlSettings } from './rl.ts';
export { problemWith, type ParamSpecs, type ParamsOf } from './specs.ts';

/** Each strategy's settings, by its type. */
export const settingsByStrategy = { ensemble: ensembleSettings, lstm: lstmSettings, rl: rlSettings } as const;
