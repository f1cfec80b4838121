import { readdir, realpath, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { strategyTypes, type StrategyType } from '@ml-training/sdk';
import { isErrno } from '../errno.ts';
import { FleetError } from '../errors.ts';
/**
 * A model's path as the registry has it, `models/lstm/AAPL/model_20240101_120000.pkl`: always `models/` and
 * then the path below MODEL_DIR, so that it holds wherever a container mounts that folder.
 */
const storedPath = new RegExp(
  String.raw`^models/([a-z][a-z0-9_-]{0,31})/((?:[A-Za-z0-9._-]|%[0-9A-F]{2})+(?:~[0-9a-f]{32})?)/` +
    String.raw`(model_(\d{8}_\d{6})\.pkl|\.model_\d{8}_\d{6}\.pkl\.tmp)$`,
);

/** `YYYYMMDD_HHMMSS`, UTC. */
export function modelTimestamp(time: Date): string {
  return time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
}

export function modelFileName(timestamp: string): string {
  return `model_${timestamp}.pkl`;
}

/** Hidden, so that a bot that looks for `*.pkl` never loads half a file. */
export function temporaryFileName(timestamp: string): string {
  return `.${modelFileName(timestamp)}.tmp`;
}

interface NamedModel {
  readonly strategyType: string;
  readonly folder: string;
  /** `model_YYYYMMDD_HHMMSS.pkl`, or its temporary name. */
  readonly file: string;
  readonly timestamp: string | undefined;
}

/**
 * The parts of a stored path. Only a model's own form of path is taken, so none leads out of where models are.
 * @throws FleetError MODEL_FILE_INVALID for any other form
 */
export function modelNamed(filePath: string): NamedModel {
  const [, strategyType, folder, file, timestamp] = storedPath.exec(filePath) ?? [];
  if (strategyType === undefined || folder === undefined || file === undefined || /^\.\.?$/.test(folder)) {
    throw new FleetError(
      'MODEL_FILE_INVALID',
      `${JSON.stringify(filePath.slice(0, 400))} is not the path of a model file ` +
        '(models/TYPE/SYMBOL/model_YYYYMMDD_HHMMSS.pkl)',
    );
  }
  return { strategyType, folder, file, timestamp };
}

/** Whether it is the path of a model, as the registry has it. */
export const isModelPath = (filePath: string): boolean =>
  storedPath.test(filePath) && !filePath.endsWith('.tmp');

/** The same with the file's path in the folder that models are in. @throws as `modelNamed` */
export function locateModel(modelDir: string, filePath: string): NamedModel & { readonly absolute: string } {
  const named = modelNamed(filePath);
  const { strategyType, folder, file } = named;
  return { ...named, absolute: path.join(modelDir, strategyType, folder, file) };
}

/**
 * Makes sure that a symbolic link does not lead out of MODEL_DIR (MODEL_DIR itself may be one).
 * @throws FleetError MODEL_FILE_INVALID if it does; what the operating system says
 */
export async function refuseEscape(modelDir: string, target: string): Promise<void> {
  const [root, real] = await Promise.all([realpath(modelDir), realpath(target)]);
  if (real.startsWith(root + path.sep)) return;
  throw new FleetError(
    'MODEL_FILE_INVALID',
    `${target} leads to ${real}, out of MODEL_DIR (${root}): remove the symbolic link, or point ` +
      'MODEL_DIR elsewhere',
  );
}

/**
 * Removes a model's file, or a temporary one left by a process that was killed. @returns false if there was
 * none
 */
export async function removeModel(modelDir: string, filePath: string): Promise<boolean> {
  const { absolute } = locateModel(modelDir, filePath);
  try {
    await refuseEscape(modelDir, path.dirname(absolute));
    await unlink(absolute);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

export interface ModelFile {
  /** As the registry has it. */
  readonly filePath: string;
  readonly strategyType: StrategyType;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** Being written, or left by a process that was killed while it wrote. */
  readonly temporary: boolean;
}

/**
 * Told of what can't be looked into, by its path as the registry has it: `models/lstm/AAPL/` for a whole
 * folder. Files below it may be there or not.
 */
export type OnUnseen = (filePath: string, error: unknown) => void;

const rethrow: OnUnseen = (_, error) => {
  throw error;
};

/**
 * Every model file below MODEL_DIR, in order of path; files of other names are not the fleet's and are left
 * out.
 * @param onUnseen else what can't be looked into is thrown
 */
export async function listModelFiles(modelDir: string, onUnseen = rethrow): Promise<ModelFile[]> {
  const files: ModelFile[] = [];
  for (const { strategyType, folder, name } of await fleetFiles(modelDir, onUnseen)) {
    const filePath = `models/${strategyType}/${folder}/${name}`;
    if (!storedPath.test(filePath)) continue;
    try {
      const facts = await stat(path.join(modelDir, strategyType, folder, name));
      if (!facts.isFile()) continue;
      const temporary = name.endsWith('.tmp');
      files.push({ filePath, strategyType, sizeBytes: facts.size, modifiedAt: facts.mtime, temporary });
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) onUnseen(filePath, error);
    }
  }
  return files;
}

/** Whatever lies where models and checkpoints do, in order of path. */
export async function fleetFiles(
  modelDir: string,
  onUnseen: OnUnseen = rethrow,
): Promise<{ strategyType: StrategyType; folder: string; name: string }[]> {
  const namesIn = (...below: string[]): Promise<string[]> =>
    entries(path.join(modelDir, ...below)).catch((error: unknown) => {
      onUnseen(`models/${below.join('/')}/`, error);
      return [];
    });
  const found = [];
  for (const strategyType of strategyTypes())
    for (const folder of await namesIn(strategyType))
      for (const name of await namesIn(strategyType, folder)) found.push({ strategyType, folder, name });
  return found;
}

/** Names in a folder, in order; none when it isn't there or is no folder. */
export async function entries(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return [];
    throw error;
  }
}
