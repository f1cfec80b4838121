import { createHash, randomBytes } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isErrno } from '../errno.ts';
import { FleetError } from '../errors.ts';
import { locateModel } from './files.ts';
import { fillAndClose, makeReadable, syncFolder } from './folder.ts';
import { readModelBytes } from './load.ts';
import { maxModelBytes, readRegularFile } from './read-file.ts';
import type { ModelsPlace, RegisteredFile } from './store.ts';

export interface Pulled {
  /** Files whose bytes were written. */
  readonly written: number;
  /** Further names of files, which take no room. */
  readonly linked: number;
  /** There already, by their sum. */
  readonly kept: number;
}

type Row = RegisteredFile & { readonly file_path: string };

/**
 * Copies models into a folder, as the guide's tree: `<folder>/<strategy>/<SYMBOL>/model_YYYYMMDD_HHMMSS.pkl`. A file
 * appears whole and of the sum that was registered, or not at all; what is there already stays; what several
 * symbols share is one file with several names, where the file system has such.
 * @param onProblem told of a model that can't be read; the others are copied all the same
 * @throws what the file system says where nothing can be written
 */
export async function pullModels(
  place: ModelsPlace,
  rows: readonly Row[],
  folder: string,
  onProblem: (filePath: string, error: unknown) => void,
): Promise<Pulled> {
  const counts = { written: 0, linked: 0, kept: 0 };
  /** By their sum: files that are right. */
  const there = new Map<string, string>();
  const files = rows.map((row) => ({ row, file: locateModel(folder, row.file_path).absolute }));
  for (const { row, file } of files) {
    if (!(await isWhole(file, row, there))) continue;
    there.set(row.sha256, file);
    counts.kept += 1;
  }
  const whole = new Set(there.values());
  for (const { row, file } of files) {
    if (whole.has(file) || (await isWhole(file, row, there))) continue;
    const same = there.get(row.sha256);
    await makeReadable(folder, path.dirname(file));
    if (same !== undefined && (await linkTo(same, file))) counts.linked += 1;
    else {
      let bytes: Uint8Array;
      try {
        bytes = await readModelBytes(place, row.file_path, row);
      } catch (error) {
        if (!(error instanceof FleetError) || error.infrastructure) throw error;
        onProblem(row.file_path, error);
        continue;
      }
      await writeWhole(file, bytes);
      counts.written += 1;
    }
    there.set(row.sha256, file);
  }
  return counts;
}

/** @param there files known to be right, one of which it may be another name of */
async function isWhole(file: string, { sha256 }: Row, there: ReadonlyMap<string, string>): Promise<boolean> {
  const same = there.get(sha256);
  if (same !== undefined && (await isSameFile(file, same))) return true;
  const bytes = await readRegularFile(
    file,
    { within: null, maxBytes: maxModelBytes },
    (problem) => new FleetError('MODEL_FILE_INVALID', `${file} ${problem}`),
  ).catch(() => null);
  return bytes !== null && createHash('sha256').update(bytes).digest('hex') === sha256;
}

async function isSameFile(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map((file) => stat(file).catch(() => null)));
  return one != null && other != null && one.ino === other.ino && one.dev === other.dev;
}

const temporaryOf = (file: string): string =>
  path.join(path.dirname(file), `.${path.basename(file)}_${randomBytes(4).toString('hex')}.tmp`);

/** @returns false on a file system that can't, or can't do it once more */
async function linkTo(from: string, file: string): Promise<boolean> {
  const temporary = temporaryOf(file);
  try {
    await link(from, temporary);
    await rename(temporary, file);
    return true;
  } catch (error) {
    await rm(temporary, { force: true });
    if (isErrno(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK', 'EACCES')) return false;
    throw error;
  }
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const temporary = temporaryOf(file);
  try {
    const handle = await open(temporary, 'wx', 0o644);
    await fillAndClose(handle, bytes);
    await rename(temporary, file);
    await syncFolder(path.dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
