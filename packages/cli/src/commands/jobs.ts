import {
  jobStatuses,
  jobTriggers,
  searchJobs,
  theStrategy,
  type Job,
  type JobFilter,
  type JobStatus,
  type JobTrigger,
} from '@ml-training/core';
import { jobNote } from '../job-note.ts';
import { momentOf } from '../moment.ts';
import { print, printJson, table, when } from '../output.ts';
import { withDatabase } from '../servers.ts';

interface Options {
  readonly status?: readonly string[];
  readonly strategy?: string;
  readonly symbol?: string;
  readonly trigger?: string;
  readonly run?: string;
  readonly error?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly json?: true;
}

/** The newest jobs that fit. */
export async function showJobs(options: Options): Promise<void> {
  // Words that can't be need no database to say so.
  const filter = filterOf(options, new Date());
  await withDatabase(async (sql) => {
    if (options.strategy !== undefined) await theStrategy(sql, options.strategy);
    const { jobs } = await searchJobs(sql, filter, { limit: options.limit });
    if (options.json === true) printJson(jobs);
    else if (jobs.length === 0)
      print(
        Object.values(filter).some((one) => one !== undefined)
          ? 'No job fits.'
          : 'No jobs. "ml train" asks for some.',
      );
    else {
      print(
        table(
          ['job', 'strategy', 'symbol', 'status', 'attempt', 'trigger', 'created (UTC)', 'seconds', 'note'],
          jobs.map((job) => [
            job.job_id.slice(0, 8),
            job.strategy_type,
            job.symbol,
            job.status,
            `${job.attempt}/${job.max_attempts}`,
            job.trigger,
            when(job.created_at),
            seconds(job),
            jobNote(job),
          ]),
        ),
      );
    }
  });
}

/** @throws Error naming the option whose word can't be */
function filterOf(options: Options, now: Date): JobFilter {
  const { status, strategy, symbol, trigger, run, error, since, until } = options;
  if (run !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(run))
    throw new Error(`--run is ${JSON.stringify(run)}, but must be a run_id as "ml jobs --json" prints it`);
  return {
    status: status?.map((one) => named<JobStatus>('--status', one, jobStatuses)),
    strategyType: strategy === undefined ? undefined : [strategy],
    trigger: trigger === undefined ? undefined : [named<JobTrigger>('--trigger', trigger, jobTriggers)],
    symbol,
    runId: run,
    errorCode: error?.toUpperCase(),
    since: since === undefined ? undefined : momentOf('--since', since, now),
    until: until === undefined ? undefined : momentOf('--until', until, now),
  };
}

function named<T extends string>(option: string, name: string, known: readonly T[]): T {
  const found = known.find((one) => one === name);
  if (found === undefined)
    throw new Error(`${option} is ${JSON.stringify(name)}, but must be one of ${known.join(', ')}`);
  return found;
}

function seconds(job: Job): number | null {
  if (job.started_at === null || job.completed_at === null) return null;
  return Math.round((job.completed_at.getTime() - job.started_at.getTime()) / 100) / 10;
}
