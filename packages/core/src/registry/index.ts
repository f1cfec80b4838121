export { announce, expireAnnouncements } from './announce.ts';
export { ageLimitsOf, freshnessOf, type AgeLimits, type Freshness } from './freshness.ts';
export { fittedInWords } from './fitted.ts';
export {
  holdoutOf,
  importancesOf,
  type CalibrationBin,
  type HoldoutRecord,
  type Importances,
  type Permutation,
  type ShuffleLoss,
  type TrainLabels,
} from './holdouts.ts';
export {
  dueChampions,
  holdLiveLease,
  leaveLiveLease,
  liveInWords,
  liveJson,
  liveScoresOf,
  liveStates,
  newestLiveScore,
  noteLook,
  type DueChampion,
  type LiveRecord,
  type LiveScore,
  type LiveState,
  type LiveVerdict,
  type Looked,
} from './live.ts';
export { lineageOf, type Lineage, type Relative } from './lineage.ts';
export {
  activeModel,
  findModel,
  incomparableRuns,
  listModels,
  isBelowFloor,
  modelsOfJob,
  newestActiveModel,
  newestRefused,
  noModelWords,
  sharersOf,
  trainingsSinceFullFit,
} from './models.ts';
export { noteOrphans, notedOrphans, type SeenOrphan } from './orphans.ts';
export { expireModels, forgetModel, listExpiredModels, modelFilesOf, registeredFiles } from './retention.ts';
export { jobOfModel, type ModelJob } from './model-job.ts';
export { scoreNames, scoreOf, scorePartsOf, usualScore, type Score, type ScoreName } from './scores.ts';
export {
  countTrials,
  foldTrials,
  trialsOf,
  type Trial,
  type TrialIdentity,
  type TrialKind,
} from './trials.ts';
export { activateModel, modelsByPrefix, previousModel, type SwitchBy } from './switch.ts';
export {
  deactivateModel,
  promoteModel,
  rollBackPair,
  switchInWords,
  type Deactivated,
  type Switched,
  type Switching,
} from './switching.ts';
export type { DecisionFacts, MeanDifference, Registration, RegisteredModel } from './types.ts';
export {
  isScoreName,
  pageOfModels,
  pairsOfModels,
  versionOf,
  versionsOfPair,
  type ModelFilter,
  type ModelPlace,
  type PairModels,
  type Version,
} from './versions.ts';
