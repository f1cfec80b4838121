import { randomBytes } from 'node:crypto';
import { rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ALL_SYMBOLS, type StrategyType } from '@ml-training/sdk';
import { isErrno } from '../errno.ts';
import { FleetError } from '../errors.ts';
import { entries, fleetFiles, refuseEscape, type OnUnseen } from './files.ts';
import { makeFolder } from './folder.ts';
import { symbolFolder } from './path.ts';
import { readRegularFile } from './read-file.ts';

/**
 * Where a job over all symbols keeps its checkpoint, beside the symbols' folders: none of those is ever named
 * so, as an `@` becomes `%40` there.
 */
const allSymbolsFolder = '@ALL';
const fileName = /^(?:checkpoint_([0-9a-f-]{36})\.pkl|\.checkpoint_([0-9a-f-]{36})_[0-9a-f]{8}\.pkl\.tmp)$/;
export const maxCheckpointBytes = 2 ** 30;

export interface CheckpointJob {
  readonly job_id: string;
  readonly strategy_type: StrategyType;
  readonly symbol: string;
}

/**
 * Writes a job's checkpoint beside the models, over the one before:
 * `<modelDir>/<strategy>/<SYMBOL>/checkpoint_<job_id>.pkl`. Under its name there is always a whole one. It
 * isn't synced: what a killed process wrote the kernel still has, and after a power cut a file that is
 * damaged or gone costs the time since the training began, not a wrong model, as its sum is checked.
 * @throws what the file system says; FleetError as `saveModel`
 */
export async function writeCheckpointFile(
  modelDir: string,
  job: CheckpointJob,
  bytes: Uint8Array,
): Promise<void> {
  const file = path.join(modelDir, checkpointPath(job));
  const folder = path.dirname(file);
  await makeFolder(modelDir, folder, job.symbol);
  // A name of its own: an attempt that lost its lease may still be writing beside the one that has it now.
  const temporary = path.join(folder, `.checkpoint_${job.job_id}_${randomBytes(4).toString('hex')}.pkl.tmp`);
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** @returns null when there is none. @throws FleetError MODEL_FILE_INVALID */
export function readCheckpointFile(modelDir: string, job: CheckpointJob): Promise<Uint8Array | null> {
  const name = checkpointPath(job);
  return readRegularFile(
    path.join(modelDir, name),
    { within: modelDir, maxBytes: maxCheckpointBytes },
    (problem) => new FleetError('MODEL_FILE_INVALID', `${name} ${problem}`),
  );
}

/**
 * Removes a job's checkpoint, and what a killed attempt left of a next one. @returns how many files that was
 */
export async function removeCheckpointFiles(modelDir: string, job: CheckpointJob): Promise<number> {
  const folder = path.dirname(path.join(modelDir, checkpointPath(job)));
  let removed = 0;
  for (const name of await entries(folder))
    if (jobOfCheckpoint(name) === job.job_id && (await remove(modelDir, path.join(folder, name))))
      removed += 1;
  // A folder of checkpoints alone goes with the last of them; it may hold another job's, or never have been
  // made.
  if (job.symbol === ALL_SYMBOLS) await rmdir(folder).catch(() => undefined);
  return removed;
}

export interface CheckpointFile {
  /** Below MODEL_DIR. */
  readonly file: string;
  readonly jobId: string;
  readonly modifiedAt: Date;
  /** Being written, or left by a process that was killed while it wrote. */
  readonly temporary: boolean;
}

/**
 * Every checkpoint below MODEL_DIR, whosever it is.
 * @param onUnseen else a folder that can't be looked into is thrown
 */
export async function listCheckpointFiles(modelDir: string, onUnseen?: OnUnseen): Promise<CheckpointFile[]> {
  const files: CheckpointFile[] = [];
  for (const { strategyType, folder, name } of await fleetFiles(modelDir, onUnseen)) {
    const jobId = jobOfCheckpoint(name);
    if (jobId === undefined) continue;
    const file = path.join(strategyType, folder, name);
    const facts = await stat(path.join(modelDir, file)).catch(() => undefined); // It may go at any moment.
    if (facts?.isFile() === true)
      files.push({ file, jobId, modifiedAt: facts.mtime, temporary: name.endsWith('.tmp') });
  }
  return files;
}

/** Removes one of `listCheckpointFiles`. @returns false if it was gone already */
export function removeCheckpointFile(modelDir: string, { file }: CheckpointFile): Promise<boolean> {
  return remove(modelDir, path.join(modelDir, file));
}

async function remove(modelDir: string, file: string): Promise<boolean> {
  try {
    await refuseEscape(modelDir, path.dirname(file));
    await rm(file);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** `<strategy>/<SYMBOL>/checkpoint_<job_id>.pkl`, below where models are. */
export function checkpointPath({ job_id, strategy_type, symbol }: CheckpointJob): string {
  const name = `checkpoint_${job_id}.pkl`;
  if (jobOfCheckpoint(name) === undefined) throw new TypeError(`${job_id} is no job_id`);
  return [strategy_type, symbol === ALL_SYMBOLS ? allSymbolsFolder : symbolFolder(symbol), name].join('/');
}

/** Whose checkpoint has this name; undefined for any other name. */
export function jobOfCheckpoint(name: string): string | undefined {
  const [, whole, temporary] = fileName.exec(name) ?? [];
  return whole ?? temporary;
}
