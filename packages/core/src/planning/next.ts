import type { Database } from '../database/connect.ts';
import { pairName, type Job, type Pair } from '../jobs/types.ts';
import { keys } from '../queue/keys.ts';
import { parsePayload, urgencyOf } from '../queue/payload.ts';
import type { Redis } from '../redis/connect.ts';
import { reply } from '../redis/script.ts';
import { lastTrained } from './measured.ts';

/** An entry of the queue, as it will be taken. */
export interface NextEntry {
  /** Null for an entry that no job is made of yet. */
  readonly job_id: string | null;
  /** Null for one that no job can be made of, or whose job has no row. */
  readonly strategy_type: string | null;
  readonly symbol: string | null;
  /** Why it is where it is, in words. */
  readonly why: string;
}

/** So many are looked at, at either end of the queue. */
const looked = 1000;

/**
 * The entries that trainers take next, the first one first: wishes that have just been pushed are among them,
 * although they are moved there only when somebody takes an entry.
 */
export async function nextEntries(sql: Database, redis: Redis, count: number): Promise<NextEntry[]> {
  const [next, newest] = await Promise.all([
    reply(redis.lrange(keys.queue, -looked, -1), 'LRANGE'),
    reply(redis.lrange(keys.queue, 0, looked - 1), 'LRANGE'),
  ]);
  // In a short queue both ends are the same entries.
  const ofNext = new Set(next);
  const waiting = next.length < looked ? next : [...newest.filter((one) => !ofNext.has(one)), ...next];
  const taken = waiting
    .toReversed()
    .toSorted((a, b) => urgencyOf(a) - urgencyOf(b))
    .slice(0, count)
    .map((entry) => ({ urgency: urgencyOf(entry), payload: parsePayload(entry) }));
  const ids = taken.flatMap(({ payload }) =>
    'jobId' in payload && payload.jobId !== null ? [payload.jobId] : [],
  );
  const jobs = await sql<Pick<Job, 'job_id' | 'strategy_type' | 'symbol' | 'attempt' | 'max_attempts'>[]>`
    SELECT job_id, strategy_type, symbol, attempt, max_attempts FROM ml_training_jobs
    WHERE job_id = ANY (${ids}::uuid[])`;
  const trained = await lastTrained(sql, jobs);
  return taken.map(({ urgency, payload }): NextEntry => {
    const none = { job_id: null, strategy_type: null, symbol: null };
    if (payload.kind === 'garbage') return { ...none, why: `no job can be made of it: ${payload.reason}` };
    const job = jobs.find(({ job_id }) => job_id === payload.jobId);
    if (job !== undefined) {
      const { job_id, strategy_type, symbol, attempt, max_attempts } = job;
      const again = attempt > 0 ? `, attempt ${attempt + 1} of ${max_attempts}` : '';
      const why = urgency === 3 ? scheduled(job, trained) : whoAsked[urgency];
      return { job_id, strategy_type, symbol, why: `${why}${again}` };
    }
    if (payload.kind === 'job') return { ...none, job_id: payload.jobId, why: 'its job has no row' };
    return {
      job_id: null,
      strategy_type: payload.strategyType,
      symbol: payload.symbol,
      why: whoAsked[1],
    };
  });
}

const whoAsked = { 1: 'a bot asks for it', 2: 'somebody asked for it' } as const;

function scheduled(pair: Pair, trained: ReadonlyMap<string, Date>): string {
  const at = trained.get(pairName(pair));
  return at === undefined
    ? 'the schedule; never trained'
    : `the schedule; last trained ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
