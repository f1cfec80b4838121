import { createHash } from 'node:crypto';
import { link as linkFile, open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { ALL_SYMBOLS, type Artefact } from '@ml-training/sdk';
import { isErrno } from '../errno.ts';
import { FleetError } from '../errors.ts';
import { sharedFormatVersion, type OfSymbol, type SharedContent } from './content.ts';
import { entries, modelFileName, modelTimestamp, removeModel, temporaryFileName } from './files.ts';
import { fillAndClose, makeReadable, refuseOtherCase, syncFolder } from './folder.ts';
import { modelFolder } from './path.ts';
import { writePickle } from './pickle/write.ts';
import {
  exists,
  inOurWords,
  maxClashes,
  refuseUnreadable,
  saveModel,
  storedPathOf,
  type SavedModel,
} from './save.ts';

/** A model over several symbols, and what is each symbol's own. */
export interface NewSharedModel {
  readonly strategyType: string;
  readonly artefact: Artefact;
  /** Of all symbols together. */
  readonly metrics: SharedContent['metrics'];
  readonly lineage: SharedContent['lineage'];
  readonly symbols: ReadonlyMap<string, OfSymbol>;
}

export interface SavedSharedModel {
  /** By symbol. */
  readonly files: ReadonlyMap<string, SavedModel>;
  /** Symbols whose folder can't be written to, and why: a fault of theirs alone. */
  readonly refused: readonly (readonly [symbol: string, error: unknown])[];
  /** How many files were written besides the shared ones, as no hard link could be made, and why. */
  readonly unlinked: { readonly files: number; readonly why: string } | null;
}

export interface SharedOptions {
  readonly now?: Date;
  /** Gives a file a second name; a store that can't says so by an error of `noLink`. */
  readonly link?: Link;
}
type Link = (from: string, to: string) => Promise<void>;

/**
 * Names of one file. A file says some 300 parts of each symbol, and may have a million (pickle/value.ts); NTFS
 * lets a file have 1,023 names.
 */
const namesPerFile = 500;

/** Where links can't be made at all, at this place, or no more of them. */
const noLink = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK', 'EACCES'];

/**
 * Writes a model over several symbols once, under the name that each symbol's model has:
 * `<modelDir>/<strategy>/<SYMBOL>/model_YYYYMMDD_HHMMSS.pkl`, hard links to one file (to one for each 500 of
 * them). Where links can't be made a symbol gets a file of its own. As of `saveModel`, under a name there is
 * the whole file, on disk, or nothing; should this fail, nothing of it stays.
 * @param options.now the time to name the files after
 * @throws FleetError DISK_FULL, MODEL_DIR_NOT_WRITABLE; MODEL_FILE_INVALID for a content that could not be
 *   read back
 */
export async function saveSharedModel(
  modelDir: string,
  model: NewSharedModel,
  { now = new Date(), link = linkFile }: SharedOptions = {},
): Promise<SavedSharedModel> {
  const groups = groupsOf(model);
  for (const group of groups)
    refuseUnreadable(sharedBytes(model, group, modelTimestamp(now)), `the model of ${model.strategyType}`);
  const files = new Map<string, SavedModel>();
  const refused: [symbol: string, error: unknown][] = [];
  let unlinked = 0;
  let why = '';
  try {
    for (const group of groups) {
      const folders = await makeFolders(modelDir, model.strategyType, group, refused);
      const shared = await writeShared(modelDir, model, folders, { now, link });
      for (const [symbol, file] of shared.files) files.set(symbol, file);
      for (const symbol of shared.unlinked) files.set(symbol, await saveOwn(modelDir, model, symbol, now));
      unlinked += shared.unlinked.length;
      why ||= shared.why;
    }
    return { files, refused, unlinked: unlinked === 0 ? null : { files: unlinked, why } };
  } catch (error) {
    for (const { filePath } of files.values()) await removeModel(modelDir, filePath);
    throw error;
  }
}

/** The symbols of each file. */
export function groupsOf({ symbols }: NewSharedModel): string[][] {
  const all = [...symbols.keys()];
  return Array.from({ length: Math.ceil(all.length / namesPerFile) }, (_, i) =>
    all.slice(i * namesPerFile, (i + 1) * namesPerFile),
  );
}

/** The whole file of some of its symbols, of a second. */
export function sharedBytes(
  { strategyType, artefact, metrics, lineage, symbols }: NewSharedModel,
  names: readonly string[],
  timestamp: string,
): Buffer {
  const content: SharedContent = {
    strategy_type: strategyType,
    symbol: ALL_SYMBOLS,
    timestamp,
    ...artefact,
    metrics,
    lineage,
    symbols: Object.fromEntries(names.map((name) => [name, symbols.get(name)!])),
    format_version: sharedFormatVersion,
  };
  return writePickle(content);
}

function saveOwn(modelDir: string, model: NewSharedModel, symbol: string, now: Date): Promise<SavedModel> {
  const { strategyType: strategy_type, artefact, symbols } = model;
  return saveModel(modelDir, { strategy_type, symbol, ...artefact, ...symbols.get(symbol)! }, now);
}

/** @returns the folders by symbol, without those that can't be: they are added to `refused` */
async function makeFolders(
  modelDir: string,
  strategyType: string,
  symbols: readonly string[],
  refused: [symbol: string, error: unknown][],
): Promise<Map<string, string>> {
  const folders = new Map<string, string>();
  const unlessRefused = async (symbol: string, work: () => void | Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      // What a later try may mend is of all symbols: no room, no right to write.
      if (!(error instanceof FleetError) || error.retryable) throw error;
      folders.delete(symbol);
      refused.push([symbol, error]);
    }
  };
  for (const symbol of symbols)
    await unlessRefused(symbol, async () => {
      const folder = modelFolder(modelDir, strategyType, symbol);
      await makeReadable(modelDir, folder).catch(async (error: unknown) => {
        throw await inOurWords(error, modelDir, folder, 0);
      });
      folders.set(symbol, folder);
    });
  // Read once for all of them: 5,000 symbols in folders of 5,000 names take a while.
  const names = new Set(await entries(path.join(modelDir, strategyType)));
  for (const [symbol, folder] of [...folders])
    await unlessRefused(symbol, () => refuseOtherCase(names, folder, symbol));
  return folders;
}

interface Written {
  readonly files: ReadonlyMap<string, SavedModel>;
  /** Symbols without a file as yet, and why. */
  readonly unlinked: readonly string[];
  readonly why: string;
}

/** Writes one file under the names of all symbols that it can be linked for. */
async function writeShared(
  modelDir: string,
  model: NewSharedModel,
  folders: ReadonlyMap<string, string>,
  options: Required<SharedOptions>,
): Promise<Written> {
  const [firstFolder] = folders.values();
  if (firstFolder === undefined) return { files: new Map(), unlinked: [], why: '' };
  let size = 0;
  try {
    const place = await reserveAll(folders, options);
    const { handle, timestamp, linked, unlinked, why } = place;
    if (linked.length === 1 && unlinked.length > 0) {
      await handle.close();
      await rm(path.join(firstFolder, temporaryFileName(timestamp)));
      return { files: new Map(), unlinked: [...linked, ...unlinked], why };
    }
    const bytes = sharedBytes(model, linked, timestamp);
    size = bytes.length;
    const at = linked.map((symbol) => folders.get(symbol)!);
    await publishAll(handle, at, timestamp, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const files = linked.map((symbol, i) => {
      const filePath = storedPathOf(at[i]!, timestamp);
      return [symbol, { filePath, sha256, sizeBytes: size, timestamp }] as const;
    });
    return { files: new Map(files), unlinked, why };
  } catch (error) {
    throw await inOurWords(error, modelDir, firstFolder, size);
  }
}

interface Reserved {
  /** Of the file, which is empty as yet. */
  readonly handle: FileHandle;
  readonly timestamp: string;
  readonly linked: readonly string[];
  readonly unlinked: readonly string[];
  readonly why: string;
}

/**
 * Finds a second that is free in all folders, as the file says which it is, and reserves it in each by the
 * temporary name, as `saveModel` does: there, whoever has that name alone may make the model's file.
 */
async function reserveAll(
  folders: ReadonlyMap<string, string>,
  { now, link }: Required<SharedOptions>,
): Promise<Reserved> {
  for (let clashes = 0; clashes <= maxClashes; clashes++) {
    const timestamp = modelTimestamp(new Date(now.getTime() + 1000 * clashes));
    const reserved = await reserve(folders, timestamp, link);
    if (reserved !== null) return reserved;
  }
  const [folder] = folders.values();
  throw new Error(
    `no free name for a model file in ${folder} and ${folders.size - 1} more: ${maxClashes} seconds from ` +
      `${now.toISOString()} are taken`,
  );
}

/** @returns null when the second is taken in one of the folders */
async function reserve(
  folders: ReadonlyMap<string, string>,
  timestamp: string,
  link: Link,
): Promise<Reserved | null> {
  const made: string[] = [];
  const linked: string[] = [];
  const unlinked: string[] = [];
  let handle: FileHandle | undefined;
  let why = '';
  try {
    for (const [symbol, folder] of folders) {
      const name = path.join(folder, temporaryFileName(timestamp));
      try {
        if (handle === undefined) handle = await open(name, 'wx', 0o644);
        else await link(made[0]!, name);
      } catch (error) {
        if (handle === undefined || !isErrno(error, ...noLink)) throw error;
        why = error.message;
        unlinked.push(symbol);
        continue;
      }
      made.push(name);
      linked.push(symbol);
      if (await exists(path.join(folder, modelFileName(timestamp)))) throw new Taken();
    }
    return { handle: handle!, timestamp, linked, unlinked, why };
  } catch (error) {
    await handle?.close();
    for (const name of made) await rm(name, { force: true });
    if (error instanceof Taken || isErrno(error, 'EEXIST')) return null;
    throw error;
  }
}

class Taken extends Error {}

/** Gives the file its content, then each name its final form. */
async function publishAll(
  handle: FileHandle,
  folders: readonly string[],
  timestamp: string,
  bytes: Uint8Array,
): Promise<void> {
  const names = (folder: string) =>
    [temporaryFileName(timestamp), modelFileName(timestamp)].map((name) => path.join(folder, name));
  let renamed = 0;
  try {
    await fillAndClose(handle, bytes);
    for (const folder of folders) {
      const [temporary, final] = names(folder);
      await rename(temporary!, final!);
      renamed += 1;
    }
    // Several at once, as the file system then writes its journal for all of them together.
    for (let i = 0; i < folders.length; i += 50) await Promise.all(folders.slice(i, i + 50).map(syncFolder));
  } catch (error) {
    for (const [i, folder] of folders.entries())
      await rm(names(folder)[i < renamed ? 1 : 0]!, { force: true });
    throw error;
  }
}
