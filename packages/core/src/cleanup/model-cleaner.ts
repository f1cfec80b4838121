import { errorFacts } from '../log.ts';
import { listModelFiles, readModel, removeModel, storeAt } from '../models/index.ts';
import {
  expireModels,
  forgetModel,
  listExpiredModels,
  notedOrphans,
  noteOrphans,
  registeredFiles,
} from '../registry/index.ts';
import type { CleanupContext } from './clean-up.ts';

const jobId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Younger than this, the other half is most likely about to appear, and worth no word. */
const silentMs = 600_000;

/** Rows first: a file that is left over is an orphan, a row that is left over leads to nothing. */
export async function removeExpiredModels(context: CleanupContext): Promise<void> {
  const { config, log, sql, dryRun } = context;
  const retention = { days: config.MODEL_RETENTION_DAYS, keepLast: config.MODEL_KEEP_LAST };
  if (dryRun !== undefined) {
    for (const { file_path, why } of await listExpiredModels(sql, retention))
      dryRun({ what: 'model', name: file_path, why, file: file_path });
    return;
  }
  for await (const models of expireModels(sql, retention))
    for (const { why, ...model } of models) {
      const deleted = await removeFile(context, model.file_path);
      log.info(`model removed, ${why}`, { ...model, deleted });
    }
}

/**
 * A file without a row, or a row without a file, is left alone for a day after it was first seen. Its age
 * would not do: with MODEL_DIR not mounted every row lacks its file, and people need time to see that in the
 * log.
 */
export async function removeOrphans(context: CleanupContext, now: Date): Promise<void> {
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
            ? { what: 'file without a row', name: file, why: 'no row has been seen for it for a day', file }
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

async function findOrphans(context: CleanupContext, now: Date): Promise<Orphan[]> {
  const { config, log, sql } = context;
  const unseen: string[] = [];
  // In this order: a file is there before its row.
  const files = await listModelFiles(config, (place, error) => {
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
 * Whether a job of this database made the file. MODEL_DIR may be shared with a fleet on another one (npm
 * start beside compose), whose models are none of ours. A file that can't be read is left to people.
 */
async function madeHere({ config, log, sql }: CleanupContext, file: string): Promise<boolean> {
  try {
    const { lineage } = await readModel(config, file);
    // Compared as what it is: as text, every file would cost a look at every job.
    if (!jobId.test(lineage.job_id)) return false;
    const [job] = await sql`SELECT FROM ml_training_jobs WHERE job_id = ${lineage.job_id}`;
    return job !== undefined;
  } catch (error) {
    log.warn('a model file without a row can not be read', { file, error: errorFacts(error).error });
    return false;
  }
}

async function removeOrphan(context: CleanupContext, orphan: Orphan): Promise<void> {
  if (orphan.model_id !== null) await forgetModel(context.sql, orphan.model_id);
  else if (!(await removeFile(context, orphan.file))) return;
  context.log.warn('model without its file or row deleted', { ...orphan });
}

/** In an object store a name is no hard link: what several models shared outlives the last of them. */
export async function removeLeftovers({ config, log, dryRun }: CleanupContext, now: Date): Promise<void> {
  const store = await storeAt(config);
  for (const { name, what, why } of await store.leftovers(now)) {
    if (dryRun !== undefined) dryRun({ what, name, why, file: name });
    else if (await store.removeLeftover(name)) log.info(`${what} removed, ${why}`, { name });
  }
}

/** One file that can't be deleted must not keep the others. @returns whether it was there, and is gone */
async function removeFile({ config, log }: CleanupContext, file: string): Promise<boolean> {
  try {
    return await removeModel(config, file);
  } catch (error) {
    log.warn('a model file could not be deleted', { file, ...errorFacts(error) });
    return false;
  }
}
