import type { Pair } from '../jobs/types.ts';

/** Jobs that are open: how long those that run do so already, and how many wait. */
export interface OpenWork {
  readonly running: readonly { readonly strategy_type: string; readonly elapsed: number }[];
  readonly queued: readonly { readonly strategy_type: string; readonly count: number }[];
}

/**
 * In how many seconds each trainer is free, when all that runs and waits is done: whoever is free takes the
 * next job. A strategy that was never measured counts as nothing.
 * @param seconds of a training, by strategy
 */
export function busySeconds(
  trainers: number,
  { running, queued }: OpenWork,
  seconds: ReadonlyMap<string, number>,
): number[] {
  const free = new Array<number>(trainers).fill(0);
  const of = (strategy: string): number => seconds.get(strategy) ?? 0;
  for (const { strategy_type, elapsed } of running) take(free, Math.max(0, of(strategy_type) - elapsed));
  for (const { strategy_type, count } of queued)
    for (let i = 0; i < count; i++) take(free, of(strategy_type));
  return free;
}

/** Gives a job to the trainer that is free first. @returns when it begins and ends */
function take(free: number[], seconds: number): { start: number; end: number } {
  let first = 0;
  for (let i = 1; i < free.length; i++) if (free[i]! < free[first]!) first = i;
  const start = free[first]!;
  free[first] = start + seconds;
  return { start, end: start + seconds };
}

export interface Admission {
  readonly pairs: readonly Pair[];
  /** Those that there is no time for. */
  readonly leftOut: readonly Pair[];
  /** Seconds until the last of `pairs` ends; null where there is none, or none of them was measured. */
  readonly endsAfter: number | null;
}

/**
 * Which of a run's pairs are trained, and how long that takes, behind what is open already.
 * @param pairs in their order
 * @param limit seconds in which a job must have ended to be admitted; null admits all. A job that takes longer
 *   than that by itself is admitted where it begins in time: it would never be trained otherwise
 */
export function admit(
  pairs: readonly Pair[],
  busy: readonly number[],
  seconds: ReadonlyMap<string, number>,
  limit: number | null,
): Admission {
  const free = [...busy];
  const admitted: Pair[] = [];
  const leftOut: Pair[] = [];
  let endsAfter: number | null = null;
  for (const pair of pairs) {
    const takes = seconds.get(pair.strategy_type);
    if (takes === undefined) {
      // Nobody knows how long it takes before it was trained.
      admitted.push(pair);
      continue;
    }
    const start = Math.min(...free);
    const fits = limit === null || (takes > limit ? start < limit : start + takes <= limit);
    if (!fits) {
      leftOut.push(pair);
      continue;
    }
    admitted.push(pair);
    endsAfter = Math.max(endsAfter ?? 0, take(free, takes).end);
  }
  return { pairs: admitted, leftOut, endsAfter };
}
