import {
  errorFacts,
  modelsByPrefix,
  promoteModel,
  rollBackPair,
  switchInWords,
  theStrategy,
  type RegisteredModel,
  type Switched,
  type Switching,
} from '@ml-training/core';
import { print, printJson, when } from '../output.ts';
import { withServers, type Servers } from '../servers.ts';

interface Options {
  readonly json?: true;
}

/** Puts the model in use that begins with `start`, whatever the promotion policy says. */
export async function promote(start: string, options: Options): Promise<void> {
  await withServers(async (servers) => {
    const model = await theModel(servers, start);
    report(await promoteModel(switchingOf(servers), model), options);
  });
}

/** Puts the model in use again that was so before the present one. */
export async function rollBack(strategy: string, symbol: string, options: Options): Promise<void> {
  await withServers(async (servers) => {
    await theStrategy(servers.sql, strategy);
    report(await rollBackPair(switchingOf(servers), strategy, symbol), options);
  });
}

/** The one model whose id begins so. @throws Error that says what to do when there is none, or several */
export async function theModel({ sql }: Pick<Servers, 'sql'>, start: string): Promise<RegisteredModel> {
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

/** A model is loaded as a bot would; not at the top, as that brings native libraries along. */
const switchingOf = ({ config, sql, redis }: Servers): Switching => ({
  sql,
  redis,
  obstacle: async (model) => {
    const { loadRegistered } = await import('@ml-training/inference');
    return loadRegistered(config, model, config.STRATEGIES_DIR).then(
      async (loaded) => {
        await loaded.retire();
        return null;
      },
      (error: unknown) => errorFacts(error).error,
    );
  },
});

function report(switched: Switched, options: Options): void {
  const { outcome, model, previous, listeners } = switched;
  if (listeners === null) throw new Error(switchInWords(switched));
  if (options.json === true)
    printJson({
      outcome,
      model_id: model.model_id,
      previous_model_id: previous?.model_id ?? null,
      listeners,
    });
  else print(switchInWords(switched));
}
