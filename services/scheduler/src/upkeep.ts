import {
  errorFacts,
  expireAnnouncements,
  expireModels,
  forgetModel,
  listModelFiles,
  readModel,
  registeredFiles,
  removeModel,
  type Database,
  type ServiceContext,
} from '@ml-training/core';
import { removeLeftovers } from './leftovers.ts';

/**
 * How long a file without a row, or a row without a file, is left alone after it was first seen. Its age would not do:
 * with MODEL_DIR not mounted every row lacks its file, and people need time to see that in the log.
 */
const graceMs = 86_400_000;
const jobId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Younger than this, the other half is most likely about to appear, and worth no word. */
const silentMs = 600_000;

export type UpkeepContext = Pick<ServiceContext, 'config' | 'log' | 'sql'>;

/**
 * Gives the function that deletes models past their retention, what has lacked its other half for a day, and what
 * trainings left, over another connection to the database if one is given.
 */
export function createUpkeep(given: UpkeepContext): (now: Date, sql?: Database) => Promise<void> {
  const { log } = given;
  let firstSeen = new Map<string, number>();
  return async (now, sql = given.sql) => {
    const context = { ...given, sql };
    await removeExpired(context);
    await expireAnnouncements(context.sql);
    await removeLeftovers(context, now);
    const seen = new Map<string, number>();
    for (const orphan of await findOrphans(context, now)) {
      const since = firstSeen.get(orphan.file);
      seen.set(orphan.file, since ?? now.getTime());
      if (orphan.active) log.error('the file of a model in use is missing', { ...orphan });
      else if (since === undefined)
        log.warn('model without its file or row, deleted in a day', { ...orphan });
      else if (now.getTime() - since >= graceMs) await removeOrphan(context, orphan);
    }
    firstSeen = seen;
  };
}

/** Rows first: a file that is left over is an orphan, a row that is left over leads to nothing. */
async function removeExpired(context: UpkeepContext): Promise<void> {
  const { config, log, sql } = context;
  for (const model of await expireModels(sql, config.MODEL_RETENTION_DAYS)) {
    const deleted = await removeFile(context, model.file_path);
    log.info('model removed, past MODEL_RETENTION_DAYS', { ...model, deleted });
  }
}

interface Orphan {
  readonly file: string;
  /** Of the row without a file; null for a file without a row. */
  readonly model_id: string | null;
  readonly active: boolean;
}

async function findOrphans(context: UpkeepContext, now: Date): Promise<Orphan[]> {
  const { config, sql } = context;
  // In this order: a file is there before its row.
  const files = await listModelFiles(config.MODEL_DIR);
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
