import { createHash, randomBytes } from 'node:crypto';
import { strategyTypes } from '@ml-training/sdk';
import { FleetError } from '../../errors.ts';
import { modelNamed, modelTimestamp } from '../files.ts';
import { symbolFolder } from '../path.ts';
import { parsePickle } from '../pickle/parse.ts';
import { writePickle } from '../pickle/write.ts';
import { groupsOf, sharedBytes, type NewSharedModel, type SavedSharedModel } from '../save-shared.ts';
import { maxClashes, refuseUnreadable, type SavedModel } from '../save.ts';
import type { Bucket, StoredObject } from './bucket.ts';
import { keyOf } from './keys.ts';

// A model over several symbols is one object, the content, at strategy/@shared/model_SECOND_ID.pkl (no symbol's
// folder has an @). By each symbol's own key there is a pointer to it: a small pickle with the content's id, which
// is random, so that nobody else ever deletes it.

const pointerVersion = 4;
/** A pointer has some 200 bytes. */
const maxPointerBytes = 1024;
/** Between a content and its pointers lie seconds; what is older and has none will have none. */
export const leftMs = 3_600_000;
const atOnce = 16;

const contentKey = (strategyType: string, timestamp: string, id: string): string =>
  `${strategyType}/@shared/model_${timestamp}_${id}.pkl`;
const contentName = /^[a-z0-9_-]+\/@shared\/model_(\d{8}_\d{6})_([0-9a-f]{32})\.pkl$/;

/** The id of the content that a pointer names; null where the bytes are something else, as a model itself. */
export function pointedAt(bytes: Uint8Array): string | null {
  if (bytes.length > maxPointerBytes) return null;
  try {
    const found = parsePickle(bytes, 'a pointer to a model');
    if (typeof found !== 'object' || found === null || !('content' in found)) return null;
    const { format_version: version, content } = found;
    return version === pointerVersion && typeof content === 'string' ? content : null;
  } catch {
    // Damaged, which whoever checks the sum says better.
    return null;
  }
}

/** The key of the content that a model's pointer names. */
export function contentOfPointer(filePath: string, id: string): string {
  const { strategyType, timestamp = '' } = modelNamed(filePath);
  return contentKey(strategyType, timestamp, id);
}

/** See ModelStore.saveShared. */
export async function saveShared(
  bucket: Bucket,
  model: NewSharedModel,
  now = new Date(),
): Promise<SavedSharedModel> {
  const groups = groupsOf(model);
  const name = `the model of ${model.strategyType}`;
  for (const group of groups) refuseUnreadable(sharedBytes(model, group, modelTimestamp(now)), name);
  const files = new Map<string, SavedModel>();
  const refused: [symbol: string, error: unknown][] = [];
  try {
    for (const group of groups)
      for (const [symbol, file] of await saveGroup(bucket, model, nameable(group, refused), now))
        files.set(symbol, file);
    return { files, refused, unlinked: null };
  } catch (error) {
    await removeAll(
      bucket,
      [...files.values()].map(({ filePath }) => keyOf(filePath)),
    );
    throw error;
  }
}

/** Those that a key can be made of; the others are added to `refused`. */
function nameable(symbols: readonly string[], refused: [symbol: string, error: unknown][]): string[] {
  return symbols.filter((symbol) => {
    try {
      symbolFolder(symbol);
      return true;
    } catch (error) {
      refused.push([symbol, error]);
      return false;
    }
  });
}

/** All keys of one second, or, where one of them is taken, none of it and the next second. */
async function saveGroup(
  bucket: Bucket,
  model: NewSharedModel,
  symbols: readonly string[],
  now: Date,
): Promise<[symbol: string, file: SavedModel][]> {
  if (symbols.length === 0) return [];
  const { strategyType } = model;
  for (let clashes = 0; clashes <= maxClashes; clashes++) {
    const timestamp = modelTimestamp(new Date(now.getTime() + 1000 * clashes));
    const keys = symbols.map((symbol) => `${strategyType}/${symbolFolder(symbol)}/model_${timestamp}.pkl`);
    if (await bucket.has(keys[0]!)) continue;
    const bytes = sharedBytes(model, symbols, timestamp);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const id = randomBytes(16).toString('hex');
    const content = contentKey(strategyType, timestamp, id);
    const pointer = writePickle({
      format_version: pointerVersion,
      strategy_type: strategyType,
      timestamp,
      content: id,
      sha256,
    });
    const made = [content];
    try {
      await bucket.put(content, bytes);
      if (await pointAll(bucket, keys, pointer, made)) {
        // Who stood still for an hour in between may find it swept.
        if (!(await bucket.has(content)))
          throw new FleetError('MODEL_STORE_UNAVAILABLE', `${content} was deleted while its model was saved`);
        return symbols.map((symbol, i) => [
          symbol,
          { filePath: `models/${keys[i]!}`, sha256, sizeBytes: bytes.length, timestamp },
        ]);
      }
    } catch (error) {
      await removeAll(bucket, made.reverse());
      throw error;
    }
    await removeAll(bucket, made.reverse());
  }
  throw new Error(
    `no free name for a model of ${strategyType} in ${bucket.name}: ${maxClashes} seconds from ` +
      `${now.toISOString()} are taken`,
  );
}

/**
 * The first alone, so that of two that save the same symbols at once one sees at once that it is late.
 * @param made gets the keys that were made
 * @returns false where one of the keys is taken
 */
async function pointAll(
  bucket: Bucket,
  keys: readonly string[],
  pointer: Uint8Array,
  made: string[],
): Promise<boolean> {
  const [first, ...others] = keys;
  const groups = [
    [first!],
    ...Array.from({ length: Math.ceil(others.length / atOnce) }, (_, i) =>
      others.slice(i * atOnce, (i + 1) * atOnce),
    ),
  ];
  for (const group of groups) {
    const results = await Promise.allSettled(
      group.map(async (key) => {
        const isNew = await bucket.putNew(key, pointer);
        if (isNew) made.push(key);
        return isNew;
      }),
    );
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    if (results.some((result) => result.status === 'fulfilled' && !result.value)) return false;
  }
  return true;
}

/** What can't be removed is swept later: a pointer without a row, a content without a pointer. */
async function removeAll(bucket: Bucket, keys: readonly string[]): Promise<void> {
  for (let i = 0; i < keys.length; i += atOnce)
    await Promise.allSettled(keys.slice(i, i + atOnce).map((key) => bucket.remove(key)));
}

/**
 * Contents that no pointer names.
 * @param going keys of pointers that are not to count
 */
export async function unusedContents(
  bucket: Bucket,
  now: Date,
  going: ReadonlySet<string> = new Set(),
): Promise<StoredObject[]> {
  const unused: StoredObject[] = [];
  for (const strategyType of strategyTypes()) {
    const objects = await bucket.list(`${strategyType}/`);
    /** What each pointer names, read once. */
    const named = new Map<string, Promise<string | null>>();
    const read = (key: string): Promise<string | null> => {
      const known = named.get(key) ?? pointerAt(bucket, key);
      named.set(key, known);
      return known;
    };
    for (const object of objects) {
      const [, timestamp, id] = contentName.exec(object.key) ?? [];
      if (timestamp === undefined || now.getTime() - object.modifiedAt.getTime() < leftMs) continue;
      const names = objects.filter(
        ({ key, size }) =>
          key.endsWith(`/model_${timestamp}.pkl`) && size <= maxPointerBytes && !going.has(key),
      );
      let used = false;
      for (const { key } of names) if ((used ||= (await read(key)) === id)) break;
      if (!used) unused.push(object);
    }
  }
  return unused;
}

async function pointerAt(bucket: Bucket, key: string): Promise<string | null> {
  const bytes = await bucket.get(key, maxPointerBytes);
  return bytes instanceof Uint8Array ? pointedAt(bytes) : null;
}
