export { writePickle } from './pickle/write.ts';
export type { ModelContent, SharedContent } from './content.ts';
export type { NewModel, SavedModel } from './save.ts';
export type { NewSharedModel } from './save-shared.ts';
export {
  checkModelStore,
  listModelFiles,
  removeModel,
  requireRoom,
  requireWritable,
  saveModel,
  saveSharedModel,
  storeAt,
  type ModelsPlace,
  type ModelSettings,
  modelSettings,
} from './store.ts';
export { readModel, readModelFile } from './load.ts';
export { disusedCopies, removeCopy } from './cache.ts';
export { pullModels, type Pulled } from './pull.ts';
export type { CheckpointFile } from './checkpoint-files.ts';
export {
  listCheckpoints,
  readCheckpoint,
  removeCheckpoint,
  removeCheckpointFile,
  writeCheckpoint,
  type Checkpoint,
} from './checkpoint.ts';
