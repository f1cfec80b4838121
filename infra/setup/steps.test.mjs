import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { startSteps } from './steps.mjs';

const root = mkdtempSync(path.join(tmpdir(), 'steps-'));
afterAll(() => rmSync(root, { recursive: true }));
const log = path.join(root, '.runtime/logs/setup.log');

/** Steps, and what people see of them. */
function begin(isTTY = false) {
  const seen = [];
  return {
    seen,
    step: startSteps({ root, log, out: { isTTY, columns: 40, write: (text) => seen.push(text) } }),
  };
}
const shell = (text) => ['/bin/sh', ['-c', text]];

test('a step that is quick and ends well is silent; the log has what it said', async () => {
  const { seen, step } = begin();
  await step('Installing', ...shell('echo WARN scary; echo also >&2'));
  expect(seen).toEqual([]);
  expect(readFileSync(log, 'utf8')).toMatch(/^\$ \/bin\/sh .*\n(WARN scary\nalso|also\nWARN scary)\n$/);
});

test('of what it says, what is meant for people is shown', async () => {
  const { seen, step } = begin();
  await step('Fetching', ...shell('echo one 2 s …; echo one 3 s, done; echo tensorflow 2'), {
    keep: (line) => !line.endsWith('…'),
  });
  expect(seen.join('')).toBe('one 3 s, done\ntensorflow 2\n');
});

test('a step that fails names the log and shows its end, and later ones are written below', async () => {
  const { seen, step } = begin();
  await step('First', ...shell('echo first'));
  await expect(step('Second', ...shell('seq 1 30; echo no network >&2; exit 7'))).rejects.toThrow(
    'Second failed',
  );
  const text = seen.join('');
  expect(text).toMatch(
    /^Second failed \(exit code 7\)\. The end of \.runtime\/logs\/setup\.log, where all of it is:\n/,
  );
  expect(text).toMatch(/ {2}no network\n/);
  expect(text).toMatch(/ {2}30\n/);
  expect(text).not.toMatch(/ {2}5\n/);
  expect(readFileSync(log, 'utf8')).toMatch(/first\n.*\$ .*\n1\n2\n/s);
});

test('a command that is not there is a step that fails', async () => {
  const { seen, step } = begin();
  await expect(step('Looking', 'no-such-command', [])).rejects.toThrow('Looking failed');
  expect(seen.join('')).toMatch(/could not be started.*no-such-command: .*ENOENT/s);
});

test.each([false, true])('a step of over 2 s is seen under way, on a terminal: %s', async (isTTY) => {
  const { seen, step } = begin(isTTY);
  const flag = path.join(root, `go-${isTTY}`);
  const done = step('Installing', ...shell(`echo at work; while [ ! -e "${flag}" ]; do sleep 0.05; done`));
  while (seen.length === 0) await sleep(20);
  expect(existsSync(flag)).toBe(false);
  expect(seen[0]).toMatch(isTTY ? /^\r\x1b\[KInstalling: \d+ s … at work$/ : /^Installing …\n$/);
  writeFileSync(flag, '');
  await done;
  expect(seen.at(-1)).toMatch(/Installing: \d+ s\n$/);
});
