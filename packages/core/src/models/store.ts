import type { StrategyType } from '@ml-training/sdk';
import type { CheckpointFile, CheckpointJob } from './checkpoint-files.ts';
import type { ModelFile, OnUnseen } from './files.ts';
import { folderStore } from './folder-store.ts';
import type { NewModel, SavedModel } from './save.ts';
import type { NewSharedModel, SavedSharedModel, SharedOptions } from './save-shared.ts';

/** The settings that say where models are. */
export interface ModelSettings {
  readonly MODEL_DIR: string;
}

/** Where models are: a folder, or as the settings say. */
export type ModelsPlace = string | ModelSettings;

/**
 * What keeps models and checkpoints. Whatever it is: a model is there whole or not at all, is never
 * overwritten, and is called by the path that the registry has (`models/lstm/AAPL/model_….pkl`).
 */
export interface ModelStore {
  /** For messages. */
  readonly name: string;
  /**
   * @param now the time to name it after; where that second is taken, the next free one
   * @throws FleetError SYMBOL_INVALID; MODEL_FILE_INVALID for a content that could not be read back; DISK_FULL,
   *   MODEL_DIR_NOT_WRITABLE
   */
  save(model: NewModel, now?: Date): Promise<SavedModel>;
  /** What several symbols share is kept once. @throws as `save` */
  saveShared(model: NewSharedModel, options?: SharedOptions): Promise<SavedSharedModel>;
  /**
   * The bytes of a model, not yet checked but for their number.
   * @param bytes how many were registered, where that is known
   * @returns null when there is none
   * @throws FleetError MODEL_FILE_INVALID, or what may pass
   */
  read(filePath: string, bytes?: number): Promise<Uint8Array | null>;
  /** In order of path; what is not the fleet's is left out. @param onUnseen else it is thrown */
  list(onUnseen?: OnUnseen): Promise<ModelFile[]>;
  /** @returns false if there was none */
  remove(filePath: string): Promise<boolean>;
  /** Bytes that the removal of these will free: what several share, only with the last of them, and once. */
  freedBytes(filePaths: readonly string[]): Promise<number>;
  /** Makes sure that a training's files will find room. @throws FleetError DISK_FULL */
  requireRoom(): Promise<void>;
  /**
   * Makes sure that models can be written. @param symbol null for a job over all symbols
   * @throws FleetError MODEL_DIR_NOT_WRITABLE
   */
  requireWritable(strategyType: StrategyType, symbol: string | null): Promise<void>;
  readonly checkpoints: CheckpointStore;
}

/** One a job, whose next one takes the place of the one before, whole. */
interface CheckpointStore {
  write(job: CheckpointJob, bytes: Uint8Array): Promise<void>;
  /** @returns null when there is none */
  read(job: CheckpointJob): Promise<Uint8Array | null>;
  /** And what a killed attempt left of a next one. @returns how many files that was */
  remove(job: CheckpointJob): Promise<number>;
  list(onUnseen?: OnUnseen): Promise<CheckpointFile[]>;
  /** @returns false if it was gone already */
  removeFile(file: CheckpointFile): Promise<boolean>;
}

// eslint-disable-next-line @typescript-eslint/require-await -- other stores are loaded when they are asked for
export async function storeAt(place: ModelsPlace): Promise<ModelStore> {
  return folderStore(typeof place === 'string' ? place : place.MODEL_DIR);
}

/** See ModelStore. */
export const saveModel = async (place: ModelsPlace, model: NewModel, now?: Date): Promise<SavedModel> =>
  (await storeAt(place)).save(model, now);

/** See ModelStore. */
export const saveSharedModel = async (
  place: ModelsPlace,
  model: NewSharedModel,
  options?: SharedOptions,
): Promise<SavedSharedModel> => (await storeAt(place)).saveShared(model, options);

/** See ModelStore. */
export const listModelFiles = async (place: ModelsPlace, onUnseen?: OnUnseen): Promise<ModelFile[]> =>
  (await storeAt(place)).list(onUnseen);

/** See ModelStore. */
export const removeModel = async (place: ModelsPlace, filePath: string): Promise<boolean> =>
  (await storeAt(place)).remove(filePath);

/** See ModelStore. */
export const requireRoom = async (place: ModelsPlace): Promise<void> => (await storeAt(place)).requireRoom();

/** See ModelStore. */
export const requireWritable = async (
  place: ModelsPlace,
  strategyType: StrategyType,
  symbol: string | null,
): Promise<void> => (await storeAt(place)).requireWritable(strategyType, symbol);
