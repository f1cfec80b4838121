import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Removal } from './clean-up.ts';

/**
 * Bytes that the removal of files will free: what has several names, as a model over several symbols, only with
 * the last of them, and then once.
 */
export async function freedBytes(modelDir: string, removals: readonly Removal[]): Promise<number> {
  const files = new Map<string, { readonly size: number; readonly names: number; going: number }>();
  for (const { file } of removals) {
    if (file === undefined) continue;
    const facts = await stat(path.join(modelDir, file.replace(/^models\//, ''))).catch(() => undefined);
    if (facts?.isFile() !== true) continue;
    const key = `${facts.dev} ${facts.ino}`;
    const known = files.get(key) ?? { size: facts.size, names: facts.nlink, going: 0 };
    known.going += 1;
    files.set(key, known);
  }
  return [...files.values()].reduce((sum, { size, names, going }) => sum + (going >= names ? size : 0), 0);
}
