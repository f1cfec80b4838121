// The one way from bars to a model, of every strategy: settings, data set, start, fit, judging, artefact
// and report.
import { featureGroupOf, isBuiltIn } from '@ml-training/sdk';
import {
  buildDataset,
  describeDataset,
  describeImplausible,
  describeInputs,
  preparationOf,
  scaleDataset,
  scalerOf,
  spansOf,
  stepsOf,
  type Dataset,
} from './dataset.ts';
import { settingsOf } from './definition.ts';
import type {
  AnyDefinition,
  CommonSettings,
  CommonSpecs,
  Fitted,
  Start,
  StrategyDefinition,
} from './definition.ts';
import { yieldToEventLoop } from './yield.ts';
import { StrategyError } from './errors.ts';
import {
  baselines,
  costBpsOf,
  evaluate,
  intervals,
  permutationImportances,
  predictionOf,
  scalerToPlain,
  seenBars,
  withSpansOf,
} from './evaluation/index.ts';
import { barsWindow, loadModel, withRule } from './load.ts';
import { paramsToStore } from './params.ts';
import { canExpectReturns, isByExpectedReturn, learnPositionRule } from './position-rule.ts';
import { createRandom } from './random.ts';
import { allRows, contextsOf, withAllRows } from './refit.ts';
import type {
  Artefact,
  Bars,
  Plain,
  Prediction,
  Predictor,
  Refitted,
  Strategy,
  SymbolReport,
  TrainContext,
  Trained,
  TrainRequest,
} from './strategy.ts';
import { warmStartFrom, type WarmStart } from './warm-start.ts';

/** A strategy of its declaration: this pipeline around its arithmetic. */
export function defineStrategy<
  const Type extends string,
  Specs extends CommonSpecs,
  Champion extends object = never,
>(definition: StrategyDefinition<Type, Specs, Champion>): Strategy<Type> {
  const { type, scope, promotionMetric } = definition;
  // Its hooks are given what `readParams` made of its own specs, and what its own `warmStart` returned.
  const any = definition as unknown as AnyDefinition;
  return {
    type,
    scope,
    promotionMetric,
    ...(any.needs === undefined ? {} : { needs: any.needs }),
    features: (params) => any.features(settingsOf(any, params)),
    label: (params) => any.label(settingsOf(any, params)),
    prepare: (bars, params) => {
      const settings = settingsOf(any, params);
      return preparationOf(datasetOf(any, bars, settings), any.label(settings));
    },
    train: (request, context) => train(any, request, context),
    load: (artefact) => loadModel(any, artefact),
  };
}

async function train(
  definition: AnyDefinition,
  request: TrainRequest,
  given: TrainContext,
): Promise<Trained> {
  const { type } = definition;
  const wantsRefit = request.refit ?? false;
  const { fit: context, refit: refitContext } = wantsRefit ? contextsOf(given) : { fit: given, refit: given };
  const { seed, threads } = request;
  const settings = settingsOf(definition, request.params);
  const features = definition.features(settings);

  context.signal.throwIfAborted();
  context.progress(0, 'features');
  const unscaled = datasetOf(definition, request.bars, settings);
  await yieldToEventLoop(context.signal);

  const found = warmStartFrom(definition, request.champion, unscaled, settings);
  const warm = typeof found === 'string' ? null : found;
  const scaler = warm?.scaler ?? scalerOf(unscaled);
  const data = scaleDataset(unscaled, scaler);
  const start = startOf(warm?.champion ?? null, context.resume);
  const fitted = await definition.fit(data, settings, { start, seed, threads, context });

  const spans = spansOf(data, settings.horizon);
  const learnt: Artefact = {
    model_state: { [type]: fitted.state, scaler: scalerToPlain(scaler, features.names) },
    feature_names: features.names,
    features_hash: features.hash,
    window: barsWindow(features, definition.window?.(settings) ?? 1),
    label: definition.label(settings).label,
    params: paramsToStore(definition.settings, settings),
    fitted_spans: warm === null ? spans : withSpansOf(spans, warm.fittedSpans),
    ...(definition.needs === undefined ? {} : { steps: stepsOf(data) }),
  };
  const run = { settings, seed, context };
  const { artefact, symbols, predictions } = await judge(definition, learnt, data, run);
  const importances = await shuffledFeatures(definition, fitted.state, data, { settings, request, context });
  const { refit } = fitted;
  return {
    artefact,
    report: {
      symbols,
      details: {
        ...fitted.details,
        ...fitted.holdoutDetails?.(),
        ...importances,
        ...(definition.scope === 'all' ? describeDataset(data) : {}),
        ...describeInputs(data),
        ...describeImplausible(data, settings.horizon),
      },
      lineage:
        typeof found === 'string'
          ? { continued: false, reason: found }
          : {
              continued: true,
              reason: fitted.warmStart ?? 'warm start from the state and scaler of the model in use',
            },
    },
    predictions,
    refit:
      refit === undefined || !wantsRefit
        ? null
        : () => refitOnAll({ type, refit, judged: artefact, unscaled, warm, settings }, refitContext),
  };
}

/** What a refit goes by: what was judged, and what it was made of. */
interface JudgedTraining {
  readonly type: string;
  readonly refit: NonNullable<Fitted['refit']>;
  readonly judged: Artefact;
  readonly unscaled: Dataset;
  readonly warm: WarmStart | null;
  readonly settings: CommonSettings;
}

/** Everything that is fitted is fitted anew, the scaler as well unless the trees or weights begun with need theirs. */
async function refitOnAll(
  { type, refit, judged, unscaled, warm, settings }: JudgedTraining,
  context: TrainContext,
): Promise<Refitted> {
  context.signal.throwIfAborted();
  context.progress(0, 'refitting');
  const { horizon } = settings;
  const whole = withAllRows(unscaled, settings.train_bars);
  const scaler = warm?.scaler ?? scalerOf(whole);
  const state = await refit(scaleDataset(whole, scaler), { context });
  const spans = spansOf(whole, horizon);
  const fitted_spans = warm === null ? spans : withSpansOf(spans, warm.fittedSpans);
  const { model_state } = judged;
  return {
    artefact: {
      ...judged,
      model_state: { [type]: state, scaler: scalerToPlain(scaler, judged.feature_names) },
      fitted_spans,
      judged: { model_state, fitted_spans: judged.fitted_spans },
    },
    symbols: unscaled.symbols.map((symbol) => {
      const { bars } = symbol;
      const rows = allRows(symbol, settings.train_bars);
      return { symbol: bars.symbol, rows, ...seenBars(bars, { end: rows.to, horizon }, fitted_spans) };
    }),
  };
}

const startOf = <Champion>(
  champion: Champion | null,
  checkpoint: TrainContext['resume'],
): Start<Champion> => {
  if (checkpoint !== null) return { from: 'checkpoint', state: checkpoint, champion };
  return champion === null ? { from: 'scratch' } : { from: 'champion', champion };
};

/**
 * @throws StrategyError INVALID_PARAMS when a strategy of one symbol is given another number; TOO_FEW_BARS,
 * INVALID_BARS
 */
function datasetOf(definition: AnyDefinition, bars: readonly Bars[], settings: CommonSettings): Dataset {
  const { type, scope } = definition;
  if (scope === 'symbol' && bars.length !== 1)
    throw new StrategyError(
      'INVALID_PARAMS',
      `${type} trains on one symbol at a time, but got bars of ${bars.length}; make one job a symbol`,
    );
  if (bars.length === 0) throw new StrategyError('TOO_FEW_BARS', `${type} was given no symbol`);
  const features = definition.features(settings);
  return buildDataset(bars, {
    compute: (one) => {
      const table = features.compute(one);
      features.check?.(one, table);
      return table;
    },
    label: definition.label(settings),
    window: definition.window?.(settings) ?? 1,
    shortWindows: definition.learnsShortWindows ?? false,
    settings,
  });
}

interface HoldoutScores {
  readonly symbols: readonly SymbolReport[];
  readonly predictions: readonly Prediction[];
}

interface JudgingRun {
  readonly settings: CommonSettings;
  readonly seed: number;
  readonly context: Pick<TrainContext, 'signal' | 'progress'>;
}

/** The model with its rule of positions, and how it does on the holdouts; it is loaded once for both. */
async function judge(
  definition: AnyDefinition,
  learnt: Artefact,
  data: Dataset,
  run: JudgingRun,
): Promise<HoldoutScores & { readonly artefact: Artefact }> {
  const predictor = await loadModel(definition, learnt);
  try {
    const artefact = await withPositionRule(learnt, predictor, data, run);
    run.context.progress(1, 'evaluation');
    return { artefact, ...(await evaluateHoldouts(artefact, withRule(predictor, artefact), data, run)) };
  } finally {
    predictor.dispose();
  }
}

/** With what its positions take, where the settings ask for those that are worth their cost. */
async function withPositionRule(
  artefact: Artefact,
  predictor: Predictor,
  data: Dataset,
  { settings, context: { signal } }: JudgingRun,
): Promise<Artefact> {
  const { label } = predictor;
  if (!isByExpectedReturn(settings) || !canExpectReturns(label)) return artefact;
  const { window } = artefact;
  return { ...artefact, positions: await learnPositionRule(data, label, predictor, { window, signal }) };
}

/** The one look at the holdouts, with the model as its file will hold it. */
async function evaluateHoldouts(
  artefact: Artefact,
  predictor: Predictor,
  { symbols }: Dataset,
  { settings, seed, context }: JudgingRun,
): Promise<HoldoutScores> {
  const { horizon } = settings;
  const { label } = predictor;
  const reports: SymbolReport[] = [];
  const predictions: Prediction[] = [];
  for (const { bars, split, purged } of symbols) {
    await yieldToEventLoop(context.signal);
    const { train, validation } = split;
    const { holdout } = purged;
    const options = { horizon, costBps: costBpsOf(settings, bars.symbol), label };
    const prediction = await predictor.predict(bars, holdout);
    predictions.push(prediction);
    reports.push({
      symbol: bars.symbol,
      train,
      validation,
      holdout,
      ...seenBars(bars, { end: validation.to, horizon }, artefact.fitted_spans),
      metrics: evaluate(bars, prediction, holdout, options),
      intervals: intervals(bars, prediction, holdout, options, seed),
      baselines: baselines(bars, holdout, train, options),
    });
  }
  return { symbols: reports, predictions };
}

/** What each feature is worth to the finished and judged model, where that is asked for; see permutation.ts. */
async function shuffledFeatures(
  definition: AnyDefinition,
  state: Plain,
  data: Dataset,
  run: {
    readonly settings: CommonSettings;
    readonly request: Pick<TrainRequest, 'importances' | 'seed'>;
    readonly context: Pick<TrainContext, 'signal' | 'progress'>;
  },
): Promise<{ readonly permutation?: Plain }> {
  const { settings, request, context } = run;
  if (request.importances === undefined) return {};
  context.progress(1, 'importances');
  const label = definition.label(settings);
  const window = definition.window?.(settings) ?? 1;
  const model = await definition.load(state, settings, definition.features(settings));
  try {
    const found = await permutationImportances(
      data.symbols.map(({ bars, features, purged: { holdout } }) => ({ bars, features, holdout })),
      {
        promotionMetric: definition.promotionMetric,
        window,
        // Of a strategy of the user's own a name says nothing.
        groupOf: isBuiltIn(definition.type) ? featureGroupOf : () => null,
        slow: definition.slow ?? window > 1,
        effort: request.importances,
        options: { horizon: settings.horizon, label },
        costBpsOf: (symbol) => costBpsOf(settings, symbol),
        random: createRandom(request.seed).fork('importances'),
        predict: (bars, features, range) =>
          predictionOf(
            model.predict({ bars, features, range, onlyCompared: true }),
            label,
            settings['band'] ?? 0,
          ),
        pause: () => yieldToEventLoop(context.signal),
      },
    );
    if (found === null) return {};
    const [features, groups] = [found.features, found.groups].map((list) => list.map((one) => ({ ...one })));
    return { permutation: { ...found, features: features!, groups: groups! } };
  } finally {
    model.dispose?.();
  }
}
