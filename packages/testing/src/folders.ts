import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive } from '@ml-training/embedded';

const parent = fileURLToPath(new URL('../../../.runtime/test-servers/', import.meta.url));
let count = 0;

/**
 * A new folder for one server's data, inside the checkout. What processes that are gone have left is removed.
 */
export function newServerFolder(): string {
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent))
    if (!isAlive(Number.parseInt(name, 10))) rmSync(join(parent, name), { recursive: true, force: true });
  for (;;) {
    const folder = join(parent, `${process.pid}-${(count += 1)}`);
    try {
      mkdirSync(folder, { mode: 0o711 });
      return folder;
    } catch (error) {
      // Every test file has its own copy of this module, and files of one worker share the process id.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
