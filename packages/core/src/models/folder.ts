import { chmod, mkdir, open, readdir, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { isErrno } from '../errno.ts';
import { FleetError } from '../errors.ts';
import { refuseEscape } from './files.ts';

/**
 * Makes the folder that a symbol's files lie in, readable by the bots of other users, whatever this process's
 * umask.
 * @throws FleetError SYMBOL_INVALID on a file system that takes it for another symbol's; MODEL_FILE_INVALID
 *   when a link leads out of MODEL_DIR
 */
export async function makeFolder(modelDir: string, folder: string, symbol: string): Promise<void> {
  await makeReadable(modelDir, folder);
  refuseOtherCase(new Set(await readdir(path.dirname(folder))), folder, symbol);
}

/** As `makeFolder`, but for the look whether the folder is another symbol's. */
export async function makeReadable(modelDir: string, folder: string): Promise<void> {
  const first = await makeAll(folder);
  if (first !== undefined) {
    const below = path.relative(path.dirname(first), folder).split(path.sep);
    for (let made = folder, i = 0; i < below.length; made = path.dirname(made), i++) {
      await chmod(made, 0o755).catch(ignoreUnsupported);
      await syncFolder(path.dirname(made));
    }
  }
  await refuseEscape(modelDir, folder);
}

/**
 * Makes sure that a file system which ignores case has not given us the folder of another symbol.
 * @param names what lies beside the folder, now that it is made
 * @throws FleetError SYMBOL_INVALID
 */
export function refuseOtherCase(names: ReadonlySet<string>, folder: string, symbol: string): void {
  if (names.has(path.basename(folder))) return;
  throw new FleetError(
    'SYMBOL_INVALID',
    `symbol ${JSON.stringify(symbol)} can't be told from another one in ${path.dirname(folder)}, a file system ` +
      'that ignores case: ' +
      'use one spelling, or point MODEL_DIR to a file system that tells them apart',
  );
}

/**
 * Makes a folder and those above it. (Not by Node's own `recursive`: where the system says ENOENT although
 * the folder above is there, as below /proc, Node 24 tries again for ever.)
 * @returns the uppermost that was made; undefined when all were there
 */
async function makeAll(folder: string): Promise<string | undefined> {
  try {
    return (await makeOne(folder)) ? folder : undefined;
  } catch (error) {
    if (!isErrno(error, 'ENOENT') || path.dirname(folder) === folder) throw error;
  }
  const first = await makeAll(path.dirname(folder));
  return (await makeOne(folder)) ? (first ?? folder) : first;
}

/** @returns whether it was made; false when it was there */
async function makeOne(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST') && (await stat(folder)).isDirectory()) return false;
    throw error;
  }
}

/**
 * What is ours can always be given another mode, save on a file system without modes (vfat, some network
 * ones).
 */
export function ignoreUnsupported(error: unknown): void {
  if (!isErrno(error, 'EPERM', 'ENOTSUP')) throw error;
}

/** Writes a new file, readable by the bots of other users, whose content then outlives a power cut. */
export async function fillAndClose(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  try {
    await handle.chmod(0o644).catch(ignoreUnsupported);
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes names in a folder last through a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems can't sync a folder; they write names at once.
    if (!isErrno(error, 'EINVAL', 'ENOTSUP')) throw error;
  } finally {
    await handle.close();
  }
}
