import { createHash, type Hash } from 'node:crypto';
import { readdirSync, statSync, type Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * A short sum of the code that trains: sources and dependencies of the strategies and of the native runtimes'
 * bindings, as they lay here when it was first asked for, and the version of Node. Of other code a checkpoint
 * may have another shape or lead to other numbers.
 */
export const codeSum = (): Promise<string> => (sum ??= sumOfFiles());
let sum: Promise<string> | undefined;

async function sumOfFiles(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const source of sources().summed) await addPackage(hash, source);
  return hash.digest('hex').slice(0, 16);
}

/** To be called before the code is loaded, whose changes `codeHasChanged` is to see. */
export function noteCode(): void {
  noted = stampOfFiles();
}
let noted: string | undefined;

/** Whether any file that a training may run is another one than when it was noted, by its size and time. */
export const codeHasChanged = (): boolean => stampOfFiles() !== noted;

function stampOfFiles(): string {
  const hash = createHash('sha256');
  const { summed, others } = sources();
  for (const source of [...summed, ...others]) {
    const names = namesIn(source, readdirSync(source, { recursive: true, withFileTypes: true }));
    for (const name of [...names, '../package.json']) {
      // One that an editor has just taken away is another difference.
      const file = statSync(path.join(source, name), { throwIfNoEntry: false });
      hash.update(`${name} ${file?.size} ${file?.mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

/** Folders of sources: of what a model is made by, and of what else is loaded to train it. */
function sources(): { readonly summed: readonly string[]; readonly others: readonly string[] } {
  const own = createRequire(import.meta.url);
  const strategies = own.resolve('@ml-training/strategies');
  const native = createRequire(strategies).resolve('@ml-training/native');
  const sdk = createRequire(strategies).resolve('@ml-training/sdk');
  return {
    summed: [strategies, native, sdk].map((index) => path.dirname(index)),
    others: [path.dirname(own.resolve('@ml-training/core')), path.join(import.meta.dirname, '..')],
  };
}

async function addPackage(hash: Hash, source: string): Promise<void> {
  hash.update(await readFile(path.join(source, '../package.json')));
  const names = namesIn(source, await readdir(source, { recursive: true, withFileTypes: true }));
  for (const name of names) hash.update(name).update(await readFile(path.join(source, name)));
}

/** Without the tests, in order of name. */
const namesIn = (source: string, files: readonly Dirent[]): string[] =>
  files
    .filter((file) => file.isFile() && !file.name.includes('.test.'))
    .map((file) => path.relative(source, path.join(file.parentPath, file.name)))
    .sort();
