import { strategyTypes, type StrategyType } from '@ml-training/sdk';
import type { Fragment } from 'postgres';
import type { Database } from '../database/connect.ts';
import { listedColumns, type ListedJob } from './list.ts';
import { jobStatuses, jobTriggers, type JobStatus, type JobTrigger } from './types.ts';

/** What a list of jobs is to hold; a job must fit each that is given, of a list any of it. */
export interface JobFilter {
  readonly status?: readonly JobStatus[] | undefined;
  readonly strategyType?: readonly StrategyType[] | undefined;
  readonly trigger?: readonly JobTrigger[] | undefined;
  readonly symbol?: string | undefined;
  readonly runId?: string | undefined;
  readonly errorCode?: string | undefined;
  /** Made at this moment or later. */
  readonly since?: Date | undefined;
  /** Made before this moment. */
  readonly until?: Date | undefined;
}

/** Of a job in the order of lists: created_at to the microsecond, UTC; strategy_type; symbol; job_id. */
export type JobPlace = readonly [string, string, string, string];

export interface FoundJobs {
  readonly jobs: readonly ListedJob[];
  /** Of the last one where there are more after it; else null. */
  readonly next: JobPlace | null;
}

/**
 * The newest jobs that fit, or those after a place; those made at one moment, as in a run, by strategy and
 * symbol. Jobs that are made meanwhile come before the first, so no page that follows repeats or leaves out
 * one.
 *
 * Status, strategy and trigger have few values: for each combination that is asked for, a range of an index
 * holds its jobs in their order. However many jobs there are and however few of them fit, no more than a page
 * is read of each.
 */
export async function searchJobs(
  sql: Database,
  filter: JobFilter,
  { limit, after = null }: { readonly limit: number; readonly after?: JobPlace | null },
): Promise<FoundJobs> {
  const { symbol, runId, errorCode, since, until } = filter;
  const all = sql`true`;
  const kinds =
    runId === undefined &&
    [filter.status, filter.strategyType, filter.trigger, symbol, errorCode].some((one) => one !== undefined);
  const conditions = sql`
    ${symbol === undefined ? all : sql`symbol = ${symbol}`}
    AND ${errorCode === undefined ? all : sql`error_code = ${errorCode}`}
    AND ${since === undefined ? all : sql`created_at >= ${since}`}
    AND ${until === undefined ? all : sql`created_at < ${until}`}`;
  const ofKind = sql`
    ${filter.status === undefined ? all : sql`status = ANY (${[...filter.status]})`}
    AND ${filter.strategyType === undefined ? all : sql`strategy_type = ANY (${[...filter.strategyType]})`}
    AND ${filter.trigger === undefined ? all : sql`trigger = ANY (${[...filter.trigger]})`}`;
  // OFFSET 0: else the range of another index may be read beside the run's.
  const jobs =
    runId === undefined
      ? sql`ml_training_jobs`
      : sql`(SELECT * FROM ml_training_jobs WHERE run_id = ${runId} OFFSET 0) of_run`;
  // A number, no parameter: of a limit that it doesn't know PostgreSQL plans for a tenth of all rows.
  const most = sql.unsafe(String(Math.trunc(limit) + 1));
  const order = sql`created_at DESC, strategy_type, symbol, job_id`;
  const some = (where: Fragment): Fragment =>
    kinds
      ? sql`
        SELECT fitting.* FROM unnest(${[...(filter.status ?? jobStatuses)]}::text[]) of_status (value)
        CROSS JOIN unnest(${[...(filter.strategyType ?? strategyTypes())]}::text[]) of_strategy (value)
        CROSS JOIN unnest(${[...(filter.trigger ?? jobTriggers)]}::text[]) of_trigger (value)
        CROSS JOIN LATERAL (
          SELECT created_at, strategy_type, symbol, job_id FROM ml_training_jobs
          WHERE status = of_status.value AND strategy_type = of_strategy.value AND trigger = of_trigger.value
            AND ${conditions} AND ${where}
          ORDER BY created_at DESC NULLS LAST, symbol, job_id LIMIT ${most}) fitting`
      : sql`
        (SELECT created_at, strategy_type, symbol, job_id FROM ${jobs}
         WHERE ${ofKind} AND ${conditions} AND ${where} ORDER BY ${order} LIMIT ${most})`;
  // Apart, what was made at the last one's moment and what was made before it: as one condition no range of
  // an index is it.
  const found =
    after === null
      ? some(all)
      : sql`
        ${some(
          sql`created_at = ${after[0]}::text::timestamptz AND ${
            kinds
              ? // Not as one row of three: PostgreSQL 17 looks for that within these indexes, and misses some.
                sql`of_strategy.value >= ${after[1]}
                  AND (of_strategy.value > ${after[1]} OR (symbol, job_id) > (${after[2]},
                    ${after[3]}::uuid))`
              : sql`(strategy_type, symbol, job_id) > (${after[1]}, ${after[2]}, ${after[3]}::uuid)`
          }`,
        )}
        UNION ALL
        ${some(sql`created_at < ${after[0]}::text::timestamptz`)}`;
  const rows = await sql<(ListedJob & { made: string })[]>`
    WITH found AS MATERIALIZED (
      SELECT * FROM (${found}) f ORDER BY ${order} LIMIT ${most}
    )
    SELECT ${listedColumns(sql)}, to_char(created_at AT TIME ZONE 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS made
    FROM found JOIN ml_training_jobs USING (job_id, created_at, strategy_type, symbol)
    ORDER BY ${order}`;
  const page = rows.slice(0, limit).map(({ made: _made, ...job }) => job);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    jobs: page,
    next: last === undefined ? null : [last.made, last.strategy_type, last.symbol, last.job_id],
  };
}
