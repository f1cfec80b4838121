export { announce, expireAnnouncements } from './announce.ts';
export {
  holdoutOf,
  importancesOf,
  type CalibrationBin,
  type HoldoutRecord,
  type Importances,
} from './holdouts.ts';
export { lineageOf, type Lineage, type Relative } from './lineage.ts';
export {
  activeModel,
  findModel,
  listModels,
  modelsOfJob,
  newestActiveModel,
  pastTrials,
  trainingsSinceFullFit,
} from './models.ts';
export { noteOrphans, notedOrphans, type SeenOrphan } from './orphans.ts';
export { expireModels, forgetModel, listExpiredModels, registeredFiles } from './retention.ts';
export { activateModel, modelsByPrefix, previousModel, type SwitchBy } from './switch.ts';
export type { Registration, RegisteredModel } from './types.ts';
