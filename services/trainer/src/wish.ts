import { randomUUID } from 'node:crypto';
import {
  ALL_SYMBOLS,
  createTickJob,
  dropRepeated,
  exchange,
  hasJob,
  jobEntry,
  listSymbols,
  wishEntry,
  type Config,
  type Database,
  type Entry,
  type NewJob,
  type Payload,
} from '@ml-training/core';
import { answered } from './answered.ts';
import { nothingNewFor } from './nothing-new.ts';
import type { JobContext } from './run-job.ts';

type Wish = Extract<Payload, { kind: 'wish' }>;

type Outcome =
  /** Its row is there, and the entry is that of any job. */
  | { readonly kind: 'adopted'; readonly jobId: string; readonly entry: Entry }
  /** Another job of the pair is open, which serves this wish too. */
  | { readonly kind: 'open'; readonly entry: Entry }
  /** The pair has no new bar since its last training. */
  | { readonly kind: 'unchanged'; readonly entry: Entry }
  /** No job could come of it: it is worth neither a row nor a process. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The trainer no longer holds it, or under its name: look again. */
  | { readonly kind: 'gone' };

/**
 * Makes a job of a wish, once, wherever this is interrupted and whoever goes on with it: the entry gets its
 * job_id first, in the list itself, then the row is made under that very id, then the entry becomes that of a
 * job. Seen again in between, also after a lost reply, it is at one of these steps and goes on from there;
 * seen again later, its job is over.
 */
export async function adoptWish(context: JobContext, entry: Entry, wish: Wish): Promise<Outcome> {
  const { config, redis, sql, instance, leaving } = context;
  const inTime = <T>(work: Promise<T>): Promise<T> => answered(work, 'making the job of a wish', leaving);
  const job: NewJob = {
    job_id: wish.jobId ?? randomUUID(),
    strategy_type: wish.strategyType,
    symbol: wish.symbol,
  };
  const repeated = wish.jobId === null ? await inTime(dropRepeated(redis, entry)) : 0;
  if (wish.jobId === null || !(await inTime(hasJob(sql, wish.jobId)))) {
    const reason = await inTime(whyNot(sql, config, job));
    if (reason !== null) return { kind: 'refused', reason };
    if (await inTime(nothingNewFor(context, job, 1 + repeated))) return { kind: 'unchanged', entry };
  }
  let held = entry;
  if (wish.jobId === null) {
    held = Buffer.from(wishEntry(job));
    if (!(await exchange(redis, instance, entry, held))) return { kind: 'gone' };
  }
  if (!(await inTime(createTickJob(sql, job, 1 + config.TRAINING_RETRY_ATTEMPTS))))
    return { kind: 'open', entry: held };
  const final = Buffer.from(jobEntry(job));
  if (!(await exchange(redis, instance, held, final))) return { kind: 'gone' };
  return { kind: 'adopted', jobId: job.job_id, entry: final };
}

/** Why a training of the pair can't succeed now, in words; null when it may. */
async function whyNot(sql: Database, config: Config, { symbol }: NewJob): Promise<string | null> {
  const needed = config.MIN_TRAINING_DATA_POINTS;
  const named = symbol === ALL_SYMBOLS ? config.TRAINING_SYMBOLS : [symbol];
  const known = await listSymbols(sql, named.length > 0 ? { upTo: needed, only: named } : { upTo: needed });
  if (known.some(({ bars }) => bars >= needed)) return null;
  return symbol === ALL_SYMBOLS
    ? `no symbol has ${needed} bars (MIN_TRAINING_DATA_POINTS)`
    : `${symbol} has ${known[0]?.bars ?? 0} bars, MIN_TRAINING_DATA_POINTS asks for ${needed}`;
}
