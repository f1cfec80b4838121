import type postgres from 'postgres';
import type { Database } from '../database/connect.ts';
import type { Skipped } from './enqueue.ts';
import { listedColumns, type ListedJob } from './list.ts';
import { sumUp, type Summary } from './sum-up.ts';
import type { JobStatus } from './types.ts';

export interface Run {
  readonly run_id: string;
  readonly trigger: 'schedule' | 'manual';
  /** The tick; null for a run that somebody asked for. */
  readonly scheduled_for: Date | null;
  readonly requested_at: Date;
  /** When the last of its jobs ended; null until all have. */
  readonly finished_at: Date | null;
  /**
   * When the last of its jobs was expected to end at the earliest, and when the next run was due; null of runs that
   * nothing was known of.
   */
  readonly expected_end: Date | null;
  readonly next_tick: Date | null;
  /** How many of its jobs are in each state. */
  readonly outcome: Readonly<Record<JobStatus, number>>;
  /** What it left out, by reason. */
  readonly skipped: readonly Summary[];
}

/** Of a row r of ml_training_runs: {status: count} of its jobs. */
export const outcomeOf = (sql: Database): postgres.Fragment => sql`
  (SELECT coalesce(jsonb_object_agg(counted.status, counted.count), '{}') FROM (
     SELECT status, count(*) FROM ml_training_jobs j WHERE j.run_id = r.run_id GROUP BY status) counted)`;

type Row = Omit<Run, 'outcome' | 'skipped'> & {
  readonly outcome: Partial<Record<JobStatus, number>>;
  readonly summary: readonly Summary[] | null;
  readonly skipped: readonly Skipped[] | null;
  readonly place: string;
};

/**
 * What is known without counting comes from the row; what a run left out is read whole for those of before
 * alone.
 */
const columns = (sql: Database) => sql`
  run_id, trigger, scheduled_for, requested_at, finished_at, expected_end, next_tick, coalesce(outcome, ${outcomeOf(sql)}) AS outcome,
  skipped_summary AS summary, CASE WHEN skipped_summary IS NULL THEN skipped END AS skipped`;

const runOf = ({ place: _, summary, skipped, outcome, ...run }: Row): Run => ({
  ...run,
  outcome: { queued: 0, running: 0, completed: 0, failed: 0, cancelled: 0, ...outcome },
  skipped: summary ?? sumUp(skipped ?? []),
});

/**
 * Where a page of runs ended: requested_at as PostgreSQL writes it, as a Date has milliseconds only, and
 * run_id.
 */
export type RunPlace = readonly [string, string];

/** Runs, the newest first. @returns `next` for the page after it; null where there is none */
export async function listRuns(
  sql: Database,
  { limit, after = null }: { readonly limit: number; readonly after?: RunPlace | null },
): Promise<{ runs: Run[]; next: RunPlace | null }> {
  const before =
    after === null
      ? sql``
      : sql`WHERE requested_at <= ${after[0]}::text::timestamptz
              AND (requested_at, run_id) < (${after[0]}::text::timestamptz, ${after[1]}::uuid)`;
  const rows = await sql<Row[]>`
    SELECT ${columns(sql)}, requested_at::text AS place
    FROM (SELECT * FROM ml_training_runs ${before} ORDER BY requested_at DESC, run_id DESC
      LIMIT ${limit + 1}) r
    ORDER BY r.requested_at DESC, r.run_id DESC`;
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    runs: rows.slice(0, limit).map(runOf),
    next: last === undefined ? null : [last.place, last.run_id],
  };
}

/** A run by its id; null when there is none (any more). */
export async function findRun(sql: Database, runId: string): Promise<Run | null> {
  const [row] = await sql<Row[]>`
    SELECT ${columns(sql)}, '' AS place FROM ml_training_runs r WHERE run_id = ${runId}`;
  return row === undefined ? null : runOf(row);
}

/** Those that somebody has to look at come first. */
const byUrgency: readonly JobStatus[] = ['failed', 'running', 'queued', 'cancelled', 'completed'];

/** Where a page of a run's jobs ended. */
export type RunJobPlace = readonly [status: string, strategy_type: string, symbol: string];

/**
 * Jobs of a run: failed ones first, done ones last, in each the pairs in order. @param options.status of one
 * state only
 */
export async function listJobsOfRun(
  sql: Database,
  runId: string,
  options: {
    readonly limit: number;
    readonly status?: JobStatus | null;
    readonly after?: RunJobPlace | null;
  },
): Promise<{ jobs: ListedJob[]; next: RunJobPlace | null }> {
  const { limit, status = null, after = null } = options;
  const all = status === null ? byUrgency : [status];
  // A status that is none of these is a cursor of nobody's: nothing comes after it.
  const from = after === null ? 0 : all.findIndex((one) => one === after[0]);
  const jobs: ListedJob[] = [];
  for (const one of from < 0 ? [] : all.slice(from)) {
    if (jobs.length > limit) break;
    const beyond =
      after !== null && one === after[0]
        ? sql`AND (strategy_type, symbol) > (${after[1]}, ${after[2]})`
        : sql``;
    jobs.push(
      ...(await sql<ListedJob[]>`
        SELECT ${listedColumns(sql)} FROM ml_training_jobs
        WHERE run_id = ${runId} AND status = ${one} ${beyond}
        ORDER BY strategy_type, symbol LIMIT ${limit + 1 - jobs.length}`),
    );
  }
  const last = jobs.length > limit ? jobs[limit - 1] : undefined;
  return {
    jobs: jobs.slice(0, limit),
    next: last === undefined ? null : [last.status, last.strategy_type, last.symbol],
  };
}

/** What a run left out, pair by pair in the order it was noted. @param options.from how many to pass over */
export async function listSkippedOfRun(
  sql: Database,
  runId: string,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<{ skipped: Skipped[]; next: number | null }> {
  const rows = await sql<{ pair: Skipped }[]>`
    SELECT pair FROM ml_training_runs, jsonb_array_elements(skipped) WITH ORDINALITY AS s (pair, place)
    WHERE run_id = ${runId} AND place > ${from} ORDER BY place LIMIT ${limit + 1}`;
  return {
    skipped: rows.slice(0, limit).map(({ pair }) => pair),
    next: rows.length > limit ? from + limit : null,
  };
}
