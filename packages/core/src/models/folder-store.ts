import { stat } from 'node:fs/promises';
import path from 'node:path';
import {
  listCheckpointFiles,
  readCheckpointFile,
  removeCheckpointFile,
  removeCheckpointFiles,
  writeCheckpointFile,
} from './checkpoint-files.ts';
import { listModelFiles, locateModel, removeModel } from './files.ts';
import { invalidModel } from './invalid.ts';
import { maxModelBytes, readRegularFile } from './read-file.ts';
import { requireRoom } from './room.ts';
import { saveSharedModel } from './save-shared.ts';
import { saveModel } from './save.ts';
import type { ModelStore } from './store.ts';
import { requireWritable } from './writable.ts';

/** Models as files of a folder, MODEL_DIR. */
export const folderStore = (modelDir: string): ModelStore => ({
  name: modelDir,
  save: (model, now) => saveModel(modelDir, model, now),
  saveShared: (model, options) => saveSharedModel(modelDir, model, options),
  read: (filePath, registered) => {
    const size = registered?.size_bytes;
    return readRegularFile(
      locateModel(modelDir, filePath).absolute,
      { within: modelDir, maxBytes: maxModelBytes, bytes: size === undefined ? undefined : Number(size) },
      invalidModel(filePath),
    );
  },
  list: (onUnseen) => listModelFiles(modelDir, onUnseen),
  remove: (filePath) => removeModel(modelDir, filePath),
  freedBytes: (filePaths) => freedBytes(modelDir, filePaths),
  requireRoom: () => requireRoom(modelDir),
  // A folder that can't be written may be one strategy's alone.
  requireUsable: () => requireRoom(modelDir),
  requireWritable: (strategyType, symbol) => requireWritable(modelDir, strategyType, symbol),
  // A name is the file itself.
  leftovers: () => Promise.resolve([]),
  removeLeftover: () => Promise.resolve(false),
  checkpoints: {
    write: (job, bytes) => writeCheckpointFile(modelDir, job, bytes),
    read: (job) => readCheckpointFile(modelDir, job),
    remove: (job) => removeCheckpointFiles(modelDir, job),
    list: (onUnseen) => listCheckpointFiles(modelDir, onUnseen),
    removeFile: (file) => removeCheckpointFile(modelDir, file),
  },
});

/** What has several names, as a model over several symbols, is freed with the last of them. */
async function freedBytes(modelDir: string, filePaths: readonly string[]): Promise<number> {
  const files = new Map<string, { readonly size: number; readonly names: number; going: number }>();
  for (const filePath of filePaths) {
    const facts = await stat(path.join(modelDir, filePath.replace(/^models\//, ''))).catch(() => undefined);
    if (facts?.isFile() !== true) continue;
    const key = `${facts.dev} ${facts.ino}`;
    const known = files.get(key) ?? { size: facts.size, names: facts.nlink, going: 0 };
    known.going += 1;
    files.set(key, known);
  }
  return [...files.values()].reduce((sum, { size, names, going }) => sum + (going >= names ? size : 0), 0);
}
