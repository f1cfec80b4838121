import type { StrategyType } from '@ml-training/sdk';
import { modelSettingNames } from '../config/model-settings.ts';
import type { CheckpointFile, CheckpointJob } from './checkpoint-files.ts';
import type { ModelFile, OnUnseen } from './files.ts';
import { folderStore } from './folder-store.ts';
import type { NewModel, SavedModel } from './save.ts';
import type { NewSharedModel, SavedSharedModel, SharedOptions } from './save-shared.ts';

/** The settings that say where models are; docs/reference/settings.md has what each is. */
export interface ModelSettings {
  readonly MODEL_DIR: string;
  readonly MODEL_STORE?: string;
  readonly MODEL_CACHE_MB?: number;
  readonly AWS_ENDPOINT_URL_S3?: string;
  readonly AWS_REGION?: string;
  readonly AWS_ACCESS_KEY_ID?: string;
  readonly AWS_SECRET_ACCESS_KEY?: string;
  readonly AWS_SESSION_TOKEN?: string;
}

/** These of all settings, for a process that is told no others. */
export const modelSettings = (settings: ModelSettings): ModelSettings => ({
  MODEL_DIR: settings.MODEL_DIR,
  ...Object.fromEntries(
    modelSettingNames.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])),
  ),
});

/** What the registry has of a model's file. (PostgreSQL's bigint comes as a string.) */
export interface RegisteredFile {
  readonly sha256: string;
  readonly size_bytes?: string | number;
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
   *   MODEL_DIR_NOT_WRITABLE, MODEL_STORE_UNAVAILABLE, MODEL_STORE_REFUSED
   */
  save(model: NewModel, now?: Date): Promise<SavedModel>;
  /** What several symbols share is kept once. @throws as `save` */
  saveShared(model: NewSharedModel, options?: SharedOptions): Promise<SavedSharedModel>;
  /**
   * The bytes of a model, whose sum is still to be checked.
   * @returns null when there is none
   * @throws FleetError MODEL_FILE_INVALID, or what may pass
   */
  read(filePath: string, registered?: RegisteredFile): Promise<Uint8Array | null>;
  /** In order of path; what is not the fleet's is left out. @param onUnseen else it is thrown */
  list(onUnseen?: OnUnseen): Promise<ModelFile[]>;
  /** @returns false if there was none */
  remove(filePath: string): Promise<boolean>;
  /** Bytes that the removal of these will free: what several share, only with the last of them, and once. */
  freedBytes(filePaths: readonly string[]): Promise<number>;
  /** Makes sure that a training's files will find room, where that can be known. @throws FleetError DISK_FULL */
  requireRoom(): Promise<void>;
  /**
   * Looks for what would keep any model from being saved, whosever it is.
   * @throws FleetError DISK_FULL, MODEL_STORE_UNAVAILABLE, MODEL_STORE_REFUSED
   */
  requireUsable(): Promise<void>;
  /**
   * Makes sure that models can be written. @param symbol null for a job over all symbols
   * @throws FleetError MODEL_DIR_NOT_WRITABLE, MODEL_STORE_UNAVAILABLE, MODEL_STORE_REFUSED
   */
  requireWritable(strategyType: StrategyType, symbol: string | null): Promise<void>;
  /** What an object store alone has to clean up, an hour old at least. */
  leftovers(now: Date): Promise<Leftover[]>;
  /** Removes one of `leftovers`. @returns false if it was gone already */
  removeLeftover(name: string): Promise<boolean>;
  readonly checkpoints: CheckpointStore;
}

export interface Leftover {
  readonly name: string;
  readonly what: 'shared content' | 'trial object';
  readonly why: string;
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

/** By their settings: a store has connections of its own. */
const opened = new Map<string, Promise<ModelStore>>();

/** The store that is there. What only some kinds of store need is loaded where one is asked for. */
export async function storeAt(place: ModelsPlace): Promise<ModelStore> {
  const settings: ModelSettings = typeof place === 'string' ? { MODEL_DIR: place } : modelSettings(place);
  const { MODEL_DIR, MODEL_STORE = '' } = settings;
  if (MODEL_STORE === '') return folderStore(MODEL_DIR);
  const key = JSON.stringify(settings);
  const store = opened.get(key) ?? import('./s3/store.ts').then(({ s3Store }) => s3Store(settings));
  opened.set(key, store);
  return store;
}

/**
 * Tries all that the fleet does in MODEL_STORE, which must be set.
 * @throws FleetError MODEL_STORE_UNAVAILABLE, MODEL_STORE_REFUSED, DISK_FULL
 */
export const checkModelStore = async (settings: ModelSettings): Promise<void> =>
  (await import('./s3/store.ts')).checkS3Store(settings);

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
