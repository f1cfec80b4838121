import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';

const root = path.resolve(import.meta.dirname, '../../..');

test('docs/reference/cli.md, settings.md and tuning.md and docs/features.md are what program, schema and tables say; "npm run docs" writes them anew', () => {
  const made = execFileSync(process.execPath, ['packages/cli/reference/write.ts', '--print'], {
    cwd: root,
    encoding: 'utf8',
  });
  const kept = ['cli.md', 'settings.md', 'tuning.md', '../features.md'].map((name) =>
    readFileSync(path.join(root, 'docs/reference', name), 'utf8'),
  );
  expect(kept.join('')).toBe(made);
});
