export {
  dropSearches,
  endSearch,
  keepFold,
  openSearch,
  unfinishedSearch,
  type GivenBars,
  type KeptFold,
} from './searches.ts';
export { trainingSettings, tunedSettings, type StrategySettings, type TunedSettings } from './settings.ts';
export {
  dueForTuning,
  forgetTuned,
  holdTuningLease,
  leaveTuningLease,
  listTuned,
  noteTuningProblem,
  tunedOf,
  type Tuned,
} from './tuned.ts';
