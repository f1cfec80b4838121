import { pause, type Config } from '@ml-training/core';
import { startTrainingProcess, type TrainingProcess } from './training-process.ts';

type Limits = Pick<
  Config,
  'TRAINING_MAX_JOBS_PER_CHILD' | 'TRAINING_MAX_MEMORY_PER_CHILD' | 'TRAINING_MAX_AGE_PER_CHILD'
>;

/** The training process of a trainer, kept from job to job. */
export interface KeptProcess {
  /**
   * The kept one, or a new one.
   * @param options.fresh whether it must be new
   * @throws what keeps a process from being started
   */
  take(options: { readonly fresh: boolean }): Promise<TrainingProcess>;
  /** Keeps it for the next job, unless it has come to one of its limits. */
  giveBack(taken: TrainingProcess): void;
  /** Ends the kept one. */
  end(): Promise<void>;
}

/** Longer than it takes to end a connection and to write compiled code, on however busy a machine. */
const restMs = 60_000;
/** An idle one holds some 150 MB, and another takes half a second to start. */
const idleMs = 60_000;

/**
 * @param options.threads that its trainings may use
 * @param options.idleMs how long it is kept without a job
 */
export function keepProcess(
  limits: Limits,
  options: { readonly threads: number; readonly idleMs?: number },
): KeptProcess {
  let kept: TrainingProcess | null = null;
  let rested: Promise<void> = Promise.resolve();
  let ended: Promise<void> = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;

  const end = async (): Promise<void> => {
    clearTimeout(idle);
    if (kept !== null) ended = kept.end();
    kept = null;
    await ended;
  };

  const afterJob = async (own: TrainingProcess): Promise<void> => {
    const inTime = new AbortController();
    const late = pause(restMs, inTime.signal).then(() => null);
    const bytes = await Promise.race([own.rest(), late]).finally(() => inTime.abort());
    if (kept !== own) return;
    if (bytes === null || isWornOut(own, bytes, limits)) await end();
    else idle = setTimeout(() => void end(), options.idleMs ?? idleMs).unref();
  };

  return {
    take: async ({ fresh }) => {
      await rested;
      clearTimeout(idle);
      if (kept !== null && (fresh || !kept.alive || isTooOld(kept, limits))) await end();
      // Never two at a time.
      await ended;
      const taken = kept ?? startTrainingProcess(options.threads);
      kept = null;
      return taken;
    },
    giveBack: (taken) => {
      kept = taken;
      rested = afterJob(taken);
    },
    end,
  };
}

const isTooOld = ({ startedAt }: TrainingProcess, { TRAINING_MAX_AGE_PER_CHILD: seconds }: Limits): boolean =>
  seconds > 0 && performance.now() - startedAt >= 1000 * seconds;

const isWornOut = (own: TrainingProcess, residentBytes: number, limits: Limits): boolean => {
  const { TRAINING_MAX_JOBS_PER_CHILD: jobs, TRAINING_MAX_MEMORY_PER_CHILD: mebibytes } = limits;
  return own.jobs >= jobs || (mebibytes > 0 && residentBytes > mebibytes * 2 ** 20) || isTooOld(own, limits);
};
