import {
  activateModel,
  activeModel,
  announce,
  errorFacts,
  modelsByPrefix,
  isStrategyType,
  previousModel,
  strategyTypes,
  withDeadline,
  type RegisteredModel,
  type SwitchBy,
} from '@ml-training/core';
import { print, printJson, when } from '../output.ts';
import { withServers, type Servers } from '../servers.ts';

/** How long bots may take to be told. */
const answerMs = 5000;

interface Options {
  readonly json?: true;
}

/** Puts the model in use that begins with `start`, whatever the promotion policy says. */
export async function promote(start: string, options: Options): Promise<void> {
  await withServers(async (servers) => {
    const model = await theModel(servers, start);
    const present = await activeModel(servers.sql, model.strategy_type, model.symbol);
    await switchTo(servers, model, present, { how: 'promote' }, options);
  });
}

/** Puts the model in use again that was so before the present one. */
export async function rollBack(strategy: string, symbol: string, options: Options): Promise<void> {
  if (!isStrategyType(strategy))
    throw new Error(
      `${JSON.stringify(strategy)} is no strategy: it must be one of ${strategyTypes.join(', ')}`,
    );
  await withServers(async (servers) => {
    const present = await activeModel(servers.sql, strategy, symbol);
    if (present === null)
      throw new Error(
        `${strategy} ${symbol} has no model in use to roll back from: "ml models --all" shows all`,
      );
    const model = await previousModel(servers.sql, strategy, symbol);
    if (model === null)
      throw new Error(
        `${strategy} ${symbol} has no model that was in use before ${short(present)} and was not rolled back from: ` +
          '"ml models --all" shows all, "ml promote MODEL" puts one of them in use',
      );
    await switchTo(servers, model, present, { how: 'rollback', inPlaceOf: present.model_id }, options);
  });
}

async function theModel({ sql }: Servers, start: string): Promise<RegisteredModel> {
  if (!/^[0-9a-f-]{4,36}$/i.test(start))
    throw new Error(
      `${JSON.stringify(start)} is no model_id: give the first letters of one, 4 or more, as "ml models --all" prints them`,
    );
  const [model, ...others] = await modelsByPrefix(sql, start);
  if (model === undefined)
    throw new Error(`no model_id begins with ${start}: "ml models --all" shows what there is`);
  if (others.length === 0) return model;
  const list = [model, ...others].map(
    (one) => `\n  ${one.model_id}  ${one.strategy_type} ${one.symbol}, created ${when(one.created_at)}`,
  );
  throw new Error(`several model_ids begin with ${start}, give more of it:${list.join('')}`);
}

async function switchTo(
  { config, sql, redis }: Servers,
  model: RegisteredModel,
  present: RegisteredModel | null,
  by: SwitchBy,
  options: Options,
): Promise<void> {
  // Loaded as a bot would: one that nobody can load is not put in use. Not at the top, as it brings TensorFlow along.
  const { loadRegistered } = await import('@ml-training/inference');
  await loadRegistered(config.MODEL_DIR, model).then(
    (loaded) => loaded.retire(),
    (cause: unknown) => {
      throw new Error(`${named(model)} can't be put in use: ${errorFacts(cause).error}`, { cause });
    },
  );
  const outcome = await activateModel(sql, model.model_id, by).catch((cause: unknown) => {
    const advice = 'whether it was done is not known, "ml models" tells';
    throw new Error(`switching to ${named(model)}: ${errorFacts(cause).error}; ${advice}`, { cause });
  });
  if (outcome === 'missing') throw new Error(`${named(model)} has just been deleted: nothing was changed`);
  if (outcome === 'changed')
    throw new Error(
      `another model of ${model.strategy_type} ${model.symbol} has just become active: nothing was changed, look with "ml models"`,
    );
  const announced = announce(sql, redis, { modelId: model.model_id });
  const { listeners } = await withDeadline(announced, answerMs, 'telling bots').catch((cause: unknown) => {
    const advice = 'bots were not told; the scheduler tells them as soon as Redis answers it';
    throw new Error(`${named(model)} is in use now, but ${advice} (${errorFacts(cause).error})`, { cause });
  });
  if (options.json === true)
    printJson({ outcome, model_id: model.model_id, previous_model_id: present?.model_id ?? null, listeners });
  else print(`${said(model, outcome, present)} ${told(listeners)}`);
}

function said(
  model: RegisteredModel,
  outcome: 'switched' | 'already',
  present: RegisteredModel | null,
): string {
  if (outcome === 'already') return `${named(model)} is in use already.`;
  return `${named(model)} is in use now${present === null ? '' : `, in place of ${short(present)}`}.`;
}

const told = (listeners: number): string =>
  listeners === 0
    ? 'No bot listens at the moment.'
    : `${listeners} ${listeners === 1 ? 'listener was' : 'listeners were'} told.`;

const short = (model: RegisteredModel): string => model.model_id.slice(0, 8);
const named = (model: RegisteredModel): string => `${model.strategy_type} ${model.symbol} ${short(model)}`;
