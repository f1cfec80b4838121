import { mkdir, rename, writeFile } from 'node:fs/promises';
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
