// The user's own strategies: a folder each, `STRATEGIES_DIR/NAME/strategy.ts`. Their code runs in a worker
// thread and nowhere else.
import type { Needs, ParamSpecs, StrategyFacts } from '@ml-training/sdk';
import { StrategyError } from '../errors.ts';
import { defineStrategy } from '../pipeline.ts';
import type { Artefact, Predictor, Strategy } from '../strategy.ts';
import { definitionOf, paramsOf, settleOnce } from './definition.ts';
import { codeOfModel, keptFiles, readStrategyCode, type StrategyCode } from './folder.ts';
import type { Description } from './messages.ts';
import { createRunner, type Runner } from './runner.ts';
import { defaultLimits, type Limits } from './session.ts';
import { factsOf, type Facts } from './settings.ts';

export { listUserStrategies, type UserStrategyFolder } from './folder.ts';

/** What a strategy says of itself, without a training. */
export interface UserStrategyFacts extends StrategyFacts {
  readonly learner: Description['learner'];
  /** Those of `settings` that its own code is given. */
  readonly params: ParamSpecs;
  /** Bars that a row of features looks at, its own included, with the params' defaults. */
  readonly window: number;
  /** Names of its features, with the params' defaults. */
  readonly features: readonly string[];
  /** SHA-256 over the folder's files, 64 hex digits. */
  readonly sum: string;
  /** Absolute path of its strategy.ts. */
  readonly file: string;
}

/** How the user's code is run. */
export interface UserStrategyOptions {
  /** Is given what the strategy writes to its console, a line at a time. */
  readonly log?: (line: string) => void;
  readonly limits?: Partial<Limits>;
}

/**
 * Loads a strategy's code and asks it for its facts.
 * @throws StrategyError INVALID_STRATEGY naming the file, the line and what to do.
 */
export async function describeStrategy(
  strategiesDir: string,
  name: string,
  options: UserStrategyOptions = {},
): Promise<UserStrategyFacts> {
  const { runner, description, facts } = open(await readStrategyCode(strategiesDir, name), options);
  try {
    const defaults = Object.entries(facts.params).map(([param, spec]) => [param, spec.default] as const);
    const { window, horizon, names } = settleOnce(runner)(paramsOf(facts, Object.fromEntries(defaults)));
    const settings =
      horizon === null
        ? facts.settings
        : { ...facts.settings, horizon: { ...facts.settings.horizon, default: horizon } };
    return {
      ...facts,
      ...neededBy(description),
      settings,
      learner: description.learner,
      window,
      features: names,
      sum: runner.code.sum,
      file: runner.code.file,
    };
  } finally {
    runner.letGo();
  }
}

/**
 * The strategy of a folder as it is now: its files are read once, and what they hold then is what runs,
 * whatever becomes of them. Its thread ends with the `dispose()` of the last predictor or at the end of a
 * training; until then it keeps no process from ending.
 * @throws StrategyError INVALID_STRATEGY naming the file, the line and what to do.
 */
export async function loadUserStrategy(
  strategiesDir: string,
  name: string,
  options: UserStrategyOptions = {},
): Promise<Strategy> {
  return await strategyOfCode(await readStrategyCode(strategiesDir, name), options);
}

/**
 * Makes a model of a user's strategy ready to predict, by the very code that it was trained by: the folder's
 * where that is still the same, else what the model keeps of it.
 * @param strategiesDir undefined where there is none.
 * @throws StrategyError INVALID_STRATEGY; INVALID_MODEL.
 */
export async function loadUserModel(
  strategiesDir: string | undefined,
  name: string,
  artefact: Artefact,
  options: UserStrategyOptions = {},
): Promise<Predictor> {
  const folder = await folderOf(strategiesDir, name);
  const same = 'sum' in folder && folder.sum === artefact.strategy_sum ? folder : null;
  const code = same ?? codeKeptIn(artefact, name) ?? folder;
  if (code instanceof StrategyError) throw code;
  return await (await strategyOfCode(code, options)).load(artefact);
}

/** Its code as it lies there, or why it can't be read. */
async function folderOf(
  strategiesDir: string | undefined,
  name: string,
): Promise<StrategyCode | StrategyError> {
  if (strategiesDir === undefined) return noStrategy(name);
  try {
    return await readStrategyCode(strategiesDir, name);
  } catch (error) {
    if (error instanceof StrategyError) return error;
    throw error;
  }
}

/** Where nobody said in which folder to look. */
export const noStrategy = (name: string): StrategyError =>
  new StrategyError('INVALID_STRATEGY', `there is no strategy ${JSON.stringify(name)}`);

const codeKeptIn = (artefact: Artefact, name: string): StrategyCode | null =>
  artefact.strategy_code === undefined || artefact.strategy_sum === undefined
    ? null
    : codeOfModel(name, artefact.strategy_code, artefact.strategy_sum);

async function strategyOfCode(code: StrategyCode, options: UserStrategyOptions): Promise<Strategy> {
  const { runner, description, facts } = open(code, options);
  const { name, sum } = code;
  try {
    const strategy = defineStrategy({
      ...(await definitionOf(runner, description, facts)),
      ...neededBy(description),
    });
    const kept = keptFiles(code);
    return {
      ...strategy,
      sum,
      train: async (request, context) => {
        runner.hold();
        try {
          const trained = await strategy.train(request, context);
          const own = { strategy_sum: sum, ...(kept === null ? {} : { strategy_code: kept }) };
          const { refit } = trained;
          return {
            ...trained,
            artefact: { ...trained.artefact, ...own },
            refit:
              refit === null
                ? null
                : async () => {
                    runner.hold();
                    try {
                      const refitted = await refit();
                      return { ...refitted, artefact: { ...refitted.artefact, ...own } };
                    } finally {
                      runner.letGo();
                    }
                  },
          };
        } finally {
          runner.letGo();
        }
      },
      load: async (artefact) => {
        if (artefact.strategy_sum !== undefined && artefact.strategy_sum !== sum) {
          const other = codeKeptIn(artefact, name);
          if (other === null) throw changed(code, artefact.strategy_sum);
          return await (await strategyOfCode(other, options)).load(artefact);
        }
        runner.hold();
        try {
          return untilDisposed(await strategy.load(artefact), name, () => runner.letGo());
        } catch (error) {
          runner.letGo();
          throw error;
        }
      },
    };
  } finally {
    runner.letGo();
  }
}

const neededBy = ({ inputs, needs }: Description): { readonly needs?: Needs } =>
  inputs.length === 0 && needs.columns.length === 0 ? {} : { needs };

/** The folder held other files when the model was trained, which keeps none. */
const changed = ({ sum: now, shown }: StrategyCode, sum: string): StrategyError =>
  new StrategyError(
    'INVALID_MODEL',
    `${shown} has changed since the model was trained (the sum of its files was ${sum.slice(0, 12)} ` +
      `and is ${now.slice(0, 12)}), and the model keeps no code of its own: retrain it, or put the files ` +
      'back',
  );

/** The predictor, which opens no thread again once it was disposed of. */
function untilDisposed(predictor: Predictor, name: string, onDispose: () => void): Predictor {
  let disposed = false;
  const refuseDisposed = (): void => {
    if (disposed) throw new Error(`the predictor of ${name} was disposed of: load the model again`);
  };
  return {
    ...predictor,
    predict: async (...args) => {
      refuseDisposed();
      return await predictor.predict(...args);
    },
    explain: async (...args) => {
      refuseDisposed();
      return await predictor.explain(...args);
    },
    dispose: () => {
      if (disposed) return;
      disposed = true;
      predictor.dispose();
      onDispose();
    },
  };
}

/** A held runner. */
function open(
  code: StrategyCode,
  { log = () => undefined, limits }: UserStrategyOptions,
): { readonly runner: Runner; readonly description: Description; readonly facts: Facts } {
  const runner = createRunner(code, { ...defaultLimits, ...limits }, log);
  runner.hold();
  try {
    const description = runner.call('describe', [], runner.limits.loadMs, 'loading it');
    return { runner, description, facts: factsOf(code, description) };
  } catch (error) {
    runner.letGo();
    throw error;
  }
}
