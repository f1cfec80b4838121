import {
  adviceOn,
  barsPlaceOf,
  attemptsOf,
  cancelJob,
  errorFacts,
  fittedInWords,
  jobsByPrefix,
  logLinesOf,
  readJob,
  retryJob,
  whyNotCancelled,
  whyNotRetried,
  type Attempt,
  type Database,
  type JobDetail,
  type ListedJob,
} from '@ml-training/core';
import { fixed, print, printJson, table, when } from '../output.ts';
import { openRedis, withDatabase, withServers } from '../servers.ts';
import { percent } from './models.ts';

interface Options {
  readonly json?: true;
}

/** One job, whole. */
export async function showJob(start: string, options: Options & { readonly logs?: true }): Promise<void> {
  await withDatabase(async (sql) => {
    const { job_id } = await theJob(sql, start);
    const [job, attempts, lines] = await Promise.all([
      readJob(sql, job_id),
      attemptsOf(sql, job_id),
      options.logs === true ? logLinesOf(sql, job_id) : null,
    ]);
    if (job === null) throw new Error(`job ${job_id} has just been deleted`);
    const more = {
      advice: job.status === 'completed' ? null : adviceOn(job, barsPlaceOf(sql)),
      cannot_retry: whyNotRetried(job, job.open_job_id),
      cannot_cancel: whyNotCancelled(job),
    };
    if (options.json === true) printJson({ ...job, ...more, attempts, logs: lines });
    else {
      describe(job, more.advice);
      if (attempts.length > 0) print(`\n${attemptTable(attempts)}`);
      for (const line of lines ?? [])
        print(`${when(line.at)} ${line.level.padEnd(5)} ${line.message} ${JSON.stringify(line.facts)}`);
    }
  });
}

function describe(job: JobDetail, advice: string | null): void {
  const facts: [string, string | null][] = [
    ['job', job.job_id],
    [
      'status',
      job.status === 'running'
        ? `running, ${Math.round(100 * job.progress)} % ${job.stage ?? ''}`
        : job.status,
    ],
    ['asked for by', job.retry_of === null ? job.trigger : `a retry of ${job.retry_of}`],
    ['run', job.run_id],
    ['created', `${when(job.created_at)} UTC`],
    ['next attempt', job.retry_at === null ? null : `${when(job.retry_at)} UTC`],
    ['ended', job.completed_at === null ? null : `${when(job.completed_at)} UTC`],
    ['retried by', job.retried_by],
    [
      'error',
      job.status === 'completed' || job.error_code === null
        ? null
        : `${job.error_code}: ${job.error_message ?? ''}`,
    ],
    ['what to do', advice],
    ...job.models.map((model): [string, string] => [
      'model',
      `${model.model_id.slice(0, 8)} ${model.symbol}${model.is_active ? ', in use' : ''}` +
        (model.accuracy === null ? '' : `, accuracy ${fixed(model.accuracy) ?? ''}`) +
        (model.accuracy !== null || model.return === null
          ? ''
          : `, return ${percent(model.return) ?? ''} %`) +
        `: ${model.decision}`,
    ]),
    ['tuned', tunedOf(job.result)],
    ...job.models.flatMap((model): [string, string | null][] => {
      const fitted = fittedInWords(model);
      return fitted === null ? [] : [['fitted', `${model.symbol}: ${fitted}`]];
    }),
    ['not refitted', notRefitted(job.result)],
    ...warningsOf(job.result).map((warning): [string, string] => ['warning', warning]),
  ];
  print(`${job.strategy_type} ${job.symbol}`);
  for (const [name, value] of facts) if (value !== null) print(`${name.padEnd(13)} ${value}`);
}

/** What it used of a search of settings; null for nothing. */
function tunedOf(result: JobDetail['result']): string | null {
  const tuned = result?.['tuned'];
  if (typeof tuned !== 'object' || tuned === null) return null;
  const { params, tuned_at, problem } = tuned as Partial<Record<string, unknown>>;
  const at = `the search of ${String(tuned_at).slice(0, 16).replace('T', ' ')} UTC`;
  if (typeof problem === 'string') return `nothing of ${at}: ${problem}`;
  const named = Object.entries(params ?? {}).map(([name, value]) => `${name}=${String(value)}`);
  return `${named.join(' ') || 'nothing, as TRAINING_PARAMS sets all of it'}, by ${at}`;
}

/** Why its models are used as they were judged; null where they were refitted. */
function notRefitted(result: JobDetail['result']): string | null {
  const { reason } = (result?.['refit'] ?? {}) as { readonly reason?: string };
  return reason ?? null;
}

/** What the training found that somebody should look at, a sentence each. */
function warningsOf(result: JobDetail['result']): string[] {
  const warnings: unknown = result?.['warnings'];
  return Array.isArray(warnings) ? warnings.filter((one) => typeof one === 'string') : [];
}

const seconds = (from: Date, to: Date): number => Math.round((to.getTime() - from.getTime()) / 100) / 10;

function attemptTable(attempts: readonly Attempt[]): string {
  return table(
    ['attempt', 'started (UTC)', 'waited', 'seconds', 'outcome', 'trainer', 'error'],
    attempts.map(
      ({
        attempt,
        queued_at,
        due_at,
        started_at,
        ended_at,
        outcome,
        trainer_id,
        error_code,
        error_message,
      }) => [
        attempt,
        when(started_at),
        Math.max(0, seconds(due_at !== null && due_at > queued_at ? due_at : queued_at, started_at)),
        ended_at === null ? null : seconds(started_at, ended_at),
        outcome ?? 'running',
        trainer_id,
        error_code === null ? '' : `${error_code}: ${error_message ?? ''}`,
      ],
    ),
  );
}

/** Cancels a job; also while Redis is away, when its entry stays in the queue until a trainer drops it. */
export async function cancel(start: string, options: Options): Promise<void> {
  await withDatabase(async (sql, config) => {
    const job = await theJob(sql, start);
    const redis = await openRedis(config.REDIS_URL, 'ml').catch((error: unknown) => {
      process.stderr.write(`Redis can not be used (${errorFacts(error).error}): a trainer drops the entry\n`);
      return null;
    });
    try {
      const { outcome, was } = await cancelJob({ config, sql, redis }, job.job_id);
      if (outcome === 'missing') throw new Error(`${named(job)} has just been deleted`);
      if (outcome === 'ended')
        throw new Error(`${named(job)} is ${was ?? 'over'} already: there is nothing to cancel`);
      if (options.json === true) printJson({ job_id: job.job_id, outcome, was });
      else if (outcome === 'already') print(`${named(job)} was cancelled before.`);
      else print(`${named(job)} is cancelled${was === 'running' ? '; its training is being stopped' : ''}.`);
    } finally {
      redis?.disconnect();
    }
  });
}

/** Tries a failed or cancelled job again. */
export async function retry(start: string, options: Options): Promise<void> {
  await withServers(async (servers) => {
    const job = await theJob(servers.sql, start);
    const retrial = await retryJob(servers, job.job_id);
    switch (retrial.outcome) {
      case 'missing':
        throw new Error(`${named(job)} has just been deleted`);
      case 'completed':
        throw new Error(
          `${named(job)} completed: "ml train ${job.strategy_type} ${job.symbol}" asks for a new training`,
        );
      case 'open':
        throw new Error(
          retrial.openJobId === job.job_id
            ? `${named(job)} is still ${retrial.status}: wait for it, or "ml cancel ${job.job_id.slice(0, 8)}"`
            : `another job of ${job.strategy_type} ${job.symbol} is ${retrial.status}, ${retrial.openJobId}: wait for it, or cancel it`,
        );
      case 'queued':
        if (options.json === true) {
          const { job_id, strategy_type, symbol } = retrial.job;
          printJson({ job_id, strategy_type, symbol, run_id: retrial.runId, retry_of: job.job_id });
        } else print(`${named(job)} is tried again by ${retrial.job.job_id}.`);
    }
  });
}

const named = (job: Pick<ListedJob, 'job_id' | 'strategy_type' | 'symbol'>): string =>
  `${job.strategy_type} ${job.symbol} ${job.job_id.slice(0, 8)}`;

/** @throws Error where no job_id begins so, or several do */
async function theJob(sql: Database, start: string): Promise<ListedJob> {
  if (!/^[0-9a-f-]{4,36}$/i.test(start))
    throw new Error(
      `${JSON.stringify(start)} is no job_id: give the first letters of one, 4 or more, as "ml jobs" prints them`,
    );
  const [job, ...others] = await jobsByPrefix(sql, start);
  if (job === undefined) throw new Error(`no job_id begins with ${start}: "ml jobs" shows what there is`);
  if (others.length === 0) return job;
  const list = [job, ...others].map(
    (one) => `\n  ${one.job_id}  ${one.strategy_type} ${one.symbol}, created ${when(one.created_at)}`,
  );
  throw new Error(`several job_ids begin with ${start}, give more of it:${list.join('')}`);
}
