import {
  findRun,
  listJobsOfRun,
  listRuns,
  listSkippedOfRun,
  type Database,
  type Run as StoredRun,
} from '@ml-training/core';
import { Type } from 'typebox';
import { paging } from '../../schemas/common.ts';
import { ProblemBody } from '../../schemas/problem.ts';
import {
  RunDetail,
  RunJobs,
  RunJobStatus,
  RunParams,
  Runs,
  SkippedPairs,
  type Run,
  type RunJob,
} from '../../schemas/runs.ts';
import { cursorOf, placeOf } from '../cursor.ts';
import { notFound } from '../problem.ts';
import type { Routes } from '../route.ts';

const tags = ['schedule'];
const firstPage = 100;

/** What runs there were, and what came of them. */
export const runRoutes: Routes = (api, { sql }) => {
  api.get(
    '/api/runs',
    {
      schema: {
        summary: 'Runs, the newest first, with what came of their jobs and what they left out',
        tags,
        querystring: Type.Object(paging),
        response: { 200: Runs, '4xx': ProblemBody },
      },
    },
    async (request) => {
      const { limit = 50, cursor } = request.query;
      const { runs, next } = await listRuns(sql, {
        limit,
        after: cursor === undefined ? null : runPlace(cursor),
      });
      return { items: runs.map(shown), next_cursor: next === null ? null : cursorOf(next) };
    },
  );
  api.get(
    '/api/runs/:id',
    {
      schema: {
        summary: 'A run with the first of its jobs and of what it left out',
        tags,
        params: RunParams,
        response: { 200: RunDetail, '4xx': ProblemBody },
      },
    },
    async (request) => {
      const { id } = request.params;
      const run = await known(sql, id);
      const [jobs, skipped_pairs] = await Promise.all([
        jobsPage(sql, id, { limit: firstPage }),
        skippedPage(sql, id, { limit: firstPage }),
      ]);
      return { ...shown(run), jobs, skipped_pairs };
    },
  );
  api.get(
    '/api/runs/:id/jobs',
    {
      schema: {
        summary: 'The jobs of a run: failed ones first, then running, queued, cancelled and completed ones',
        tags,
        params: RunParams,
        querystring: Type.Object({ ...paging, ...RunJobStatus.properties }),
        response: { 200: RunJobs, '4xx': ProblemBody },
      },
    },
    async (request) => {
      await known(sql, request.params.id);
      return jobsPage(sql, request.params.id, request.query);
    },
  );
  api.get(
    '/api/runs/:id/skipped',
    {
      schema: {
        summary: 'What a run left out, and why',
        tags,
        params: RunParams,
        querystring: Type.Object(paging),
        response: { 200: SkippedPairs, '4xx': ProblemBody },
      },
    },
    async (request) => {
      await known(sql, request.params.id);
      return skippedPage(sql, request.params.id, request.query);
    },
  );
};

async function known(sql: Database, id: string): Promise<StoredRun> {
  const run = await findRun(sql, id);
  if (run === null)
    throw notFound(`there is no run ${id}; runs are kept for JOB_RETENTION_DAYS, and /api/runs lists them`);
  return run;
}

interface Asked {
  readonly limit?: number;
  readonly cursor?: string;
}

async function jobsPage(
  sql: Database,
  id: string,
  { limit = 50, cursor, status }: Asked & { readonly status?: RunJob['status'] },
) {
  const after = cursor === undefined ? null : placeOf(cursor, 3).map(String);
  const { jobs, next } = await listJobsOfRun(sql, id, {
    limit,
    status: status ?? null,
    after: after === null ? null : [after[0]!, after[1]!, after[2]!],
  });
  return { items: jobs.map(jobShown), next_cursor: next === null ? null : cursorOf(next) };
}

async function skippedPage(sql: Database, id: string, { limit = 50, cursor }: Asked) {
  const from = cursor === undefined ? 0 : Number(placeOf(cursor, 1, ([at]) => Number.isSafeInteger(at))[0]);
  const { skipped, next } = await listSkippedOfRun(sql, id, { from, limit });
  return { items: skipped, next_cursor: next === null ? null : cursorOf([next]) };
}

const isUuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

function runPlace(cursor: string): readonly [string, string] {
  const [at, id] = placeOf(
    cursor,
    2,
    ([time, run]) =>
      !Number.isNaN(Date.parse(`${time}`.replace(/([+-]\d\d)$/, '$1:00'))) && isUuid.test(`${run}`),
  ).map(String);
  return [at!, id!];
}

const seconds = (from: Date | null, to: Date | null): number | null =>
  from === null || to === null ? null : (to.getTime() - from.getTime()) / 1000;

const shown = (run: StoredRun): Run => ({
  run_id: run.run_id,
  trigger: run.trigger,
  scheduled_for: run.scheduled_for?.toISOString() ?? null,
  requested_at: run.requested_at.toISOString(),
  finished_at: run.finished_at?.toISOString() ?? null,
  duration_seconds: seconds(run.requested_at, run.finished_at),
  expected_end: run.expected_end?.toISOString() ?? null,
  next_tick: run.next_tick?.toISOString() ?? null,
  outcome: run.outcome,
  skipped_count: run.skipped.reduce((sum, { count }) => sum + count, 0),
  skipped: run.skipped.map(({ reason, count, names }) => ({ reason, count, names: [...names] })),
});

const jobShown = (job: Awaited<ReturnType<typeof listJobsOfRun>>['jobs'][number]): RunJob => ({
  job_id: job.job_id,
  strategy_type: job.strategy_type,
  symbol: job.symbol,
  status: job.status,
  attempt: job.attempt,
  max_attempts: job.max_attempts,
  started_at: job.started_at?.toISOString() ?? null,
  completed_at: job.completed_at?.toISOString() ?? null,
  duration_seconds: seconds(job.started_at, job.completed_at),
  progress: job.progress,
  stage: job.stage,
  error_code: job.error_code,
  error_message: job.error_message,
  left_out: { ...job.left_out },
});
