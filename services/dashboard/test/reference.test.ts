import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';

const root = path.resolve(import.meta.dirname, '../../..');

test('docs/reference/api.md is what the schemas say; "npm run docs" writes it again', () => {
  const made = execFileSync(process.execPath, ['services/dashboard/reference/write.ts', '--print'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(readFileSync(path.join(root, 'docs/reference/api.md'), 'utf8')).toBe(made);
});
