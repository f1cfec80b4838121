export { activeModel, listModels } from './models.ts';
export { publishPromotions } from './publish.ts';
export { expireModels, forgetModel, registeredFiles } from './retention.ts';
export type { Registration, RegisteredModel } from './types.ts';
