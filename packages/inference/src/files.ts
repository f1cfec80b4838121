import path from 'node:path';
import { readModel, readModelFile, type RegisteredModel } from '@ml-training/core';
import { loadModel, type LoadedModel } from './loaded.ts';

/**
 * Loads a registered model, whose file must be whole.
 * @throws FleetError MODEL_FILE_MISSING, MODEL_FILE_INVALID; StrategyError INVALID_MODEL
 */
export async function loadRegistered(
  modelDir: string,
  row: RegisteredModel,
  strategiesDir?: string,
): Promise<LoadedModel> {
  const content = await readModel(modelDir, row.file_path, row);
  return loadModel(content, row.file_path, row.model_id, strategiesDir);
}

/**
 * Loads a model file by its path, without any server.
 * @throws FleetError MODEL_FILE_MISSING, MODEL_FILE_INVALID; StrategyError INVALID_MODEL
 */
export async function loadModelFile(file: string, strategiesDir?: string): Promise<LoadedModel> {
  return loadModel(await readModelFile(path.resolve(file)), file, undefined, strategiesDir);
}
