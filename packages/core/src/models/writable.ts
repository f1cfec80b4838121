import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { StrategyType } from '@ml-training/sdk';
import { isErrno } from '../errno.ts';
import { FleetError } from '../errors.ts';
import { makeFolder } from './folder.ts';
import { modelFolder } from './path.ts';

/**
 * What the operating system says where no file can be made, be it the folder, one above it, or their file
 * system.
 */
const refusals = [
  ...['EACCES', 'EPERM', 'EROFS'],
  ...['ENOTDIR', 'EEXIST', 'EISDIR', 'ENOENT', 'ELOOP', 'ENAMETOOLONG', 'ENXIO', 'ENODEV'],
];

/**
 * Makes sure that models of a strategy and symbol can be written, before a training takes its time: makes a
 * file, and deletes it. Makes MODEL_DIR and the strategy's folder where they are missing.
 * @param symbol whose folder is tried as well, where it is there; null for a job over all symbols
 * @throws FleetError MODEL_DIR_NOT_WRITABLE; MODEL_FILE_INVALID when a link leads out of MODEL_DIR
 */
export async function requireWritable(
  modelDir: string,
  strategyType: StrategyType,
  symbol: string | null,
): Promise<void> {
  const folder = path.join(modelDir, strategyType);
  try {
    await makeFolder(modelDir, folder, strategyType);
    await tryFile(folder);
    if (symbol !== null)
      await tryFile(modelFolder(modelDir, strategyType, symbol)).catch((error: unknown) => {
        if (!isErrno(error, 'ENOENT')) throw error;
      });
  } catch (error) {
    throw notWritable(modelDir, folder, error) ?? error;
  }
}

async function tryFile(folder: string): Promise<void> {
  const file = path.join(folder, `.writable_${randomBytes(6).toString('hex')}.tmp`);
  const handle = await open(file, 'wx');
  await handle.close();
  await rm(file);
}

/**
 * MODEL_DIR_NOT_WRITABLE where an error means that, with its cause and what to do; null for any other error.
 */
export function notWritable(modelDir: string, folder: string, error: unknown): FleetError | null {
  if (!isErrno(error, ...refusals)) return null;
  return new FleetError(
    'MODEL_DIR_NOT_WRITABLE',
    `no model file can be written in ${folder} (${error.message}): ${adviceOn(error, modelDir)}`,
    { cause: error },
  );
}

function adviceOn(error: NodeJS.ErrnoException, modelDir: string): string {
  if (isErrno(error, 'EROFS')) return `the file system is read-only: mount ${modelDir} (MODEL_DIR) writable`;
  if (isErrno(error, 'EACCES', 'EPERM'))
    return `let the trainer's user (uid ${process.getuid?.() ?? 'unknown'}) write below MODEL_DIR`;
  return (
    `${modelDir} (MODEL_DIR) must be a folder, or a path where one can be made, with nothing else in ` +
    'its way'
  );
}
