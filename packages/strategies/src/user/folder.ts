// The files of a strategy as they are at one moment: their sum is of the very bytes that run, whatever is
// saved meanwhile.
import type { Stats } from 'node:fs';
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { StrategyError } from '../errors.ts';
import { strategyNameProblem } from './names.ts';

/** A folder of STRATEGIES_DIR. */
export interface UserStrategyFolder {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  /**
   * In words why it can be no strategy, as far as can be said without running it: a wrong name, no
   * strategy.ts.
   */
  readonly problem: string | null;
}

/** A file of a strategy as a model keeps it. (An alias, since an interface is no Plain.) */
export type KeptFile = {
  /** Inside its folder, with / between. */
  readonly path: string;
  readonly content: Uint8Array;
};

/** A strategy's code. */
export interface StrategyCode {
  readonly name: string;
  /** Absolute path of its strategy.ts. */
  readonly file: string;
  /** URL of its folder, with a slash at the end. */
  readonly base: string;
  /** What messages call the folder: `strategies/NAME/`. */
  readonly shown: string;
  /** Content by URL. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** SHA-256 over names and content, 64 hex digits. */
  readonly sum: string;
}

const entry = 'strategy.ts';
const maxFiles = 1_000;
const maxBytes = 32 * 1024 * 1024;

/** The folders of STRATEGIES_DIR in order of name; none where it doesn't exist. Runs no code. */
export async function listUserStrategies(strategiesDir: string): Promise<readonly UserStrategyFolder[]> {
  const dir = path.resolve(strategiesDir);
  const found: UserStrategyFolder[] = [];
  for (const name of (await namesIn(dir)).filter(isOwn)) {
    const folder = path.join(dir, name);
    if (!(await isFolder(folder))) continue;
    const problem =
      strategyNameProblem(name) ??
      ((await exists(path.join(folder, entry))) ? null : `${shownFolder(dir, name)} has no ${entry}`);
    found.push({ name, folder, problem });
  }
  return found;
}

/**
 * Reads every file of a strategy's folder but those that begin with a dot and node_modules.
 * @throws StrategyError INVALID_STRATEGY when there is none of that name, or it is too large.
 */
export async function readStrategyCode(strategiesDir: string, name: string): Promise<StrategyCode> {
  const dir = path.resolve(strategiesDir);
  const wrongName = strategyNameProblem(name);
  if (wrongName !== null) throw invalidStrategy(wrongName);
  const folder = path.join(dir, name);
  const shown = shownFolder(dir, name);
  if (!(await isFolder(folder))) {
    const others = (await listUserStrategies(dir)).map((one) => one.name);
    throw invalidStrategy(
      `there is no strategy ${name}: ${dir} has ${others.length === 0 ? 'none' : others.join(', ')}`,
    );
  }
  const contents = await readTree(folder, shown);
  if (!contents.some(([file]) => file === entry))
    throw invalidStrategy(`${shown} has no ${entry}; write one, or rename the file that is it`);
  return codeOf(name, { folder, shown }, contents);
}

type Contents = readonly (readonly [file: string, content: Uint8Array])[];

function codeOf(name: string, at: { readonly folder: string; readonly shown: string }, contents: Contents) {
  const { folder, shown } = at;
  const hash = createHash('sha256');
  for (const [file, content] of contents)
    hash.update(`${JSON.stringify([file, content.length])}\n`).update(content);
  return {
    name,
    file: path.join(folder, entry),
    base: urlOf(folder, ''),
    shown,
    files: Object.fromEntries(contents.map(([file, content]) => [urlOf(folder, file), content])),
    sum: hash.digest('hex'),
  };
}

/** More of it is not kept in each of its models. */
const maxKeptBytes = 2 ** 20;

/** The files as a model keeps them; null where they are too large. */
export function keptFiles({ base, files }: StrategyCode): readonly KeptFile[] | null {
  const kept = Object.entries(files).map(([url, content]) => ({
    path: decodeURIComponent(url.slice(base.length)),
    content,
  }));
  return kept.reduce((bytes, { content }) => bytes + content.length, 0) > maxKeptBytes ? null : kept;
}

/**
 * The code that a model was trained by, of its own file; messages call it by its sum, as the folder may hold
 * other lines by now.
 * @throws StrategyError INVALID_MODEL when it is not what its sum says.
 */
export function codeOfModel(name: string, kept: readonly KeptFile[], sum: string): StrategyCode {
  const version = `${name}@${sum.slice(0, 12)}`;
  const whole =
    Array.isArray(kept) &&
    kept.every(({ path: file, content }) => typeof file === 'string' && content instanceof Uint8Array);
  const contents = whole ? kept.map(({ path: file, content }) => [file, content] as const) : [];
  const code = codeOf(name, { folder: path.resolve('/', version), shown: `${version}/` }, contents);
  if (code.sum === sum) return code;
  throw new StrategyError(
    'INVALID_MODEL',
    `the code of ${name} that the model keeps is not that of its sum (${sum.slice(0, 12)}): its file is ` +
      'damaged or was changed; train the model again',
  );
}

export const invalidStrategy = (message: string): StrategyError =>
  new StrategyError('INVALID_STRATEGY', message);

async function readTree(folder: string, shown: string): Promise<[file: string, content: Uint8Array][]> {
  const files: [string, Uint8Array][] = [];
  let bytes = 0;
  const read = async (inside: string): Promise<void> => {
    for (const name of (await namesIn(path.join(folder, inside))).filter(isOwn)) {
      const relative = inside === '' ? name : `${inside}/${name}`;
      const absolute = path.join(folder, relative);
      if (await isFolder(absolute)) {
        await read(relative);
        continue;
      }
      const content = await readFile(absolute);
      bytes += content.length;
      files.push([relative, content]);
      if (files.length > maxFiles || bytes > maxBytes)
        throw invalidStrategy(
          `${shown} holds more than ${maxFiles} files or ${maxBytes / 2 ** 20} MB: all of it is the ` +
            `strategy; ` +
            'keep data and results elsewhere',
        );
    }
  };
  await read('');
  return files;
}

/** What an editor, a file manager or a package manager leaves is no part of a strategy. */
const isOwn = (name: string): boolean => !name.startsWith('.') && name !== 'node_modules';
const shownFolder = (dir: string, name: string): string => `${path.basename(dir)}/${name}/`;
const urlOf = (folder: string, file: string): string => new URL(file, pathToFileURL(folder + path.sep)).href;

/** In one order on every machine. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function statOf(file: string): Promise<Stats | null> {
  try {
    return await stat(file);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

const isFolder = async (folder: string): Promise<boolean> => (await statOf(folder))?.isDirectory() === true;
const exists = async (file: string): Promise<boolean> => (await statOf(file))?.isFile() === true;

const isMissing = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  (error.code === 'ENOENT' || error.code === 'ENOTDIR');
