import { countExpired, expireJobs, expireMetrics, expireRuns } from '../jobs/index.ts';
import type { Config } from '../config/index.ts';
import type { Database } from '../database/connect.ts';
import { errorFacts, type Log } from '../log.ts';
import { listModelFiles, readModel, removeModel } from '../models/index.ts';
import {
  expireAnnouncements,
  expireModels,
  forgetModel,
  listExpiredModels,
  notedOrphans,
  noteOrphans,
  registeredFiles,
} from '../registry/index.ts';
import { expireWebhooks } from '../webhooks/index.ts';
import { removeLeftovers } from './leftovers.ts';

const jobId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Younger than this, the other half is most likely about to appear, and worth no word. */
const silentMs = 600_000;

export interface UpkeepContext {
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
}

/**
 * Deletes models past their retention, what has lacked its other half for a day, what trainings left, and old history. One
 * duty that fails keeps no other.
 */
export async function cleanUp(context: UpkeepContext, now: Date): Promise<void> {
  const { log, sql, dryRun } = context;
  const duties: Record<string, () => Promise<void>> = {
    'old models': () => removeExpired(context),
    'what trainings left': () => removeLeftovers(context, now),
    'models without their file or row': () => removeOrphans(context, now),
    ...(dryRun === undefined
      ? {
          'announcements of old': () => expireAnnouncements(sql),
          'old jobs and runs': () => removeOldJobs(context),
          'old metrics': () => removeOldMetrics(context),
          'webhooks of old': () => removeOldWebhooks(context),
        }
      : { 'old jobs, runs and metrics': () => countHistory(context, dryRun) }),
  };
  for (const [duty, work] of Object.entries(duties))
    await work().catch((error: unknown) => log.warn('could not clean up', { duty, ...errorFacts(error) }));
}

/** Rows first: a file that is left over is an orphan, a row that is left over leads to nothing. */
async function removeExpired(context: UpkeepContext): Promise<void> {
  const { config, log, sql, dryRun } = context;
  if (dryRun !== undefined) {
    for (const { file_path } of await listExpiredModels(sql, config.MODEL_RETENTION_DAYS))
      dryRun({ what: 'model', name: file_path, why: 'past MODEL_RETENTION_DAYS' });
    return;
  }
  for await (const models of expireModels(sql, config.MODEL_RETENTION_DAYS))
    for (const model of models) {
      const deleted = await removeFile(context, model.file_path);
      log.info('model removed, past MODEL_RETENTION_DAYS', { ...model, deleted });
    }
}

/**
 * A file without a row, or a row without a file, is left alone for a day after it was first seen. Its age would not do: with
 * MODEL_DIR not mounted every row lacks its file, and people need time to see that in the log.
 */
async function removeOrphans(context: UpkeepContext, now: Date): Promise<void> {
  const { log, sql, dryRun } = context;
  const orphans = await findOrphans(context, now);
  if (dryRun !== undefined) {
    const due = await notedOrphans(
      sql,
      orphans.map(({ file }) => file),
    );
    for (const { file, model_id, active } of orphans)
      if (!active && due.has(file))
        dryRun(
          model_id === null
            ? { what: 'file without a row', name: file, why: 'no row has been seen for it for a day' }
            : { what: 'row without a file', name: file, why: 'no file has been seen for it for a day' },
        );
    return;
  }
  const seen = await noteOrphans(
    sql,
    orphans.map(({ file }) => file),
  );
  const since = new Map(seen.map((one) => [one.file, one]));
  for (const orphan of orphans) {
    const { isNew = false, due = false } = since.get(orphan.file) ?? {};
    if (orphan.active) log.error('the file of a model in use is missing', { ...orphan });
    else if (isNew) log.warn('model without its file or row, deleted in a day', { ...orphan });
    else if (due) await removeOrphan(context, orphan);
  }
}

interface Orphan {
  readonly file: string;
  /** Of the row without a file; null for a file without a row. */
  readonly model_id: string | null;
  readonly active: boolean;
}

async function findOrphans(context: UpkeepContext, now: Date): Promise<Orphan[]> {
  const { config, log, sql } = context;
  const unseen: string[] = [];
  // In this order: a file is there before its row.
  const files = await listModelFiles(config.MODEL_DIR, (place, error) => {
    unseen.push(place);
    log.warn('model files can not be looked at', { place, error: errorFacts(error).error });
  });
  const rows = await registeredFiles(sql);
  const present = new Set(files.map((file) => file.filePath));
  const rowless = [];
  for (const file of files)
    if (!rows.has(file.filePath) && now.getTime() - file.modifiedAt.getTime() >= silentMs)
      if (file.temporary || (await madeHere(context, file.filePath)))
        rowless.push({ file: file.filePath, model_id: null, active: false });
  return [
    ...rowless,
    ...[...rows]
      .filter(([file, row]) => !present.has(file) && row.ageMs >= silentMs)
      .filter(([file]) => !unseen.some((place) => file.startsWith(place)))
      .map(([file, row]) => ({ file, model_id: row.modelId, active: row.active })),
  ];
}

/**
 * Whether a job of this database made the file. MODEL_DIR may be shared with a fleet on another one (npm start beside
 * compose), whose models are none of ours. A file that can't be read is left to people.
 */
async function madeHere({ config, log, sql }: UpkeepContext, file: string): Promise<boolean> {
  try {
    const { lineage } = await readModel(config.MODEL_DIR, file);
    // Compared as what it is: as text, every file would cost a look at every job.
    if (!jobId.test(lineage.job_id)) return false;
    const [job] = await sql`SELECT FROM ml_training_jobs WHERE job_id = ${lineage.job_id}`;
    return job !== undefined;
  } catch (error) {
    log.warn('a model file without a row can not be read', { file, error: errorFacts(error).error });
    return false;
  }
}

async function removeOrphan(context: UpkeepContext, orphan: Orphan): Promise<void> {
  if (orphan.model_id !== null) await forgetModel(context.sql, orphan.model_id);
  else if (!(await removeFile(context, orphan.file))) return;
  context.log.warn('model without its file or row deleted', { ...orphan });
}

/** One file that can't be deleted must not keep the others. @returns whether it was there, and is gone */
async function removeFile({ config, log }: UpkeepContext, file: string): Promise<boolean> {
  try {
    return await removeModel(config.MODEL_DIR, file);
  } catch (error) {
    log.warn('a model file could not be deleted', { file, ...errorFacts(error) });
    return false;
  }
}

async function removeOldJobs({ config, log, sql }: UpkeepContext): Promise<void> {
  const jobs = await expireJobs(sql, config.JOB_RETENTION_DAYS);
  const runs = await expireRuns(sql, config.JOB_RETENTION_DAYS);
  if (jobs + runs > 0) log.info('history removed, past JOB_RETENTION_DAYS', { jobs, runs });
}

async function removeOldMetrics({ config, log, sql }: UpkeepContext): Promise<void> {
  const values = await expireMetrics(sql, config.METRICS_RETENTION_DAYS);
  if (values > 0) log.info('metrics removed, past METRICS_RETENTION_DAYS', { values });
}

async function removeOldWebhooks({ log, sql }: UpkeepContext): Promise<void> {
  const given_up = await expireWebhooks(sql);
  if (given_up > 0) log.error('webhooks were given up, too old to be of use', { given_up });
}

async function countHistory(
  { config, sql }: UpkeepContext,
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
