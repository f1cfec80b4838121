export { writePickle } from './pickle/write.ts';
export type { ModelContent, SharedContent } from './content.ts';
export { requireRoom } from './room.ts';
export { saveModel, type NewModel, type SavedModel } from './save.ts';
export { saveSharedModel, type NewSharedModel } from './save-shared.ts';
export { readModel, readModelFile } from './load.ts';
export { listModelFiles, removeModel } from './files.ts';
export {
  listCheckpoints,
  readCheckpoint,
  removeCheckpoint,
  removeCheckpointFile,
  writeCheckpoint,
  type Checkpoint,
  type CheckpointFile,
} from './checkpoint.ts';
export { requireWritable } from './writable.ts';
