import { ageLimitsOf, loadConfig } from '@ml-training/core';
import { loadModelFile as load, type LoadedModel } from '@ml-training/inference';
import type { OpenOptions } from './open.ts';

/**
 * Loads a model file by its path, without any server.
 * @param strategiesDir where the strategies of your own are, for a model that keeps no code of its own
 * @param options.maxModelAge, options.maxBarAge as of `openModel`; default: MAX_MODEL_AGE and MAX_BAR_AGE of the
 *   environment, else off
 * @param options.symbol for which of its symbols it is to answer, of a model over several that lies elsewhere
 *   than in the symbol's folder
 * @throws FleetError CONFIG_INVALID, MODEL_FILE_MISSING, MODEL_FILE_INVALID; StrategyError INVALID_MODEL
 */
export async function loadModelFile(
  file: string,
  strategiesDir?: string,
  options: Pick<OpenOptions, 'maxModelAge' | 'maxBarAge'> & { readonly symbol?: string } = {},
): Promise<LoadedModel> {
  // Nothing else of the environment matters here.
  const { MAX_MODEL_AGE, MAX_BAR_AGE } = process.env;
  const config = loadConfig({
    MAX_MODEL_AGE: options.maxModelAge ?? MAX_MODEL_AGE,
    MAX_BAR_AGE: options.maxBarAge ?? MAX_BAR_AGE,
  });
  const { symbol } = options;
  return load(file, strategiesDir, {
    limits: ageLimitsOf(config),
    ...(symbol === undefined ? {} : { symbol }),
  });
}
