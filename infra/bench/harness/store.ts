import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runtimeDir } from './paths.ts';
import type { PartResult } from './result.ts';

const resultsDir = path.join(runtimeDir, 'results');

/** Keeps a part's newest result. */
export async function keepResult(result: PartResult): Promise<void> {
  await mkdir(resultsDir, { recursive: true });
  const file = path.join(resultsDir, `${result.part}.json`);
  await writeFile(`${file}.partial`, JSON.stringify(result, null, 2));
  await rename(`${file}.partial`, file);
}

/** The newest result of a part, of whichever run; null when it never ran here. */
export async function readResult(part: string): Promise<PartResult | null> {
  const text = await readFile(path.join(resultsDir, `${part}.json`), 'utf8').catch(() => null);
  // Written by keepResult above.
  return text === null ? null : (JSON.parse(text) as PartResult);
}
