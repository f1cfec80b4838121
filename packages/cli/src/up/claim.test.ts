import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { spawnNode, until } from '@ml-training/testing';
import { claimCheckout } from './claim.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'claim-'));
const file = path.join(folder, 'fleet.json');
beforeEach(() => rmSync(file, { force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

test('a checkout that another process has claimed is refused until that one is gone', async () => {
  const module = pathToFileURL(path.join(import.meta.dirname, 'claim.ts')).href;
  const code = `import { claimCheckout } from '${module}'; claimCheckout('${file}'); setInterval(() => {}, 1000);`;
  const other = spawnNode('--eval', { args: [code, 'up'] });
  await until(() => existsSync(file), { what: 'the claim' });
  expect(() => claimCheckout(file)).toThrow(new RegExp(`already \\(process ${other.pid}\\)`));
  other.kill('SIGKILL');
  await other.exited;
  claimCheckout(file);
  expect(readdirSync(folder)).toEqual(['fleet.json']);
});

test("a process that merely has the last fleet's id, as after a reboot, is no fleet", () => {
  writeFileSync(file, JSON.stringify({ pid: process.ppid }));
  expect(() => claimCheckout(file)).not.toThrow();
});
