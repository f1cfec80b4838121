import { randomUUID } from 'node:crypto';
import {
  ALL_SYMBOLS,
  createTickJob,
  dropRepeated,
  exchange,
  forgetWaiting,
  hasJob,
  jobEntry,
  listSymbols,
  waitingJobOf,
  wishEntry,
  type Config,
  type Database,
  type Entry,
  type EntryJob,
  type Pair,
  type Payload,
} from '@ml-training/core';
import { answered } from './answered.ts';
import { nothingNewFor } from './nothing-new.ts';
import type { JobContext } from './run-job.ts';

type Wish = Extract<Payload, { kind: 'wish' }>;

type Outcome =
  /** The row is there, of its own or of the job that waited, and the entry is that of any job. */
  | { readonly kind: 'adopted'; readonly jobId: string; readonly entry: Entry }
  /** Another job of the pair runs, or waits for its retry, which serves this wish too. */
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
 * seen again later, its job is over. Where a job of the pair waits already, as in a long run, the wish stands
 * for that one, which so comes before its turn.
 */
export async function adoptWish(context: JobContext, entry: Entry, wish: Wish): Promise<Outcome> {
  const { config, redis, sql, instance, leaving } = context;
  const inTime = <T>(work: Promise<T>): Promise<T> => answered(work, 'making the job of a wish', leaving);
  const job: Pair & EntryJob = {
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
  const own = await inTime(createTickJob(sql, job, 1 + config.TRAINING_RETRY_ATTEMPTS));
  const stands = own ? job : await inTime(waitingJobOf(sql, job));
  if (stands === null) return { kind: 'open', entry: held };
  const final = Buffer.from(jobEntry({ ...stands, trigger: 'tick' }));
  if (!(await exchange(redis, instance, held, final))) return { kind: 'gone' };
  if (!own) await forgetEntry(context, stands);
  return { kind: 'adopted', jobId: stands.job_id, entry: final };
}

/** Takes the other entry of a job out of the queue. One that is left there would be dropped when it is taken. */
async function forgetEntry({ log, redis }: JobContext, job: EntryJob): Promise<void> {
  const { job_id, strategy_type, symbol } = job;
  log.info('trained before its turn, as a bot asks for it', { job_id, strategy_type, symbol });
  await forgetWaiting(redis, job).catch(() => undefined);
}

/** Why a training of the pair can't succeed now, in words; null when it may. */
async function whyNot(sql: Database, config: Config, { symbol }: Pair): Promise<string | null> {
  const needed = config.MIN_TRAINING_DATA_POINTS;
  const named = symbol === ALL_SYMBOLS ? config.TRAINING_SYMBOLS : [symbol];
  const known = await listSymbols(sql, named.length > 0 ? { upTo: needed, only: named } : { upTo: needed });
  if (known.some(({ bars }) => bars >= needed)) return null;
  return symbol === ALL_SYMBOLS
    ? `no symbol has ${needed} bars (MIN_TRAINING_DATA_POINTS)`
    : `${symbol} has ${known[0]?.bars ?? 0} bars, MIN_TRAINING_DATA_POINTS asks for ${needed}`;
}
