export { activeModel, listModels } from './models.ts';
export { expireModels, forgetModel, registeredFiles } from './retention.ts';
export type { NewModel, RegisteredModel } from './types.ts';
