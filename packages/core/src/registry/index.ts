export { activeModel, findModel, listModels, modelsOfJob, newestActiveModel, pastTrials } from './models.ts';
export { publishPromotions } from './publish.ts';
export { expireModels, forgetModel, registeredFiles } from './retention.ts';
export type { Registration, RegisteredModel } from './types.ts';
