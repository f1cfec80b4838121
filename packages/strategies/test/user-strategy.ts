import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';

/** A STRATEGIES_DIR of this test file's own, called `strategies` and gone when its tests have run. */
export function strategiesFolder() {
  const root = mkdtempSync(path.join(tmpdir(), 'user-strategies-'));
  const dir = path.join(root, 'strategies');
  mkdirSync(dir);
  afterAll(() => rmSync(root, { recursive: true }));
  let last = 0;
  const write = (name: string, files: string | Readonly<Record<string, string>>): string => {
    const all = typeof files === 'string' ? { 'strategy.ts': files } : files;
    for (const [file, content] of Object.entries(all)) {
      const target = path.join(dir, name, file);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, content);
    }
    return name;
  };
  return {
    dir,
    /** Writes a strategy.ts, or files by name. */
    write,
    /** The same under a name that no other has. */
    add: (files: string | Readonly<Record<string, string>>): string => write(`user_${++last}`, files),
  };
}
