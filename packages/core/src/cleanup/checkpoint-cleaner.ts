import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorFacts } from '../log.ts';
import { listCheckpoints, removeCheckpointFile, type CheckpointFile } from '../models/index.ts';
import type { CleanupContext } from './clean-up.ts';

const dayMs = 86_400_000;
/** Writing a checkpoint takes a second at most; older than this it was left by a process that was killed. */
const writingMs = 600_000;
const jobFolder = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Deletes what trainings leave beside models: checkpoints of jobs that have ended, and old working folders.
 */
export async function cleanCheckpoints(context: CleanupContext, now: Date): Promise<void> {
  await removeCheckpoints(context, now);
  await removeJobFolders(context, now);
}

/**
 * A trainer deletes its job's checkpoint itself; these are of jobs that ended without one, by a cancellation
 * or as their last trainer died. MODEL_DIR may be shared with a fleet on another database: what isn't of a
 * job of this one is deleted only when it is past MODEL_RETENTION_DAYS.
 */
async function removeCheckpoints(context: CleanupContext, now: Date): Promise<void> {
  const { config, log, sql } = context;
  // In this order: a job's row is there before its files, and one that has ended is never open again.
  const files = await listCheckpoints(config, (place, error) =>
    log.warn('checkpoints can not be looked at', { place, error: errorFacts(error).error }),
  );
  const ids = [...new Set(files.map(({ jobId }) => jobId))];
  const jobs = await sql<{ job_id: string; open: boolean }[]>`
    SELECT job_id, status IN ('queued', 'running') AS open FROM ml_training_jobs
    WHERE job_id = ANY (${ids}::uuid[])`;
  const open = new Map(jobs.map((job) => [job.job_id, job.open]));
  for (const file of files) {
    const why = uselessness(file, open.get(file.jobId), now, config.MODEL_RETENTION_DAYS);
    if (why === null) continue;
    if (context.dryRun !== undefined) {
      context.dryRun({ what: 'checkpoint', name: file.file, why, file: file.file });
      continue;
    }
    try {
      if (await removeCheckpointFile(config, file)) log.info('checkpoint removed', { file: file.file, why });
    } catch (error) {
      log.warn('a checkpoint could not be deleted', { file: file.file, ...errorFacts(error) });
    }
  }
}

/** Why nobody needs the file any more; null when somebody may. */
function uselessness(
  { modifiedAt, temporary }: CheckpointFile,
  open: boolean | undefined,
  now: Date,
  retentionDays: number,
): string | null {
  const age = now.getTime() - modifiedAt.getTime();
  if (open === false) return 'its job has ended';
  if (temporary && age >= writingMs) return 'it was never written to its end';
  return open === undefined && age >= retentionDays * dayMs ? 'past MODEL_RETENTION_DAYS' : null;
}

/**
 * What ML_TRAINING_DEBUG kept of each job, `.jobs/JOB_ID/`; anything else that lies there is somebody else's.
 */
async function removeJobFolders({ config, log, dryRun }: CleanupContext, now: Date): Promise<void> {
  const folder = path.join(config.MODEL_DIR, '.jobs');
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => jobFolder.test(one))) {
    const one = path.join(folder, name);
    try {
      const newest = await newestChange(one);
      if (now.getTime() - newest < config.MODEL_RETENTION_DAYS * dayMs) continue;
      if (dryRun !== undefined) {
        dryRun({ what: 'working folder', name: path.join('.jobs', name), why: 'past MODEL_RETENTION_DAYS' });
        continue;
      }
      await rm(one, { recursive: true });
      log.info('working folder removed, past MODEL_RETENTION_DAYS', { folder: path.join('.jobs', name) });
    } catch (error) {
      log.warn('a working folder could not be deleted', { folder: one, ...errorFacts(error) });
    }
  }
}

/**
 * Of a job's folder and those of its attempts, which change whenever one of them begins or ends; ms since the
 * epoch.
 */
async function newestChange(folder: string): Promise<number> {
  const attempts = await readdir(folder);
  const times = await Promise.all(
    [folder, ...attempts.map((attempt) => path.join(folder, attempt))].map(
      async (one) => (await stat(one)).mtimeMs,
    ),
  );
  return Math.max(...times);
}
