import { createHash, type Hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * A short sum of the code that trains: sources and dependencies of the strategies and of the native runtimes'
 * bindings, as they lie here, and the version of Node. Of other code a checkpoint may have another shape or
 * lead to other numbers.
 */
export async function codeSum(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  const strategies = createRequire(import.meta.url).resolve('@ml-training/strategies');
  const native = createRequire(strategies).resolve('@ml-training/native');
  const sdk = createRequire(strategies).resolve('@ml-training/sdk');
  for (const index of [strategies, native, sdk]) await addPackage(hash, path.dirname(index));
  return hash.digest('hex').slice(0, 16);
}

async function addPackage(hash: Hash, source: string): Promise<void> {
  hash.update(await readFile(path.join(source, '../package.json')));
  const files = await readdir(source, { recursive: true, withFileTypes: true });
  const names = files
    .filter((file) => file.isFile() && !file.name.includes('.test.'))
    .map((file) => path.relative(source, path.join(file.parentPath, file.name)));
  for (const name of names.sort()) hash.update(name).update(await readFile(path.join(source, name)));
}
