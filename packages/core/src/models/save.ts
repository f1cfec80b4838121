import { createHash } from 'node:crypto';
import { access, open, rename, rm, statfs, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { isErrno } from '../errno.ts';
import { FleetError } from '../errors.ts';
import { checkContent, formatVersion, type ModelContent } from './content.ts';
import { modelFileName, modelTimestamp, temporaryFileName } from './files.ts';
import { fillAndClose, makeFolder, syncFolder } from './folder.ts';
import { modelFolder } from './path.ts';
import { parsePickle } from './pickle/parse.ts';
import { writePickle } from './pickle/write.ts';
import { maxModelBytes } from './read-file.ts';
import { notWritable } from './writable.ts';

/**
 * Seconds tried after the present one before giving up; as many models of one strategy and symbol in a row.
 */
export const maxClashes = 3600;

export type NewModel = Omit<ModelContent, 'timestamp' | 'format_version'>;

export interface SavedModel {
  /** As the registry has it: `models/` and the path below MODEL_DIR. */
  readonly filePath: string;
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly timestamp: string;
}

/**
 * Writes a model to `<modelDir>/<strategy>/<SYMBOL>/model_YYYYMMDD_HHMMSS.pkl` (UTC; where that is taken, the
 * next free second), so that either the whole file is there, on disk, under its name, or nothing is. Any
 * number of processes may save models of one strategy and symbol at once; a file is never overwritten.
 * @param now the time to name the file after
 * @throws FleetError SYMBOL_INVALID; DISK_FULL with the folder and the bytes needed; MODEL_DIR_NOT_WRITABLE;
 *   MODEL_FILE_INVALID for a content that could not be read back
 */
export async function saveModel(modelDir: string, model: NewModel, now = new Date()): Promise<SavedModel> {
  const folder = modelFolder(modelDir, model.strategy_type, model.symbol);
  let bytes = modelBytes(model, modelTimestamp(now));
  try {
    await makeFolder(modelDir, folder, model.symbol);
    const { handle, timestamp } = await reserve(folder, now);
    if (timestamp !== modelTimestamp(now)) bytes = modelBytes(model, timestamp);
    await publish(handle, folder, timestamp, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { filePath: storedPathOf(folder, timestamp), sha256, sizeBytes: bytes.length, timestamp };
  } catch (error) {
    throw await inOurWords(error, modelDir, folder, bytes.length);
  }
}

/**
 * A model's whole file, of a second.
 * @throws FleetError MODEL_FILE_INVALID for a content that could not be read back
 */
export function modelBytes(model: NewModel, timestamp: string): Buffer {
  const { strategy_type, symbol, ...rest } = model;
  const content: ModelContent = { strategy_type, symbol, timestamp, ...rest, format_version: formatVersion };
  const bytes = writePickle(content);
  refuseUnreadable(bytes, `the model of ${strategy_type} and ${symbol}`);
  return bytes;
}

/** As the registry has it, of a file in a symbol's folder. */
export function storedPathOf(folder: string, timestamp: string): string {
  const strategy = path.basename(path.dirname(folder));
  return ['models', strategy, path.basename(folder), modelFileName(timestamp)].join('/');
}

/**
 * Reads a file as every reader will: what would be refused there must not be registered.
 * @throws FleetError MODEL_FILE_INVALID
 */
export function refuseUnreadable(bytes: Uint8Array, name: string): void {
  if (bytes.length > maxModelBytes)
    throw new FleetError(
      'MODEL_FILE_INVALID',
      `${name} has ${bytes.length} bytes; it may have ${maxModelBytes} at most: train a smaller one`,
    );
  checkContent(parsePickle(bytes, name), name);
}

/** Of what the file system says: DISK_FULL or MODEL_DIR_NOT_WRITABLE where it means that. */
export async function inOurWords(
  error: unknown,
  modelDir: string,
  folder: string,
  bytes: number,
): Promise<unknown> {
  if (isErrno(error, 'ENOSPC', 'EDQUOT', 'EFBIG')) return diskFull(folder, bytes, error);
  return notWritable(modelDir, folder, error) ?? error;
}

/**
 * Finds a free second and reserves it by making its temporary file. Who has that one alone may make the model
 * file of the same second: it looks for it afterwards, and a rename makes the file appear at the instant the
 * temporary one goes.
 */
async function reserve(folder: string, now: Date): Promise<{ handle: FileHandle; timestamp: string }> {
  for (let clashes = 0; clashes <= maxClashes; clashes++) {
    const timestamp = modelTimestamp(new Date(now.getTime() + 1000 * clashes));
    const temporary = path.join(folder, temporaryFileName(timestamp));
    const handle = await open(temporary, 'wx', 0o644).catch((error: unknown) => {
      if (isErrno(error, 'EEXIST')) return undefined;
      throw error;
    });
    if (handle === undefined) continue;
    if (!(await exists(path.join(folder, modelFileName(timestamp))))) return { handle, timestamp };
    await handle.close();
    await rm(temporary);
  }
  throw new Error(
    `no free name for a model file in ${folder}: ${maxClashes} seconds from ${now.toISOString()} are taken`,
  );
}

async function publish(
  handle: FileHandle,
  folder: string,
  timestamp: string,
  bytes: Uint8Array,
): Promise<void> {
  const temporary = path.join(folder, temporaryFileName(timestamp));
  const final = path.join(folder, modelFileName(timestamp));
  let renamed = false;
  try {
    await fillAndClose(handle, bytes);
    await rename(temporary, final);
    renamed = true;
    await syncFolder(folder);
  } catch (error) {
    await rm(renamed ? final : temporary, { force: true });
    throw error;
  }
}

export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function diskFull(folder: string, bytes: number, cause: Error): Promise<FleetError> {
  const free = await statfs(folder).then(
    ({ bavail, bsize }) => `${bavail * bsize} bytes are free there`,
    () => 'free space unknown',
  );
  return new FleetError(
    'DISK_FULL',
    `no room for a model file of ${bytes} bytes in ${folder} (${free}; ${cause.message}): free some ` +
      'space or quota, or lower MODEL_RETENTION_DAYS or MODEL_KEEP_LAST',
    { cause },
  );
}
