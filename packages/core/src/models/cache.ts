import { createHash, randomBytes } from 'node:crypto';
import { chmod, lstat, readdir, rename, rm, rmdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isErrno } from '../errno.ts';
import { refuseEscape } from './files.ts';
import { ignoreUnsupported, makeReadable } from './folder.ts';
import { maxModelBytes, readRegularFile } from './read-file.ts';
import { FleetError } from '../errors.ts';

/** Model files of a store that is elsewhere, kept on this machine under the sum of their bytes. */
export interface ModelCache {
  /** @returns null where it isn't kept, or no more as it was */
  read(sha256: string): Promise<Uint8Array | null>;
  /** Keeps a file where that can be done; what was used longest ago goes first. */
  write(sha256: string, bytes: Uint8Array): Promise<void>;
}

const keptName = /^[0-9a-f]{64}\.pkl$/;
const temporaryName = /^\.[0-9a-f]{64}_[0-9a-f]{8}\.tmp$/;
/** Writing takes a moment; older than this it was left by a process that was killed. */
const writingMs = 600_000;
/** Where no store is read any more: a process that has not been restarted yet may still use it. */
const disusedMs = 86_400_000;

export const cacheFolder = (modelDir: string): string => path.join(modelDir, '.cache');

/**
 * Any number of processes may share the folder: a file appears whole, by a rename, and who is reading one that
 * another deletes reads on.
 * @param maxBytes of all files; 0 keeps none
 */
export function modelCache(folder: string, maxBytes: number): ModelCache {
  if (maxBytes <= 0) return { read: () => Promise.resolve(null), write: () => Promise.resolve() };
  const fileOf = (sha256: string): string => path.join(folder, `${sha256}.pkl`);
  return {
    read: async (sha256) => {
      const file = fileOf(sha256);
      // Nothing that lies here may keep a model from being read from its store.
      const bytes = await readRegularFile(
        file,
        { within: null, maxBytes: maxModelBytes },
        (problem) => new FleetError('MODEL_FILE_INVALID', `${file} ${problem}`),
      ).catch(() => null);
      if (bytes === null) return null;
      if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
        await rm(file, { force: true }).catch(() => undefined);
        return null;
      }
      const now = new Date();
      await utimes(file, now, now).catch(() => undefined);
      return bytes;
    },
    write: async (sha256, bytes) => {
      if (bytes.length > maxBytes) return;
      const temporary = path.join(folder, `.${sha256}_${randomBytes(4).toString('hex')}.tmp`);
      try {
        await makeReadable(path.dirname(folder), folder);
        await writeFile(temporary, bytes, { flag: 'wx' });
        await chmod(temporary, 0o644).catch(ignoreUnsupported);
        await rename(temporary, fileOf(sha256));
        await evict(folder, maxBytes);
      } catch {
        // A folder that can't be written to, or a disk that is full: the model was read all the same.
        await rm(temporary, { force: true }).catch(() => undefined);
      }
    },
  };
}

/**
 * Of a cache that is kept no more: copies that nobody has used for a day, and what was left half-written.
 * @returns their paths below MODEL_DIR
 */
export async function disusedCopies(modelDir: string, now: Date): Promise<string[]> {
  const folder = cacheFolder(modelDir);
  try {
    await refuseEscape(modelDir, folder);
    return (await copiesIn(folder))
      .filter(({ kept, usedAt }) => now.getTime() - usedAt >= (kept ? disusedMs : writingMs))
      .map(({ file }) => path.relative(modelDir, file))
      .sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Removes one of `disusedCopies`, and the folder with the last of what lies there. @returns false if it was gone */
export async function removeCopy(modelDir: string, copy: string): Promise<boolean> {
  try {
    await refuseEscape(modelDir, cacheFolder(modelDir));
    await rm(path.join(modelDir, copy));
    await rmdir(cacheFolder(modelDir)).catch(() => undefined);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

interface Copy {
  readonly file: string;
  readonly size: number;
  /** ms since the epoch. */
  readonly usedAt: number;
  /** Whole, under its name. */
  readonly kept: boolean;
}

/** What the cache itself wrote; anything else that lies there is somebody else's. */
async function copiesIn(folder: string): Promise<Copy[]> {
  const names = await readdir(folder);
  const found = await Promise.all(
    names
      .filter((name) => keptName.test(name) || temporaryName.test(name))
      .map(async (name) => {
        const file = path.join(folder, name);
        const facts = await lstat(file).catch(() => null); // Another process may have deleted it.
        if (facts?.isFile() !== true) return [];
        return [{ file, size: facts.size, usedAt: facts.mtimeMs, kept: keptName.test(name) }];
      }),
  );
  return found.flat();
}

/** Deletes what was used longest ago, until the rest fits. */
async function evict(folder: string, maxBytes: number): Promise<void> {
  const copies = await copiesIn(folder);
  for (const { file, kept, usedAt } of copies)
    if (!kept && Date.now() - usedAt > writingMs) await rm(file, { force: true });
  const kept = copies.filter((copy) => copy.kept).sort((a, b) => a.usedAt - b.usedAt);
  let total = kept.reduce((sum, { size }) => sum + size, 0);
  for (const { file, size } of kept) {
    if (total <= maxBytes) return;
    await rm(file, { force: true });
    total -= size;
  }
}
