import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { TrainContext } from '@ml-training/strategies';
import type { ArrayFile } from '../harness/arrays.ts';
import type { Answer } from '../harness/run.ts';

/** What every job has beside a contender's own settings. */
export type JobWith<Settings> = Settings & { readonly threads: number; readonly folder: string };

/** The job that harness/run.ts hands over; the part that started this process wrote it. */
export const readJob = (): unknown => JSON.parse(readFileSync(process.argv[2]!, 'utf8'));

/** Numbers of a float64 array that harness/arrays.ts wrote. */
export function readFloats(folder: string, { file }: ArrayFile): Float64Array {
  const { buffer, byteOffset, byteLength } = readFileSync(path.join(folder, file));
  return new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** A point in time, on the clock and in this process's processor time; seconds. */
export interface Moment {
  readonly clock: number;
  readonly cpu: number;
}

export function moment(): Moment {
  const { user, system } = process.cpuUsage();
  return { clock: performance.now() / 1000, cpu: (user + system) / 1e6 };
}

/** Prints the answer: what passed between the two moments, and whatever else there is to say. */
export function answer(
  start: Moment,
  end: Moment,
  more: Pick<Answer, 'probability' | 'position' | 'figures' | 'values'>,
): void {
  const one: Answer = {
    seconds: end.clock - start.clock,
    cpuSeconds: end.cpu - start.cpu,
    peakMb: peakMb(),
    ...more,
  };
  process.stdout.write(`${JSON.stringify(one)}\n`);
}

/** Largest resident memory of this process. Linux's maxRSS begins with what the parent had, VmHWM doesn't. */
export function peakMb(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}

/** A context that notes when each epoch (or update) ended and when each stage began. */
export function timedContext() {
  const epochs: Moment[] = [];
  const stages: (Moment & { readonly name: string })[] = [];
  const context: TrainContext = {
    signal: new AbortController().signal,
    progress: (_, name) => {
      if (stages.at(-1)?.name !== name) stages.push({ name, ...moment() });
    },
    epoch: () => void epochs.push(moment()),
    resume: null,
    checkpoint: () => Promise.resolve(),
  };
  return { context, epochs, stages };
}
