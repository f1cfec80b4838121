import {
  expireModels,
  forgetModel,
  listModelFiles,
  registeredFiles,
  removeModel,
  type ServiceContext,
} from '@ml-training/core';

/** A file without a row may be one whose job is just completing; a row without a file, a folder not mounted yet. */
const graceMs = 86_400_000;
/** Younger than this, the other half is most likely about to appear, and worth no word. */
const silentMs = 600_000;

/** Deletes models past their retention, row first and then file, and what has lost its other half. */
export async function removeExpired({ config, log, sql }: ServiceContext): Promise<void> {
  for (const model of await expireModels(sql, config.MODEL_RETENTION_DAYS)) {
    await removeModel(config.MODEL_DIR, model.file_path);
    log.info('model removed, past MODEL_RETENTION_DAYS', { ...model });
  }
  const files = await listModelFiles(config.MODEL_DIR);
  const rows = await registeredFiles(sql);
  for (const { filePath, modifiedAt } of files) {
    const age = Date.now() - modifiedAt.getTime();
    if (rows.has(filePath) || age < silentMs) continue;
    const deleted = age > graceMs && (await removeModel(config.MODEL_DIR, filePath));
    log.warn('model file without a row', { file: filePath, deleted });
  }
  const present = new Set(files.map((file) => file.filePath));
  for (const [filePath, { modelId, active, ageMs }] of rows) {
    if (present.has(filePath) || ageMs < silentMs) continue;
    const forgotten = !active && ageMs > graceMs;
    if (forgotten) await forgetModel(sql, modelId);
    log.warn('model row without a file', { file: filePath, model_id: modelId, active, forgotten });
  }
}
