import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** What was installed, so that the next set-up sees without reading the files whether it still stands. */
export interface Stamp {
  /** Where the files are from, version and checksum included. */
  readonly source: string;
  readonly version: string;
  readonly files: readonly FileStamp[];
}

interface FileStamp {
  /** Relative to the stamp, so that a moved or copied checkout keeps its stamps. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

export type StampCheck =
  | { readonly state: 'fits'; readonly stamp: Stamp }
  | { readonly state: 'absent' }
  | { readonly state: 'broken'; readonly why: string };

/** Hex sha256 of a file, read as a stream. */
export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** Writes the stamp of files that stand where they belong; to be called once they have proved to work. */
export async function writeStamp(
  stampPath: string,
  facts: { source: string; version: string },
  paths: readonly string[],
): Promise<Stamp> {
  const files = await Promise.all(paths.map((path) => stampOf(dirname(stampPath), path)));
  const stamp = { ...facts, files };
  await writeFile(`${stampPath}.partial`, `${JSON.stringify(stamp, null, 2)}\n`);
  await rename(`${stampPath}.partial`, stampPath);
  return stamp;
}

/**
 * Compares files with their stamp: by size and time, and
 * by content where only the time differs (a copied tree).
 *
 * @param source when given, files from elsewhere count as broken
 */
export async function checkStamp(stampPath: string, source?: string): Promise<StampCheck> {
  const stamp = await readStamp(stampPath);
  if (stamp === undefined) return { state: 'absent' };
  if (source !== undefined && stamp.source !== source)
    return { state: 'broken', why: `is from ${stamp.source}, wanted is ${source}` };
  let moved = false;
  for (const file of stamp.files) {
    const path = join(dirname(stampPath), file.path);
    const info = await stat(path).catch(() => undefined);
    if (info === undefined) return { state: 'broken', why: `${basename(path)} is missing` };
    if (info.size !== file.size)
      return { state: 'broken', why: `${basename(path)} has ${info.size} bytes instead of ${file.size}` };
    if (info.mtimeMs === file.mtimeMs) continue;
    if ((await sha256(path)) !== file.sha256)
      return { state: 'broken', why: `${basename(path)} is not what was installed` };
    moved = true;
  }
  if (moved) {
    const paths = stamp.files.map((file) => join(dirname(stampPath), file.path));
    // Only saves the next check the reading; a read-only tree does without.
    await writeStamp(stampPath, stamp, paths).catch(() => undefined);
  }
  return { state: 'fits', stamp };
}

async function stampOf(base: string, path: string): Promise<FileStamp> {
  const { size, mtimeMs } = await stat(path);
  return { path: relative(base, path), size, mtimeMs, sha256: await sha256(path) };
}

async function readStamp(stampPath: string): Promise<Stamp | undefined> {
  try {
    // Written above; a stamp that was cut short doesn't parse and counts as none.
    return JSON.parse(await readFile(stampPath, 'utf8')) as Stamp;
  } catch {
    return undefined;
  }
}
