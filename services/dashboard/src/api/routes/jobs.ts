import {
  adviceOn,
  barsPlace,
  attemptsOf,
  cancelJob,
  epochsOf,
  logLinesOf,
  readJob,
  retryJob,
  searchJobs,
  whyNotCancelled,
  whyNotRetried,
  type Attempt,
  type JobPlace,
  type ListedJob,
} from '@ml-training/core';
import {
  CancelledJob,
  Curves,
  CurvesQuery,
  JobDetail,
  JobParams,
  JobsPage,
  JobsQuery,
  Logs,
  LogsQuery,
  RetriedJob,
  type JobRow,
} from '../../schemas/jobs.ts';
import { ProblemBody } from '../../schemas/problem.ts';
import { cursorOf, placeOf } from '../cursor.ts';
import { notFound, Problem } from '../problem.ts';
import type { Routes } from '../route.ts';

const tags = ['jobs'];
const security = [{ token: [] }];

/** Jobs: found, looked at, tried again, cancelled. */
export const jobRoutes: Routes = (api, context) => {
  const { config, sql } = context;
  const theJob = async (id: string) => {
    const job = await readJob(sql, id);
    if (job === null) throw notFound(`no job has the job_id ${id}: GET /api/jobs lists what there is`);
    return job;
  };

  api.get(
    '/api/jobs',
    {
      schema: {
        summary: 'Jobs, newest first, by any filter',
        description: 'status, strategy_type and trigger may come several times: any of them fits.',
        tags,
        querystring: JobsQuery,
        response: { 200: JobsPage, '4xx': ProblemBody },
      },
    },
    async (request) => {
      const { status, strategy_type, trigger, symbol, run_id, error_code, since, until, cursor, limit } =
        request.query;
      const { jobs, next } = await searchJobs(
        sql,
        {
          status,
          strategyType: strategy_type,
          trigger,
          symbol,
          runId: run_id,
          errorCode: error_code,
          since: since === undefined ? undefined : new Date(since),
          until: until === undefined ? undefined : new Date(until),
        },
        { limit: limit ?? 50, after: cursor === undefined ? null : jobPlace(cursor) },
      );
      return { items: jobs.map(rowOf), next_cursor: next === null ? null : cursorOf(next) };
    },
  );

  api.get(
    '/api/jobs/:id',
    {
      schema: {
        summary: 'A job: attempts, error with advice, result, models',
        tags,
        params: JobParams,
        response: { 200: JobDetail, '4xx': ProblemBody },
      },
    },
    async ({ params }) => {
      const [job, attempts] = await Promise.all([theJob(params.id), attemptsOf(sql, params.id)]);
      const { run, models, result, retried_by, open_job_id } = job;
      return {
        ...rowOf(job),
        advice: job.status === 'completed' ? null : adviceOn(job, barsPlace(config)),
        attempts: attempts.map(attemptOf),
        stage_seconds: stageSeconds(result),
        result,
        run:
          run === null
            ? null
            : {
                ...run,
                ...times(run, ['scheduled_for', 'finished_at']),
                requested_at: run.requested_at.toISOString(),
              },
        models: [...models],
        retried_by,
        open_job_id,
        cannot_retry: whyNotRetried(job, open_job_id),
        cannot_cancel: whyNotCancelled(job),
      };
    },
  );

  api.get(
    '/api/jobs/:id/curves',
    {
      schema: {
        summary: 'The curves of a training, as they come',
        tags,
        params: JobParams,
        querystring: CurvesQuery,
        response: { 200: Curves, '4xx': ProblemBody },
      },
    },
    async ({ params, query }) => {
      const { after_step: afterStep } = query;
      const points = await epochsOf(sql, params.id, afterStep === undefined ? {} : { afterStep });
      if (points.length === 0) await theJob(params.id);
      return { items: points };
    },
  );

  api.get(
    '/api/jobs/:id/logs',
    {
      schema: {
        summary: 'What was logged of a job; a gap in seq is what was too much to keep',
        tags,
        params: JobParams,
        querystring: LogsQuery,
        response: { 200: Logs, '4xx': ProblemBody },
      },
    },
    async ({ params, query }) => {
      const lines = await logLinesOf(sql, params.id, query.after === undefined ? {} : { after: query.after });
      if (lines.length === 0) await theJob(params.id);
      return { items: lines.map((line) => ({ ...line, at: line.at.toISOString() })) };
    },
  );

  api.post(
    '/api/jobs/:id/cancel',
    {
      schema: {
        summary: 'Cancel a job that waits or runs',
        description:
          'Its row is cancelled at once; the training of a running one is stopped within a second or ' +
          'so. Asked again, it answers already.',
        tags,
        security,
        params: JobParams,
        response: { 200: CancelledJob, '4xx': ProblemBody },
      },
    },
    async ({ params }) => {
      const { outcome, was } = await cancelJob(context, params.id);
      if (outcome === 'missing' || was === null) throw notFound(`no job has the job_id ${params.id}`);
      if (outcome === 'ended')
        throw new Problem(409, 'JOB_ENDED', `the job is ${was} already: there is nothing to cancel`);
      return { job_id: params.id, outcome, was };
    },
  );

  api.post(
    '/api/jobs/:id/retry',
    {
      schema: {
        summary: 'Try a failed or cancelled job again, as a new job in a run of its own',
        tags,
        security,
        params: JobParams,
        response: { 202: RetriedJob, '4xx': ProblemBody },
      },
    },
    async ({ params }, reply) => {
      const retrial = await retryJob(context, params.id);
      switch (retrial.outcome) {
        case 'missing':
          throw notFound(`no job has the job_id ${params.id}`);
        case 'completed':
          throw new Problem(
            409,
            'JOB_COMPLETED',
            'the job completed: ask for a new training with POST /api/train',
          );
        case 'open': {
          const { openJobId, status } = retrial;
          const which =
            openJobId === params.id ? 'this job' : `job ${openJobId} of the same strategy and symbol`;
          throw new Problem(409, 'JOB_OPEN', `${which} is still ${status}: wait for it, or cancel it`, {
            open_job_id: openJobId,
          });
        }
        case 'queued': {
          const { job, runId } = retrial;
          return reply.code(202).send({ ...job, run_id: runId, retry_of: params.id });
        }
      }
    },
  );
};

function jobPlace(cursor: string): JobPlace {
  const [made, strategy, symbol, id] = placeOf(cursor, 4).map(String);
  const isPlace =
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(made!) &&
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id!);
  if (!isPlace)
    throw new Problem(
      400,
      'CURSOR_INVALID',
      'cursor is not one of this list: hand back next_cursor as it came',
    );
  return [made!, strategy!, symbol!, id!];
}

const iso = (time: Date | null): string | null => time?.toISOString() ?? null;

/** Of `of` those that are times, as text. */
const times = <K extends string>(of: Readonly<Record<K, Date | null>>, names: readonly K[]) =>
  Object.fromEntries(names.map((name) => [name, iso(of[name])])) as Record<K, string | null>; // The same names.

/** Its own fields only: what else a row may have is no part of the answer. */
function rowOf(job: ListedJob): JobRow {
  return {
    job_id: job.job_id,
    run_id: job.run_id,
    strategy_type: job.strategy_type,
    symbol: job.symbol,
    status: job.status,
    trigger: job.trigger,
    attempt: job.attempt,
    max_attempts: job.max_attempts,
    postponed: job.postponed,
    created_at: job.created_at.toISOString(),
    ...times(job, ['retry_at', 'started_at', 'completed_at']),
    trainer_id: job.trainer_id,
    progress: job.progress,
    stage: job.stage,
    error_code: job.error_code,
    error_message: job.error_message,
    retry_of: job.retry_of,
    left_out: job.left_out,
  };
}

function attemptOf(attempt: Attempt) {
  const { queued_at, due_at, started_at, ended_at } = attempt;
  const ready = due_at !== null && due_at > queued_at ? due_at : queued_at;
  return {
    ...attempt,
    queued_at: queued_at.toISOString(),
    started_at: started_at.toISOString(),
    ...times(attempt, ['due_at', 'ended_at']),
    wait_seconds: Math.max(0, seconds(ready, started_at)),
    seconds: ended_at === null ? null : seconds(started_at, ended_at),
  };
}

const seconds = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1000;

/** What each stage took; null where the result has no word of it. */
function stageSeconds(result: Readonly<Record<string, unknown>> | null): Record<string, number> | null {
  const stages = result?.['stage_seconds'];
  if (typeof stages !== 'object' || stages === null) return null;
  return Object.fromEntries(Object.entries(stages).filter(([, value]) => typeof value === 'number'));
}
