import type { Database } from '../database/connect.ts';
import { jobEntry, urgencyOf, usualSpelling } from '../queue/payload.ts';
import {
  holdingTrainers,
  push,
  putInOrder,
  returnAll,
  waitingEntries,
  type WaitingEntries,
} from '../queue/queue.ts';
import type { Redis } from '../redis/connect.ts';
import { liveInstances } from '../service/beat.ts';
import type { NewJob } from './enqueue.ts';
import { outcomeOf } from './runs.ts';
import type { Job } from './types.ts';

export interface Reconciled {
  /** Jobs whose trainer let the lease end: queued again, or failed. */
  readonly recovered: readonly Job[];
  /** Jobs that were due and in no list. */
  readonly pushed: number;
  /** Entries that trainers held which are gone. */
  readonly returned: number;
}

/** Makes the queue what the rows say it should be. Any number of processes may do it at once. */
export async function reconcile(sql: Database, redis: Redis): Promise<Reconciled> {
  const recovered = await sql<Job[]>`SELECT * FROM ml_training_recover()`;
  let returned = 0;
  // In this order: a trainer that takes its first entry in between has beaten by then.
  const holding = await holdingTrainers(redis);
  const trainers = new Set(
    (await liveInstances(redis)).filter((beat) => beat.role === 'trainer').map((beat) => beat.instance),
  );
  for (const trainerId of holding)
    if (!trainers.has(trainerId)) returned += await returnAll(redis, trainerId);
  // ml_training_recover() counts its own.
  await count(sql, 'trainer_gone', returned);
  await sql`
    UPDATE ml_training_runs r SET
      finished_at = greatest(requested_at, coalesce(
        (SELECT max(completed_at) FROM ml_training_jobs j WHERE j.run_id = r.run_id), requested_at)),
      outcome = ${outcomeOf(sql)}
    WHERE finished_at IS NULL AND NOT EXISTS (
      SELECT FROM ml_training_jobs j WHERE j.run_id = r.run_id AND j.status IN ('queued', 'running'))`;
  // Last, as a Redis at its maxmemory refuses it.
  const pushed = await pushMissing(sql, redis);
  await count(sql, 'not_in_queue', pushed);
  return { recovered, pushed, returned };
}

/** Rows that are read at once. */
const page = 1000;

/**
 * Pushes the jobs that are due and not in the queue, the oldest run first and its jobs in their order, and
 * puts the queue in order. @returns how many were pushed
 */
async function pushMissing(sql: Database, redis: Redis): Promise<number> {
  const waiting = await waitingEntries(redis);
  const { pushed, inOrder } = await pushAbsent(sql, redis, waiting);
  if (!inOrder) await putInOrder(redis);
  return pushed;
}

async function pushAbsent(
  sql: Database,
  redis: Redis,
  waiting: WaitingEntries,
): Promise<{ pushed: number; inOrder: boolean }> {
  let pushed = 0;
  let { inOrder, newest } = waiting;
  let after = sql`true`;
  for (;;) {
    // As text both ways, since a Date has milliseconds only. No two open jobs share all four.
    const rows = await sql<(NewJob & { made: string; place: number; due: boolean })[]>`
      SELECT job_id, strategy_type, symbol, trigger, created_at::text AS made, coalesce(place, 0) AS place,
        coalesce(retry_at <= now(), true) AS due
      FROM ml_training_jobs WHERE status = 'queued' AND ${after}
      ORDER BY created_at, coalesce(place, 0), strategy_type, symbol LIMIT ${page}`;
    const due = rows.filter((job) => job.due).map(jobEntry);
    const absent = due.filter((entry) => !waiting.entries.has(usualSpelling(entry)));
    for (const urgency of absent.map(urgencyOf)) {
      if (urgency < newest) inOrder = false;
      newest = urgency;
    }
    pushed += await push(redis, absent);
    const last = rows.at(-1);
    if (last === undefined || rows.length < page) return { pushed, inOrder };
    after = sql`(created_at, coalesce(place, 0), strategy_type, symbol)
      > (${last.made}::text::timestamptz, ${last.place}, ${last.strategy_type}, ${last.symbol})`;
  }
}

/** What was put right so far, by reason: ml_training_jobs_recovered_total. */
async function count(sql: Database, reason: string, value: number): Promise<void> {
  if (value > 0)
    await sql`
      INSERT INTO ml_training_recoveries (reason, count) VALUES (${reason}, ${value})
      ON CONFLICT (reason) DO UPDATE SET count = ml_training_recoveries.count + excluded.count`;
}
