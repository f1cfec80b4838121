import type { Skipped } from '../jobs/enqueue.ts';
import { pairName, type Pair } from '../jobs/types.ts';
import { admit, busySeconds, type OpenWork } from './estimate.ts';
import { orderPairs, type OrderFacts } from './order.ts';

/** What a scheduled run trains, in its order, and whether there is the time for it. */
export interface RunPlan {
  readonly pairs: readonly Pair[];
  /** Pairs that there is no time for, where RUN_TOO_LONG says to leave them to the next run. */
  readonly leftOut: readonly Skipped[];
  /** When the last job of the run ends at the earliest; null where nothing of it was measured. */
  readonly expectedEnd: Date | null;
  /** When the next run is due; null where there is none. */
  readonly nextTick: Date | null;
  readonly tooLong: boolean;
  readonly trainers: number;
}

/** What a run is decided by. */
export interface RunFacts extends OrderFacts {
  readonly work: OpenWork;
  /** Names of the pairs that have a job already. */
  readonly open: ReadonlySet<string>;
  readonly trainers: number;
  readonly now: Date;
  /** When the next run is due; null where there is none. */
  readonly next: Date | null;
  /** RUN_TOO_LONG. */
  readonly tooLong: 'warn' | 'stalest';
}

/** Which of these pairs a run trains, in which order, and when it ends. */
export function decideRun(wanted: readonly Pair[], facts: RunFacts): RunPlan {
  const { work, open, trainers, now, next, seconds, timesLeftOut: before } = facts;
  const limit = next === null ? null : (next.getTime() - now.getTime()) / 1000;
  const ordered = orderPairs(wanted, facts);
  const busy = busySeconds(trainers, work, seconds);
  const fresh = ordered.filter((pair) => !open.has(pairName(pair)));
  const whole = admit(fresh, busy, seconds, null);
  const endOf = (after: number | null): Date | null =>
    after === null ? null : new Date(now.getTime() + after * 1000);
  const tooLong = limit !== null && whole.endsAfter !== null && whole.endsAfter > limit;
  const common = { nextTick: next, tooLong, trainers };
  if (!tooLong || facts.tooLong === 'warn')
    return { ...common, pairs: ordered, leftOut: [], expectedEnd: endOf(whole.endsAfter) };
  const part = admit(fresh, busy, seconds, limit);
  const reason =
    `no time for it before the next run, due at ${next?.toISOString() ?? ''}, in which it comes first ` +
    '(RUN_TOO_LONG=stalest)';
  const left = new Set(part.leftOut.map(pairName));
  return {
    ...common,
    pairs: ordered.filter((pair) => !left.has(pairName(pair))),
    leftOut: part.leftOut.map((pair) => ({ ...pair, reason, times: 1 + (before.get(pairName(pair)) ?? 0) })),
    expectedEnd: endOf(part.endsAfter),
  };
}
