import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { benchDir } from './paths.ts';

/** What a contender or a peer answers when it is done; the last line that it prints, as JSON. */
export interface Answer {
  /** Of the training itself, after a warm-up. */
  readonly seconds: number;
  /** Processor time of all threads meanwhile, which other processes on the machine change little. */
  readonly cpuSeconds: number;
  /** Largest resident memory of the process so far. */
  readonly peakMb: number;
  /** Of each holdout row, where the model gives one. */
  readonly probability?: readonly number[];
  /** −1, 0 or 1 at each holdout row, where the model trades. */
  readonly position?: readonly number[];
  /** Of each of several models, by name. */
  readonly values?: Readonly<Record<string, readonly number[]>>;
  /** Further numbers by name. */
  readonly figures?: Readonly<Record<string, number>>;
  readonly versions?: Readonly<Record<string, string>>;
}

export interface Measured extends Answer {
  /** From the process's start to its end: loading, warm-up and all. */
  readonly wholeSeconds: number;
}

const LIMIT_MS = 20 * 60_000;

/**
 * Runs one of the contenders (TypeScript) or peers (Python) as a process of its own on a job.
 * @param program path below infra/bench
 * @param job handed over as a file of JSON in `folder`
 * @throws Error with the program's last words when it fails or takes longer than twenty minutes
 */
export async function measure(
  program: string,
  job: object,
  options: {
    readonly folder: string;
    readonly threads: number;
    readonly python?: string;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<Measured> {
  const { folder, python, threads, env = {} } = options;
  const jobFile = path.join(folder, `${path.basename(program)}.json`);
  await writeFile(jobFile, JSON.stringify({ ...job, threads, folder }));
  const began = performance.now();
  const output = await run(python ?? process.execPath, [path.join(benchDir, program), jobFile], {
    ...threadLimits(threads),
    ...env,
  });
  const wholeSeconds = (performance.now() - began) / 1000;
  // What it prints is ours on both sides; see contenders/answer.ts and peers/common.py.
  const answer = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Answer;
  return { ...answer, wholeSeconds };
}

/** Read by the libraries of numpy, scikit-learn and torch when they are loaded. */
const threadLimits = (threads: number): Record<string, string> => ({
  OMP_NUM_THREADS: String(threads),
  OPENBLAS_NUM_THREADS: String(threads),
  MKL_NUM_THREADS: String(threads),
});

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    env: {
      ...process.env,
      // Errors only, and no search for a GPU.
      TF_CPP_MIN_LOG_LEVEL: '3',
      CUDA_VISIBLE_DEVICES: '',
      PYTHONDONTWRITEBYTECODE: '1',
      ...env,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.once('error', reject);
  child.once('close', (code, signal) => {
    if (code === 0) resolve(stdout);
    else
      reject(
        new Error(
          `${args.join(' ')} ended with ${signal ?? `exit code ${code ?? 'unknown'}`}:\n${stderr.slice(-2000)}`,
        ),
      );
  });
  return promise;
}
