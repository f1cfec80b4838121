import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import path from 'node:path';
import { commit, machine } from '../../bench/harness/machine.ts';
import { root } from '../../bench/harness/paths.ts';
import type { Circumstances, Measured } from '../facts.ts';
import { measureClaims } from './claims.ts';
import { measureConnections } from './connections.ts';
import { jobsOf, measureJobs, startJobLab } from './jobs.ts';
import { measureCoreSpeed } from './processor.ts';
import { measureSize } from './sizes.ts';
import { readTrained, type Trained } from './trained-model.ts';

export const workFolder = path.join(root, '.runtime/simulate');
const sizes = [1000, 10_000, 30_000, 100_000] as const;

type Say = (line: string) => void;

/** What is measured, each by itself: on a machine that is quiet now and then, one after the other. */
export const parts: Readonly<Record<string, (say: Say) => Promise<Partial<Measured>>>> = {
  cores: async () => ({ coreSpeed: await measureCoreSpeed() }),
  jobs: async (say) => ({ jobs: await measureJobs(workFolder, say) }),
  connections: async () => ({ connections: await measureConnections(workFolder) }),
  claims: async (say) => measureClaims(await someTrained(), say),
  ...Object.fromEntries(
    sizes.map((pairs) => [
      `pairs-${pairs}`,
      async (say: Say) => ({ sizes: [await measureSize(pairs, await someTrained(), say)] }),
    ]),
  ),
};

/** Measures these parts; what was measured before stays beside them. */
export async function measure(
  names: readonly string[],
  before: Measured | null,
  keep: (measured: Measured) => Promise<void>,
  say: Say,
): Promise<void> {
  let measured = { ...nothing, ...before, cores: availableParallelism() };
  for (const name of names) {
    await rm(workFolder, { recursive: true, force: true });
    await mkdir(workFolder, { recursive: true });
    const circumstances: Circumstances = {
      at: new Date().toISOString(),
      commit: commit(),
      machine: machine(),
      load: loadavg()[0]!,
    };
    say(`${name}, load ${circumstances.load.toFixed(1)}`);
    const found = await parts[name]!(say);
    const others = measured.sizes.filter(({ pairs }) => !found.sizes?.some((one) => one.pairs === pairs));
    measured = {
      ...measured,
      ...found,
      sizes: [...others, ...(found.sizes ?? [])].sort((a, b) => a.pairs - b.pairs),
      measured: { ...measured.measured, [name]: circumstances },
    };
    await keep(measured);
  }
}

const nothing: Measured = {
  measured: {},
  cores: 1,
  coreSpeed: [1],
  jobs: {},
  claims: [],
  completions: [],
  renewals: [],
  sizes: [],
  connections: {},
};

/** A real training's model, of which others are made. */
async function someTrained(): Promise<Trained> {
  const lab = await startJobLab(workFolder, 1);
  try {
    await lab.train(jobsOf('rl', 1), { trainers: 1, env: {} });
    return await readTrained(lab.urls.database, 'rl');
  } finally {
    await lab.end();
  }
}
