import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { spawnNode } from '@ml-training/testing';

/** Two jobs of a process; the first one takes 300 MB and lets them go. */
const jobs = `
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { measurePeakMemory } from ${JSON.stringify(path.join(import.meta.dirname, 'peak-memory.ts'))};
setFlagsFromString('--expose-gc');
const first = measurePeakMemory();
let taken = Buffer.alloc(300 * 2 ** 20, 1);
const large = first();
taken = null;
runInNewContext('gc')();
const second = measurePeakMemory();
console.log(JSON.stringify({ large, small: second() }));
`;

test('the peak of a job is its own, or not known', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'peak-'));
  const file = path.join(folder, 'jobs.mjs');
  await writeFile(file, jobs);
  const { large, small } = JSON.parse(await spawnNode(file).waitForLine(/^\{/)) as Record<string, number>;
  await rm(folder, { recursive: true });
  expect(large).toBeGreaterThan(300);
  if (process.platform === 'linux') expect(small).toBeLessThan(200);
  else expect(small).toBeNull();
});
