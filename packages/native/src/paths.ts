import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the checkout. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/** Where native files that belong to no npm package are kept; git-ignored, safe to delete. */
export const RUNTIME_DIR = join(ROOT, '.runtime', 'native');

/** Folder of the installed @tensorflow/tfjs-node, which expects its libraries inside itself. */
export function tfjsNodeDir(): string {
  return dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node/package.json'));
}

/** How an advice to run the set-up reads. */
export const SETUP_COMMAND = 'node packages/native/src/setup.ts';
