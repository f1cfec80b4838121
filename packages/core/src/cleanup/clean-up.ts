import type { Config } from '../config/index.ts';
import type { Database } from '../database/connect.ts';
import { countExpired, expireJobs, expireMetrics, expireRuns } from '../jobs/index.ts';
import { errorFacts, type Log } from '../log.ts';
import { expireAnnouncements, foldTrials } from '../registry/index.ts';
import { expireWebhooks } from '../webhooks/index.ts';
import { cleanCheckpoints } from './checkpoint-cleaner.ts';
import { removeDisusedCopies } from './copies-cleaner.ts';
import { removeExpiredModels, removeLeftovers, removeOrphans } from './model-cleaner.ts';

export interface CleanupContext {
  readonly config: Config;
  readonly log: Log;
  readonly sql: Database;
  /** Told of what would be deleted; nothing is, then. */
  readonly dryRun?: (removal: Removal) => void;
}

/** Something that is to be deleted: a file, or a number of rows. */
export interface Removal {
  readonly what: string;
  readonly name: string;
  readonly why: string;
  /** Of a file: its path below MODEL_DIR, with or without `models/` before it. */
  readonly file?: string;
}

/**
 * Deletes models past their retention, what has lacked its other half for a day, what trainings left, and old
 * history. One duty that fails keeps no other.
 */
export async function cleanUp(context: CleanupContext, now: Date): Promise<void> {
  const { log, sql, dryRun } = context;
  const duties: Record<string, () => Promise<unknown>> = {
    'old models': () => removeExpiredModels(context),
    'checkpoints and working folders': () => cleanCheckpoints(context, now),
    'models without their file or row': () => removeOrphans(context, now),
    'leftovers of an object store': () => removeLeftovers(context, now),
    'copies of models': () => removeDisusedCopies(context, now),
    ...(dryRun === undefined
      ? {
          'announcements of old': () => expireAnnouncements(sql),
          'trials of old': () => foldTrials(sql),
          'old jobs and runs': () => removeOldJobs(context),
          'old metrics': () => removeOldMetrics(context),
          'webhooks of old': () => removeOldWebhooks(context),
        }
      : { 'old jobs, runs and metrics': () => countHistory(context, dryRun) }),
  };
  for (const [duty, work] of Object.entries(duties))
    await work().catch((error: unknown) => log.warn('could not clean up', { duty, ...errorFacts(error) }));
}

async function removeOldJobs({ config, log, sql }: CleanupContext): Promise<void> {
  const jobs = await expireJobs(sql, config.JOB_RETENTION_DAYS);
  const runs = await expireRuns(sql, config.JOB_RETENTION_DAYS);
  if (jobs + runs > 0) log.info('history removed, past JOB_RETENTION_DAYS', { jobs, runs });
}

async function removeOldMetrics({ config, log, sql }: CleanupContext): Promise<void> {
  const values = await expireMetrics(sql, config.METRICS_RETENTION_DAYS);
  if (values > 0) log.info('metrics removed, past METRICS_RETENTION_DAYS', { values });
}

async function removeOldWebhooks({ log, sql }: CleanupContext): Promise<void> {
  const given_up = await expireWebhooks(sql);
  if (given_up > 0) log.error('webhooks were given up, too old to be of use', { given_up });
}

async function countHistory(
  { config, sql }: CleanupContext,
  dryRun: (removal: Removal) => void,
): Promise<void> {
  const { JOB_RETENTION_DAYS, METRICS_RETENTION_DAYS } = config;
  const counts = await countExpired(sql, { jobs: JOB_RETENTION_DAYS, metrics: METRICS_RETENTION_DAYS });
  const say = (what: string, count: number, setting: string): void => {
    if (count > 0) dryRun({ what, name: `${count} rows`, why: `past ${setting}` });
  };
  say('jobs with their curves', counts.jobs, 'JOB_RETENTION_DAYS');
  say('runs', counts.runs, 'JOB_RETENTION_DAYS');
  say('values of metrics', counts.metrics, 'METRICS_RETENTION_DAYS');
}
