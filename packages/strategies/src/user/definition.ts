// A strategy of the user's own as the pipeline knows all strategies.
import type {
  ensembleSettings,
  LabelledFeatureRows,
  LearnerRows,
  lightgbmSettings,
  logisticSettings,
  lstmSettings,
  PlainRecord,
  rlSettings,
  UserParams,
} from '@ml-training/sdk';
import { pooledRows, type Dataset } from '../dataset.ts';
import { championOf, checkpointOf } from '../definition.ts';
import type {
  AnyDefinition,
  CommonSettings,
  FitRun,
  Model,
  OwnParts,
  StrategyDefinition,
} from '../definition.ts';
import type { CommonSpecs } from '../definition.ts';
import { StrategyError } from '../errors.ts';
import { recordOf } from '../plain.ts';
import type { LabelDefinition } from '../strategy.ts';
import { featureSetOf } from './feature-set.ts';
import { userLabel } from './label.ts';
import type { Description, Settled } from './messages.ts';
import type { Runner } from './runner.ts';
import type { Facts } from './settings.ts';

export async function definitionOf(
  runner: Runner,
  description: Description,
  facts: Facts,
): Promise<AnyDefinition> {
  const { type, scope, settings } = facts;
  const settled = settleOnce(runner);
  const label = memoOfSettings((values: CommonSettings) => {
    const params = paramsOf(facts, values);
    return userLabel(runner, description, settled(params), params, values);
  });
  const own: OwnParts<string, CommonSpecs> = {
    type,
    scope,
    promotionMetric: facts.promotionMetric,
    settings,
    // A policy learns from what positions earn, and has a label to be compared to only.
    ...(description.learner === 'rl' ? {} : { label }),
    features: (values) => {
      const params = paramsOf(facts, values);
      return featureSetOf(runner, description, settled(params), params);
    },
    derive: (values) => {
      const { horizon } = settled(paramsOf(facts, values));
      if (description.horizon !== 'of params' || horizon === null) return values;
      if (values.horizon !== settings.horizon.default && values.horizon !== horizon)
        throw new StrategyError(
          'INVALID_PARAMS',
          `${type} has its horizon of its params, ${horizon} bars: set those, and not horizon ` +
            `(${values.horizon})`,
        );
      // Not a literal, which would have to fit all settings at once and not each its own.
      return Object.assign({}, values, { horizon });
    },
  };
  // A learner reads its own settings by name: they are all there, of the same kinds, with other defaults.
  const as = <Specs extends CommonSpecs>() => own as unknown as OwnParts<string, Specs>;
  switch (description.learner) {
    case 'ensemble':
      return (await import('../ensemble/index.ts')).ensembleDefinition(as<typeof ensembleSettings>());
    case 'lightgbm':
      return (await import('../lightgbm/index.ts')).lightgbmDefinition(as<typeof lightgbmSettings>());
    case 'logistic':
      return (await import('../logistic/index.ts')).logisticDefinition(as<typeof logisticSettings>());
    case 'lstm':
      return (await import('../lstm/index.ts')).lstmDefinition(as<typeof lstmSettings>());
    case 'rl':
      return (await import('../rl/index.ts')).rlDefinition(as<typeof rlSettings>());
    case 'own':
      return ownLearner(runner, description, facts, own);
  }
}

/** The same label for the same settings, since what it has computed is kept with it. */
function memoOfSettings(
  make: (settings: CommonSettings) => LabelDefinition,
): (settings: CommonSettings) => LabelDefinition {
  const known = new Map<string, LabelDefinition>();
  return (settings) => {
    const key = JSON.stringify(settings);
    const found = known.get(key) ?? make(settings);
    known.set(key, found);
    return found;
  };
}

/** What follows from params is asked for once for each set of them. */
export function settleOnce(runner: Runner): (params: UserParams) => Settled {
  const known = new Map<string, Settled>();
  return (params) => {
    const key = JSON.stringify(params);
    const found =
      known.get(key) ?? runner.call('settle', [params], runner.limits.loadMs, 'window, label or features');
    known.set(key, found);
    return found;
  };
}

export const paramsOf = ({ params }: Facts, values: Readonly<Record<string, unknown>>): UserParams =>
  // As their specs say.
  Object.fromEntries(Object.keys(params).map((name) => [name, values[name] as number]));

/** The state of a model that `fit` may begin with. */
interface Champion {
  readonly state: PlainRecord;
}

function ownLearner(
  runner: Runner,
  { warmStart, refits }: Description,
  facts: Facts,
  { type, features, label, derive }: OwnParts<string, CommonSpecs>,
): StrategyDefinition<string, CommonSpecs, Champion> {
  return {
    type,
    scope: facts.scope,
    promotionMetric: facts.promotionMetric,
    settings: facts.settings,
    // Nobody knows, and each goes to another thread.
    slow: true,
    features: features!,
    derive: derive!,
    label: label!,
    fit: async (data, settings, run) => {
      const state = await fit(runner, facts, data, settings, run, null);
      return {
        state,
        details: {},
        ...(refits
          ? {
              refit: (all, { context }) => {
                const start: FitRun<Champion>['start'] =
                  context.resume === null
                    ? run.start
                    : { from: 'checkpoint', state: context.resume, champion: championOf(run.start) };
                return fit(runner, facts, all, settings, { ...run, start, context }, state);
              },
            }
          : {}),
      };
    },
    load: (state, settings, { names }): Model => {
      const { callMs, rowMs, loadMs } = runner.limits;
      const { task, classes } = label!(settings);
      const context = { params: paramsOf(facts, settings), names, task, classes };
      const model = runner.call(
        'load',
        [recordOf(state, `model_state.${type}`), context],
        loadMs,
        'learner.load',
      );
      return {
        predict: ({ features: { data, cols }, range: { from, to } }) => {
          const rows = { names, rows: to - from, cols, data: data.slice(from * cols, to * cols) };
          const limitMs = callMs + rowMs * rows.rows;
          const said = runner.call('predict', [model, rows], limitMs, 'predict');
          return task === 'multiclass' ? { probabilities: said } : { score: said };
        },
        dispose: () => void runner.call('unload', [model], callMs, 'predict'),
      };
    },
    ...(warmStart ? { warmStart: ({ state }) => ({ state: recordOf(state, `model_state.${type}`) }) } : {}),
  };
}

/** @param judged what is to be fitted once more, on the train rows; null to fit. */
async function fit(
  runner: Runner,
  facts: Facts,
  data: Dataset,
  settings: CommonSettings,
  { start, seed, context }: FitRun<Champion>,
  judged: PlainRecord | null,
): Promise<PlainRecord> {
  const rowsOf = (part: keyof LearnerRows): LabelledFeatureRows => {
    const { data: values, rows, cols, labels, time } = pooledRows(data, part);
    return { data: values, rows, cols, labels, time, names: data.symbols[0]!.features.names };
  };
  const options = {
    params: paramsOf(facts, settings),
    task: data.task,
    classes: data.classes,
    seed,
    champion: championOf(start)?.state ?? null,
    resume: checkpointOf(start),
    judged,
  };
  const rows = { train: rowsOf('train'), validation: rowsOf('validation') };
  return await runner.fit([rows, options], context);
}
