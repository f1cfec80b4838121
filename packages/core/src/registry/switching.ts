import type { Database } from '../database/connect.ts';
import { withDeadline } from '../deadline.ts';
import { FleetError } from '../errors.ts';
import { errorFacts } from '../log.ts';
import type { Redis } from '../redis/connect.ts';
import { announce } from './announce.ts';
import { activeModel } from './models.ts';
import { activateModel, previousModel, type SwitchBy } from './switch.ts';
import type { RegisteredModel } from './types.ts';

/** How long bots may take to be told. */
const answerMs = 5000;

export interface Switching {
  readonly sql: Database;
  readonly redis: Redis;
  /**
   * Loads a model as a bot would, and answers what keeps it from being loaded: such a one is not put in use.
   * Null when nothing does. Throws when that can't be found out.
   */
  readonly obstacle: (model: RegisteredModel) => Promise<string | null>;
}

/** A model that is in use now. */
export interface Switched {
  /** already: it was so before. */
  readonly outcome: 'switched' | 'already';
  readonly model: RegisteredModel;
  /** In use before it; null when nothing was. */
  readonly previous: RegisteredModel | null;
  /**
   * How many were told on the channel ml_training_models; null when bots could not be told, for the reason
   * `untold`.
   */
  readonly listeners: number | null;
  readonly untold: string | null;
}

/**
 * Puts a model in use, whatever the promotion policy says, and tells bots.
 * @throws FleetError MODEL_UNUSABLE, MODEL_NOT_FOUND when it has just been deleted; SWITCH_UNKNOWN when
 *   PostgreSQL went away meanwhile
 */
export async function promoteModel(switching: Switching, model: RegisteredModel): Promise<Switched> {
  const present = await activeModel(switching.sql, model.strategy_type, model.symbol);
  return switchTo(switching, model, present, { how: 'promote' });
}

/**
 * Puts the model in use again that was so before the present one, and tells bots.
 * @throws as promoteModel; FleetError NO_ACTIVE_MODEL, NOTHING_TO_ROLL_BACK_TO; MODEL_CHANGED when somebody
 *   was quicker
 */
export async function rollBackPair(
  switching: Switching,
  strategyType: string,
  symbol: string,
): Promise<Switched> {
  const present = await activeModel(switching.sql, strategyType, symbol);
  if (present === null)
    throw new FleetError(
      'NO_ACTIVE_MODEL',
      `${strategyType} ${symbol} has no model in use to roll back from: "ml models --all" shows all`,
    );
  const model = await previousModel(switching.sql, strategyType, symbol);
  if (model === null)
    throw new FleetError(
      'NOTHING_TO_ROLL_BACK_TO',
      `${strategyType} ${symbol} has no model that was in use before ${shortId(present)} and was not ` +
        'rolled back from: ' +
        '"ml models --all" shows all, "ml promote MODEL" puts one of them in use',
    );
  return switchTo(switching, model, present, { how: 'rollback', inPlaceOf: present.model_id });
}

/** What became of taking a model out of use. */
export interface Deactivated {
  /** already: it was not in use; missing: it is not registered any more. */
  readonly outcome: 'deactivated' | 'already' | 'missing';
  /** Why bots could not be told; null when they were, or need not be. */
  readonly untold: string | null;
}

/**
 * Takes a model out of use without another in its place, in one statement, and tells bots: their pair has no
 * model in use then.
 * @param why in words, a clause for its decision
 * @throws what the database says; when the connection was lost, whether it was done is not known
 */
export async function deactivateModel(
  { sql, redis }: Pick<Switching, 'sql' | 'redis'>,
  modelId: string,
  why: string,
): Promise<Deactivated> {
  const [{ outcome }] = await sql<[Pick<Deactivated, 'outcome'>]>`
    SELECT ml_model_deactivate(${modelId}, ${why}) AS outcome`;
  if (outcome !== 'deactivated') return { outcome, untold: null };
  try {
    await withDeadline(announce(sql, redis, { modelId }), answerMs, 'telling bots');
    return { outcome, untold: null };
  } catch (error) {
    return { outcome, untold: errorFacts(error).error };
  }
}

async function switchTo(
  { sql, redis, obstacle }: Switching,
  model: RegisteredModel,
  present: RegisteredModel | null,
  by: SwitchBy,
): Promise<Switched> {
  const problem = await obstacle(model);
  if (problem !== null)
    throw new FleetError('MODEL_UNUSABLE', `${namedModel(model)} can't be put in use: ${problem}`);
  const outcome = await activateModel(sql, model.model_id, by).catch((cause: unknown) => {
    const advice = 'whether it was done is not known, "ml models" tells';
    throw new FleetError(
      'SWITCH_UNKNOWN',
      `switching to ${namedModel(model)}: ${errorFacts(cause).error}; ${advice}`,
      { cause },
    );
  });
  if (outcome === 'missing')
    throw new FleetError(
      'MODEL_NOT_FOUND',
      `${namedModel(model)} has just been deleted: nothing was changed`,
    );
  if (outcome === 'changed')
    throw new FleetError(
      'MODEL_CHANGED',
      `another model of ${model.strategy_type} ${model.symbol} has just become active: nothing was ` +
        'changed, look with "ml models"',
    );
  const done = { outcome, model, previous: present };
  try {
    const announced = announce(sql, redis, { modelId: model.model_id });
    const { listeners } = await withDeadline(announced, answerMs, 'telling bots');
    return { ...done, listeners, untold: null };
  } catch (error) {
    return { ...done, listeners: null, untold: errorFacts(error).error };
  }
}

/** What became of it, in a sentence or two. */
export function switchInWords({ outcome, model, previous, listeners, untold }: Switched): string {
  if (listeners === null)
    return (
      `${namedModel(model)} is in use now, but bots were not told; the scheduler tells them as soon ` +
      'as Redis answers it ' +
      `(${untold ?? ''})`
    );
  const told =
    listeners === 0
      ? 'No bot listens at the moment.'
      : `${listeners} ${listeners === 1 ? 'listener was' : 'listeners were'} told.`;
  if (outcome === 'already') return `${namedModel(model)} is in use already. ${told}`;
  return (
    `${namedModel(model)} is in use ` +
    `now${previous === null ? '' : `, in place of ${shortId(previous)}`}. ${told}`
  );
}

const shortId = (model: RegisteredModel): string => model.model_id.slice(0, 8);
const namedModel = (model: RegisteredModel): string =>
  `${model.strategy_type} ${model.symbol} ${shortId(model)}`;
