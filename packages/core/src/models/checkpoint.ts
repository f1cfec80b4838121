import { createHash, randomBytes } from 'node:crypto';
import { rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ALL_SYMBOLS, type Plain, type PlainRecord, type StrategyType } from '@ml-training/sdk';
import { isErrno } from '../errno.ts';
import { FleetError } from '../errors.ts';
import { entries, fleetFiles, refuseEscape, type OnUnseen } from './files.ts';
import { makeFolder } from './folder.ts';
import { modelFolder } from './path.ts';
import { parsePickle } from './pickle/parse.ts';
import { writePickle } from './pickle/write.ts';
import { readRegularFile } from './read-file.ts';

/**
 * Where a job over all symbols keeps its checkpoint, beside the symbols' folders: none of those is ever named
 * so, as an `@` becomes `%40` there.
 */
const allSymbolsFolder = '@ALL';
const fileName = /^(?:checkpoint_([0-9a-f-]{36})\.pkl|\.checkpoint_([0-9a-f-]{36})_[0-9a-f]{8}\.pkl\.tmp)$/;
const maxBytes = 2 ** 30;

/** Goes up when a reader of the last version could misread a file. */
const formatVersion = 1;

export interface CheckpointJob {
  readonly job_id: string;
  readonly strategy_type: StrategyType;
  readonly symbol: string;
}

/** Half a training. (An alias, since an interface is no PlainRecord.) */
export type Checkpoint = {
  /**
   * All that must be the same for the training to be resumed: strategy_type, symbol, job_id, seed, threads…
   */
  readonly identity: PlainRecord & CheckpointJob;
  /**
   * The bars it is of, in the order they were given; times of the first and the last one in ms since the
   * epoch.
   */
  readonly bars: readonly {
    readonly symbol: string;
    readonly from: number;
    readonly to: number;
    readonly count: number;
    readonly sha256: string;
  }[];
  /** The model that the training was warm-started from; null with the reason when it is from scratch. */
  readonly champion: { readonly model_id: string | null; readonly reason: string };
  /** The attempt that kept it, and how many have resumed from it since. */
  readonly attempt: number;
  readonly resumed: number;
  /** How far the training was: its share, 0 to 1, and the last step of its curves; null before the first. */
  readonly progress: number;
  readonly step: number | null;
  /** The strategy's own. */
  readonly state: Plain;
};

/**
 * Writes a job's checkpoint beside the models, over the one before:
 * `<modelDir>/<strategy>/<SYMBOL>/checkpoint_<job_id>.pkl`. Under its name there is always a whole one. It
 * isn't synced: what a killed process wrote the kernel still has, and after a power cut a file that is
 * damaged or gone costs the time since the training began, not a wrong model, as its sum is checked.
 * @throws what the file system says; FleetError as `saveModel`
 */
export async function writeCheckpoint(modelDir: string, checkpoint: Checkpoint): Promise<void> {
  const { identity } = checkpoint;
  const file = checkpointFile(modelDir, identity);
  const folder = path.dirname(file);
  const content = writePickle(checkpoint);
  const bytes = writePickle({ format_version: formatVersion, sha256: sha256(content), checkpoint: content });
  await makeFolder(modelDir, folder, identity.symbol);
  // A name of its own: an attempt that lost its lease may still be writing beside the one that has it now.
  const temporary = path.join(
    folder,
    `.checkpoint_${identity.job_id}_${randomBytes(4).toString('hex')}.pkl.tmp`,
  );
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Reads a job's checkpoint with the same parser as a model file.
 * @returns null when there is none
 * @throws FleetError MODEL_FILE_INVALID with the file's name and what is wrong with it
 */
export async function readCheckpoint(modelDir: string, job: CheckpointJob): Promise<Checkpoint | null> {
  const file = checkpointFile(modelDir, job);
  const name = path.relative(modelDir, file);
  const bytes = await readRegularFile(file, { within: modelDir, maxBytes }, (problem) =>
    damaged(name, problem),
  );
  if (bytes === null) return null;
  const outer = parsePickle(bytes, name);
  const dict = typeof outer === 'object' && outer !== null && 'checkpoint' in outer ? outer : null;
  if (dict?.format_version !== formatVersion || !ArrayBuffer.isView(dict.checkpoint))
    throw damaged(name, `is no checkpoint of format_version ${formatVersion}`);
  if (dict.sha256 !== sha256(dict.checkpoint))
    throw damaged(name, 'was changed or damaged since it was kept');
  // Its sum is right, so this is what writeCheckpoint of this version was given; of big integers it writes
  // none.
  return parsePickle(dict.checkpoint, name) as unknown as Checkpoint;
}

/**
 * Removes a job's checkpoint, and what a killed attempt left of a next one. @returns how many files that was
 */
export async function removeCheckpoint(modelDir: string, job: CheckpointJob): Promise<number> {
  const folder = path.dirname(checkpointFile(modelDir, job));
  let removed = 0;
  for (const name of await entries(folder))
    if (jobOf(name) === job.job_id && (await remove(modelDir, path.join(folder, name)))) removed += 1;
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
export async function listCheckpoints(modelDir: string, onUnseen?: OnUnseen): Promise<CheckpointFile[]> {
  const files: CheckpointFile[] = [];
  for (const { strategyType, folder, name } of await fleetFiles(modelDir, onUnseen)) {
    const jobId = jobOf(name);
    if (jobId === undefined) continue;
    const file = path.join(strategyType, folder, name);
    const facts = await stat(path.join(modelDir, file)).catch(() => undefined); // It may go at any moment.
    if (facts?.isFile() === true)
      files.push({ file, jobId, modifiedAt: facts.mtime, temporary: name.endsWith('.tmp') });
  }
  return files;
}

/** Removes one of `listCheckpoints`. @returns false if it was gone already */
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

function checkpointFile(modelDir: string, { job_id, strategy_type, symbol }: CheckpointJob): string {
  const name = `checkpoint_${job_id}.pkl`;
  if (jobOf(name) === undefined) throw new TypeError(`${job_id} is no job_id`);
  const folder =
    symbol === ALL_SYMBOLS
      ? path.join(modelDir, strategy_type, allSymbolsFolder)
      : modelFolder(modelDir, strategy_type, symbol);
  return path.join(folder, name);
}

function jobOf(name: string): string | undefined {
  const [, whole, temporary] = fileName.exec(name) ?? [];
  return whole ?? temporary;
}

function sha256(bytes: NodeJS.ArrayBufferView): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function damaged(name: string, problem: string): FleetError {
  return new FleetError('MODEL_FILE_INVALID', `${name} ${problem}`);
}
