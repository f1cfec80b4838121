import { createHash } from 'node:crypto';
import type { Plain, PlainRecord } from '@ml-training/sdk';
import { FleetError } from '../errors.ts';
import { checkpointPath, type CheckpointFile, type CheckpointJob } from './checkpoint-files.ts';
import type { OnUnseen } from './files.ts';
import { parsePickle } from './pickle/parse.ts';
import { writePickle } from './pickle/write.ts';
import { storeAt, type ModelsPlace } from './store.ts';

/** Goes up when a reader of the last version could misread a file. */
const formatVersion = 1;

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

/** Keeps a job's checkpoint beside the models, over the one before. @throws what the store says */
export async function writeCheckpoint(place: ModelsPlace, checkpoint: Checkpoint): Promise<void> {
  const content = writePickle(checkpoint);
  const bytes = writePickle({ format_version: formatVersion, sha256: sha256(content), checkpoint: content });
  await (await storeAt(place)).checkpoints.write(checkpoint.identity, bytes);
}

/**
 * Reads a job's checkpoint with the same parser as a model file.
 * @returns null when there is none
 * @throws FleetError MODEL_FILE_INVALID with the file's name and what is wrong with it
 */
export async function readCheckpoint(place: ModelsPlace, job: CheckpointJob): Promise<Checkpoint | null> {
  const name = checkpointPath(job);
  const bytes = await (await storeAt(place)).checkpoints.read(job);
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
export const removeCheckpoint = async (place: ModelsPlace, job: CheckpointJob): Promise<number> =>
  (await storeAt(place)).checkpoints.remove(job);

/**
 * Every checkpoint, whosever it is.
 * @param onUnseen else what can't be looked into is thrown
 */
export const listCheckpoints = async (place: ModelsPlace, onUnseen?: OnUnseen): Promise<CheckpointFile[]> =>
  (await storeAt(place)).checkpoints.list(onUnseen);

/** Removes one of `listCheckpoints`. @returns false if it was gone already */
export const removeCheckpointFile = async (place: ModelsPlace, file: CheckpointFile): Promise<boolean> =>
  (await storeAt(place)).checkpoints.removeFile(file);

function sha256(bytes: NodeJS.ArrayBufferView): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function damaged(name: string, problem: string): FleetError {
  return new FleetError('MODEL_FILE_INVALID', `${name} ${problem}`);
}
