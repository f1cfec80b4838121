import path from 'node:path';
import { readModel, readModelFile, type ModelsPlace, type RegisteredModel } from '@ml-training/core';
import { loadModel, type LoadedModel, type LoadOptions } from './loaded.ts';

/**
 * Loads a registered model, whose file must be whole.
 * @throws FleetError MODEL_FILE_MISSING, MODEL_FILE_INVALID; StrategyError INVALID_MODEL
 */
export async function loadRegistered(
  models: ModelsPlace,
  row: RegisteredModel,
  strategiesDir?: string,
  known: Pick<LoadOptions, 'limits' | 'live'> = {},
): Promise<LoadedModel> {
  const content = await readModel(models, row.file_path, row);
  const { model_id: modelId, created_at: createdAt } = row;
  return loadModel(content, row.file_path, { ...known, modelId, createdAt, strategiesDir });
}

/**
 * Loads a model file by its path, without any server.
 * @param symbol for which of its symbols it is to answer, of a model over several that lies elsewhere than in
 *   the symbol's folder
 * @throws FleetError MODEL_FILE_MISSING, MODEL_FILE_INVALID, REQUEST_INVALID; StrategyError INVALID_MODEL
 */
export async function loadModelFile(
  file: string,
  strategiesDir?: string,
  { limits, symbol }: Pick<LoadOptions, 'limits'> & { readonly symbol?: string } = {},
): Promise<LoadedModel> {
  const content = await readModelFile(path.resolve(file), symbol);
  return loadModel(content, file, { strategiesDir, ...(limits === undefined ? {} : { limits }) });
}
