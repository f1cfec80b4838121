import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../bench/harness/paths.ts';

/** What a training of a strategy takes, alone on its machine and with one thread. */
export interface JobTime {
  /** From its claim to its completion, each of several. */
  readonly seconds: readonly number[];
  /** Processor time of all that it takes: the trainer, its training process and both servers. */
  readonly cpuSeconds: number;
  /** From a completion to the trainer's next claim. */
  readonly betweenSeconds: number;
}

/** Claims, completions or renewals by so many connections at once. */
export interface Rate {
  readonly connections: number;
  /** Jobs that ran meanwhile, beside those that were claimed. */
  readonly running: number;
  readonly perSecond: number;
  /** Of one, in milliseconds, as its client sees it. */
  readonly medianMs: number;
  readonly p95Ms: number;
}

/** What something takes, in milliseconds. */
export interface Took {
  /** For who waits for it. */
  readonly ms: number;
  /** Of the processor, by who asks and both servers: on a busy machine, too, near to what it is on a quiet one. */
  readonly cpuMs: number;
}

/** What is asked of both servers once there are so many pairs, each with a model in use, and as many jobs. */
export interface AtSize {
  readonly pairs: number;
  /** By what was done; null for what failed, or was not over after a minute. */
  readonly took: Readonly<Record<string, Took | null>>;
  /** Bytes, rows and the like, by name. */
  readonly figures: Readonly<Record<string, number>>;
}

export interface Circumstances {
  readonly at: string;
  readonly commit: string;
  readonly machine: string;
  /** Of the machine, before it. */
  readonly load: number;
}

/** Everything that the simulation takes from real processes and real servers. */
export interface Measured {
  /** When and where each part was, by its name. */
  readonly measured: Readonly<Record<string, Circumstances>>;
  readonly cores: number;
  /** How fast each of k busy cores is, of one that is busy alone: [1, 0.9] on two cores that share much. */
  readonly coreSpeed: readonly number[];
  readonly jobs: Readonly<Record<string, JobTime>>;
  readonly claims: readonly Rate[];
  readonly completions: readonly Rate[];
  readonly renewals: readonly Rate[];
  readonly sizes: readonly AtSize[];
  /** To PostgreSQL, the most that a process of a role was seen to have at a time. */
  readonly connections: Readonly<Record<string, number>>;
  /** Real fleets beside their predictions, by --validate. */
  readonly validated?: readonly Validated[];
}

export interface Validated {
  readonly at: string;
  /** Of the machine before it, where the trainers alone make a load of as many as they are. */
  readonly load: number;
  readonly trainers: number;
  readonly jobs: number;
  /** Seconds from the first claim to the last completion. */
  readonly predicted: number;
  readonly real: number;
}

const measuredFile = path.join(root, 'infra/simulate/measured.json');

/** @throws Error saying what to do where nothing was measured */
export async function readMeasured(): Promise<Measured> {
  try {
    // Written by this program.
    return JSON.parse(await readFile(measuredFile, 'utf8')) as Measured;
  } catch (cause) {
    throw new Error(`${measuredFile} can't be read: npm run simulate -- --measure writes it`, { cause });
  }
}

export async function writeMeasured(measured: Measured): Promise<void> {
  await writeFile(`${measuredFile}.partial`, `${JSON.stringify(measured, null, 2)}\n`);
  await rename(`${measuredFile}.partial`, measuredFile);
}
