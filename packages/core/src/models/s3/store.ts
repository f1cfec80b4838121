import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { strategyTypes } from '@ml-training/sdk';
import { FleetError } from '../../errors.ts';
import { cacheFolder, modelCache } from '../cache.ts';
import { checkpointPath, jobOfCheckpoint, maxCheckpointBytes } from '../checkpoint-files.ts';
import { isModelPath, modelNamed, modelTimestamp, type OnUnseen } from '../files.ts';
import { invalidModel } from '../invalid.ts';
import { symbolFolder } from '../path.ts';
import { maxModelBytes } from '../read-file.ts';
import { maxClashes, modelBytes, type NewModel, type SavedModel } from '../save.ts';
import type { Leftover, ModelSettings, ModelStore } from '../store.ts';
import { openBucket, type Bucket, type StoredObject } from './bucket.ts';
import { keyOf } from './keys.ts';
import { contentOfPointer, leftMs, pointedAt, saveShared, unusedContents } from './shared.ts';

const defaultCacheMb = 1024;
const trialName = '.writable_';

/**
 * Models as objects of an S3-compatible store, whose keys are the paths that they have in MODEL_DIR else. A PUT
 * writes all or nothing, and one with `If-None-Match: *` never over another's.
 */
export function s3Store(settings: ModelSettings): ModelStore {
  const bucket = openBucket(settings);
  const { MODEL_DIR, MODEL_CACHE_MB: cacheMb = defaultCacheMb } = settings;
  const cache = modelCache(cacheFolder(MODEL_DIR), cacheMb * 1e6);

  const readWhole = async (filePath: string): Promise<Uint8Array | null> => {
    const fetched = async (key: string): Promise<Uint8Array | null> => {
      const bytes = await bucket.get(key, maxModelBytes);
      if (typeof bytes === 'number')
        throw invalidModel(filePath)(`has ${bytes} bytes; it may have ${maxModelBytes} at most`);
      return bytes;
    };
    modelNamed(filePath);
    const bytes = await fetched(keyOf(filePath));
    const id = bytes === null ? null : pointedAt(bytes);
    return id === null ? bytes : fetched(contentOfPointer(filePath, id));
  };

  return {
    name: bucket.name,
    save: (model, now) => save(bucket, model, now),
    saveShared: (model, options) => saveShared(bucket, model, options?.now),
    read: async (filePath, registered) => {
      if (registered === undefined) return readWhole(filePath);
      const sha256 = registered.sha256.toLowerCase();
      const kept = await cache.read(sha256);
      if (kept !== null) return kept;
      const bytes = await readWhole(filePath);
      if (bytes !== null && sha256Of(bytes) === sha256) await cache.write(sha256, bytes);
      return bytes;
    },
    list: async (onUnseen) =>
      (await listAll(bucket, onUnseen)).flatMap(({ strategyType, key, size, modifiedAt }) => {
        const filePath = `models/${key}`;
        return isModelPath(filePath)
          ? [{ filePath, strategyType, sizeBytes: size, modifiedAt, temporary: false }]
          : [];
      }),
    remove: async (filePath) => {
      modelNamed(filePath);
      return removeIfThere(bucket, keyOf(filePath));
    },
    freedBytes: async (filePaths) => {
      const going = new Set(filePaths.map(keyOf));
      const contents = await unusedContents(bucket, new Date(), going);
      for (const { key } of contents) going.add(key);
      const gone = (await listAll(bucket)).filter(({ key }) => going.has(key));
      return gone.reduce((sum, { size }) => sum + size, 0);
    },
    // A bucket has no end that could be asked for; a server that is full says so of each write.
    requireRoom: () => Promise.resolve(),
    requireUsable: () => tryObject(bucket, ''),
    requireWritable: (strategyType) => tryObject(bucket, `${strategyType}/`),
    leftovers: async (now) => [
      ...(await unusedContents(bucket, now)).map(({ key }): Leftover => ({
        name: key,
        what: 'shared content',
        why: 'no model has it any more',
      })),
      ...(await leftTrials(bucket, now)),
    ],
    removeLeftover: (key) => removeIfThere(bucket, key),
    checkpoints: {
      write: (job, bytes) => bucket.put(checkpointPath(job), bytes),
      read: async (job) => {
        const bytes = await bucket.get(checkpointPath(job), maxCheckpointBytes);
        if (typeof bytes !== 'number') return bytes;
        throw new FleetError('MODEL_FILE_INVALID', `${checkpointPath(job)} has ${bytes} bytes, too many`);
      },
      remove: async (job) => ((await removeIfThere(bucket, checkpointPath(job))) ? 1 : 0),
      list: async (onUnseen) =>
        (await listAll(bucket, onUnseen)).flatMap(({ key, modifiedAt }) => {
          const jobId = jobOfCheckpoint(path.posix.basename(key));
          return jobId === undefined ? [] : [{ file: key, jobId, modifiedAt, temporary: false }];
        }),
      removeFile: ({ file }) => removeIfThere(bucket, file),
    },
  };
}

/** See checkModelStore. */
export const checkS3Store = (settings: ModelSettings): Promise<void> =>
  tryObject(openBucket(settings), '', true);

async function save(bucket: Bucket, model: NewModel, now = new Date()): Promise<SavedModel> {
  const folder = `${model.strategy_type}/${symbolFolder(model.symbol)}`;
  for (let clashes = 0; clashes <= maxClashes; clashes++) {
    const timestamp = modelTimestamp(new Date(now.getTime() + 1000 * clashes));
    const bytes = modelBytes(model, timestamp);
    const key = `${folder}/model_${timestamp}.pkl`;
    if (await bucket.putNew(key, bytes))
      return { filePath: `models/${key}`, sha256: sha256Of(bytes), sizeBytes: bytes.length, timestamp };
  }
  throw new Error(
    `no free name for a model in ${bucket.name}/${folder}: ${maxClashes} seconds from ${now.toISOString()} ` +
      'are taken',
  );
}

async function listAll(
  bucket: Bucket,
  onUnseen?: OnUnseen,
): Promise<(StoredObject & { readonly strategyType: string })[]> {
  const found = [];
  for (const strategyType of strategyTypes())
    try {
      for (const object of await bucket.list(`${strategyType}/`)) found.push({ ...object, strategyType });
    } catch (error) {
      if (onUnseen === undefined) throw error;
      onUnseen(`models/${strategyType}/`, error);
    }
  return found;
}

async function removeIfThere(bucket: Bucket, key: string): Promise<boolean> {
  if (!(await bucket.has(key))) return false;
  await bucket.remove(key);
  return true;
}

/**
 * Writes an object that must not be there, twice, and deletes it: on a server that takes no heed of the condition
 * one trainer could write its model over another's.
 * @param whole reads and lists it besides
 */
async function tryObject(bucket: Bucket, folder: string, whole = false): Promise<void> {
  const key = `${folder}${trialName}${randomBytes(6).toString('hex')}.tmp`;
  const trial = `a trial file in ${folder === '' ? 'its root' : folder}`;
  const bytes = Buffer.from('whether models can be written here');
  const refuse = (what: string): FleetError =>
    new FleetError('MODEL_STORE_REFUSED', `the server of ${bucket.name} (MODEL_STORE) ${what}`);
  try {
    const [isNew, again] = [await bucket.putNew(key, bytes, trial), await bucket.putNew(key, bytes, trial)];
    if (!isNew || again)
      throw refuse(
        'does not honour "If-None-Match: *" of a PUT, without which one trainer may write over another\'s model; ' +
          'use a server, or a version of it, that does',
      );
    if (!whole) return;
    const read = await bucket.get(key, bytes.length);
    if (!(read instanceof Uint8Array) || !bytes.equals(read))
      throw refuse('gives back something else than was written; look at it and at what is in between');
    if (!(await bucket.list(key)).some((one) => one.key === key))
      throw refuse('does not list what was written; use a server with strong read-after-write consistency');
  } finally {
    await bucket.remove(key).catch(() => undefined);
  }
}

/** Trial objects of processes that were killed before they could remove them. */
async function leftTrials(bucket: Bucket, now: Date): Promise<Leftover[]> {
  const folders = ['', ...strategyTypes().map((strategyType) => `${strategyType}/`)];
  const found = [];
  for (const folder of folders) found.push(...(await bucket.list(`${folder}${trialName}`)));
  return found
    .filter(({ modifiedAt }) => now.getTime() - modifiedAt.getTime() >= leftMs)
    .map(({ key }) => ({ name: key, what: 'trial object', why: 'whoever wrote it was killed' }));
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
