import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { isErrno } from '../errno.ts';
import { FleetError } from '../errors.ts';

/**
 * What must be free for a training to begin: a model has 0.03 to 0.2 MB here and 50 at most in the guide, and
 * a checkpoint as much again. Less is a disk that is full.
 */
const minBytes = 64 * 2 ** 20;

/** What `statfs` says, of that what counts. */
export interface Space {
  readonly blocks: number;
  readonly bavail: number;
  readonly bsize: number;
  readonly files: number;
  readonly ffree: number;
}

/**
 * Makes sure that a training's files will find room, before hours of training find out.
 * @throws FleetError DISK_FULL with the folder, what is free and what is needed
 */
export async function requireRoom(modelDir: string): Promise<void> {
  const space = await spaceAt(modelDir);
  const lack = space === null ? null : lackOf(space);
  if (lack !== null)
    throw new FleetError(
      'DISK_FULL',
      `${lack} in ${modelDir} (MODEL_DIR): free some space or quota, or lower MODEL_RETENTION_DAYS ` +
        'or MODEL_KEEP_LAST',
    );
}

/** What there is too little of, in words; null when there is enough, or the file system counts nothing. */
export function lackOf({ blocks, bavail, bsize, files, ffree }: Space): string | null {
  const free = bavail * bsize;
  if (blocks > 0 && free < minBytes)
    return `${megabytes(free)} MB are free, a training needs ${megabytes(minBytes)}`;
  return files > 0 && ffree === 0 ? 'no more files can be made (no inode is free)' : null;
}

const megabytes = (bytes: number): number => Math.floor(bytes / 1e5) / 10;

/** Of the folder, or of the nearest one above it that is there; null where nobody says. */
export async function spaceAt(folder: string): Promise<Space | null> {
  try {
    return await statfs(folder);
  } catch (error) {
    const parent = path.dirname(path.resolve(folder));
    // Anything else is for those to say who write there.
    return isErrno(error, 'ENOENT') && parent !== folder ? spaceAt(parent) : null;
  }
}
