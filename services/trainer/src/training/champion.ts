import {
  errorFacts,
  failureOf,
  findModel,
  modelsOfJob,
  newestActiveModel,
  readModel,
  trainingsSinceFullFit,
  type Config,
  type ModelSettings,
  type Database,
  type ModelContent,
  type RegisteredModel,
} from '@ml-training/core';
import type { Artefact, StrategyType } from '@ml-training/strategies';

/** A model in use that a training may be warm-started from. */
interface Champion {
  readonly modelId: string;
  readonly artefact: Artefact;
  /** How many trainings lie between it and the last one from scratch. */
  readonly generation: number;
  /** Which model is the parent of a symbol's new one: of a model over all symbols, that of the same job. */
  parentOf(symbol: string): string;
}

/** How a training begins; from scratch with the reason in words. */
export type Beginning =
  | { readonly from: 'scratch'; readonly reason: string }
  | { readonly from: 'champion'; readonly champion: Champion };

type Settings = ModelSettings & Pick<Config, 'TRAINING_FULL_FIT_EVERY'>;

/**
 * The model to warm-start from: the newest in use among the symbols'. (For a model over all symbols all that
 * came of one job are the same model; which of them is read doesn't matter.) None when it is time to train
 * from scratch: errors that add up from training to training then end, and what was chosen long ago is chosen
 * again.
 * @throws what the model's file could not be read for, when it may be readable later
 */
export async function chooseChampion(
  config: Settings,
  sql: Database,
  strategyType: StrategyType,
  symbols: readonly string[],
): Promise<Beginning> {
  const every = config.TRAINING_FULL_FIT_EVERY;
  if (every === 1) return scratch('every model is trained from scratch (TRAINING_FULL_FIT_EVERY=1)');
  const model = await newestActiveModel(sql, strategyType, symbols);
  if (model === null) return scratch('there is no model in use to warm-start from');
  try {
    const file = await readModel(config, model.file_path, model);
    // A model that stays in use because its successors are refused gets no older by its own count.
    const since = Math.max(file.lineage.generation, await trainingsSinceFullFit(sql, strategyType, symbols));
    if (since + 1 >= every)
      return scratch(
        `trainings since the last one from scratch: ${since}; one of every ${every} is ` +
          '(TRAINING_FULL_FIT_EVERY)',
      );
    return { from: 'champion', champion: await championOf(sql, model, file) };
  } catch (error) {
    if (failureOf(error).retryable) throw error;
    return scratch(`no warm start from the model in use: ${errorFacts(error).error}`);
  }
}

/** The very model that an earlier attempt was warm-started from, in use or not by now. */
export async function sameChampion(config: Settings, sql: Database, modelId: string): Promise<Beginning> {
  const model = await findModel(sql, modelId);
  if (model === null) return scratch('the model that it was warm-started from is not registered any more');
  try {
    const file = await readModel(config, model.file_path, model);
    return { from: 'champion', champion: await championOf(sql, model, file) };
  } catch (error) {
    if (failureOf(error).retryable) throw error;
    return scratch(`the model that it was warm-started from can't be read: ${errorFacts(error).error}`);
  }
}

async function championOf(sql: Database, model: RegisteredModel, file: ModelContent): Promise<Champion> {
  const siblings = model.job_id === null ? new Map<string, string>() : await modelsOfJob(sql, model.job_id);
  return {
    modelId: model.model_id,
    generation: file.lineage.generation,
    artefact: file,
    // A symbol that is new, or whose model is past its retention, still has learnt from the one that was
    // read.
    parentOf: (symbol) => siblings.get(symbol) ?? model.model_id,
  };
}

const scratch = (reason: string): Beginning => ({ from: 'scratch', reason });
