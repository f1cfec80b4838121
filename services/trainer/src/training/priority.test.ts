import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';

const module = pathToFileURL(path.join(import.meta.dirname, 'priority.ts')).href;

/** The niceness of a process before and after it has stepped back, started so many steps below this one. */
function niceness(steps: number): [number, number] {
  const code = `import { getPriority } from 'node:os'; import { lowerPriority } from '${module}';
    const before = getPriority(); lowerPriority(); console.log(JSON.stringify([before, getPriority()]));`;
  const { stdout } = spawnSync(
    'nice',
    ['-n', String(steps), process.execPath, '--input-type=module', '-e', code],
    { encoding: 'utf8' },
  );
  return JSON.parse(stdout) as [number, number];
}

test.each([0, 5, 12, 19])('a process started under nice -n %i ends at 10 or where it was below', (steps) => {
  const [before, after] = niceness(steps);
  expect(after).toBe(Math.max(10, before));
});
