import { loadTensorFlow } from '@ml-training/native';
import { lstmSettings, type ParamsOf } from '@ml-training/sdk';
import { StrategyError } from '../errors.ts';
import {
  applyScaler,
  baselines,
  intervals,
  evaluate,
  lastSeen,
  positionsFromProbability,
  scalerToPlain,
  withSpansOf,
} from '../evaluation/index.ts';
import { featuresHash } from '../features/index.ts';
import { readParams } from '../params.ts';
import { onlySymbol, type PreparedSymbol, prepareSymbol, preparationOf } from '../prepare.ts';
import { createRandom } from '../random.ts';
import type { Bars, Plain, Preparation, TrainContext, Trained, TrainRequest } from '../strategy.ts';
import type { Architecture, Weights } from './architecture.ts';
import { type ChampionStart, startFrom } from './champion.ts';
import { scaledFeatures, rowsOf } from './dataset.ts';
import { fitModel, type FitOptions } from './fit.ts';
import { predictRows } from './network.ts';
import { modelToPlain, roundToHalf, scoreChanges } from './state.ts';

type Settings = ParamsOf<typeof lstmSettings>;

/** What `train` starts from; see `Strategy.prepare`. */
export function prepare(bars: readonly Bars[], params?: TrainRequest['params']): Preparation {
  return preparationOf(prepareSymbol(onlySymbol(bars, 'lstm'), readParams(lstmSettings, params, 'lstm')));
}

/**
 * Trains one symbol's LSTM on the direction of its next
 * `horizon` bars; the holdout is looked at once, at the end.
 * @throws StrategyError INVALID_PARAMS, TOO_FEW_BARS or DIVERGED, INVALID_MODEL when `context.resume` is
 *   damaged; the signal's reason when aborted.
 */
export async function train(request: TrainRequest, context: TrainContext): Promise<Trained> {
  const settings = readParams(lstmSettings, request.params, 'lstm');
  const { horizon, window } = settings;
  const bars = onlySymbol(request.bars, 'lstm');

  context.signal.throwIfAborted();
  context.progress(0, 'features');
  const prepared = prepareSymbol(bars, settings);
  const { features, labels } = prepared;
  const { train, validation, holdout } = prepared.split;
  checkHistory(prepared, window);

  const units = Array.from({ length: settings.layers }, () => settings.units);
  const architecture: Architecture = { inputs: features.cols, window, units };
  const { start, reason } = startFrom(request.champion, architecture, {
    featureNames: features.names,
    window: features.firstRow + window,
    horizon,
    symbols: [{ bars, validation: [...rowsOf(validation)], holdout }],
  });
  const scaler = start?.scaler ?? prepared.scaler;
  const table = scaledFeatures(applyScaler(scaler, features.data), features.cols, features.firstRow);
  const fittedSpans =
    start === null ? prepared.fittedSpans : withSpansOf(prepared.fittedSpans, request.champion!.fitted_spans);

  const tf = await loadTensorFlow({ threads: request.threads });
  const fitted = await fitModel(
    tf,
    architecture,
    { table, labels, train, validation },
    fitOptions(settings, start),
    createRandom(request.seed),
    context,
    start?.weights,
  );

  context.progress(1, 'evaluation');
  const score = (weights: Weights, rows: Int32Array) => predictRows(tf, architecture, weights, table, rows);
  const { weights, details } = toPrecision(settings, fitted.weights, prepared, score);
  const probability = score(weights, rowsOf(holdout));
  const prediction = { probability, position: positionsFromProbability(probability, settings.band) };
  const options = { horizon, costBps: settings.cost_bps };
  return {
    artefact: {
      model_state: {
        lstm: modelToPlain(architecture, weights, settings.weights),
        scaler: scalerToPlain(scaler, features.names),
      },
      feature_names: features.names,
      features_hash: featuresHash,
      window: features.firstRow + window,
      label: { kind: 'direction', horizon },
      params: settings,
      fitted_spans: fittedSpans,
    },
    report: {
      symbols: [
        {
          symbol: bars.symbol,
          train,
          validation,
          holdout,
          dataFrom: Math.min(bars.time[0]!, ...fittedSpans.map(({ start }) => start)),
          dataTo: lastSeen(bars, fittedSpans),
          metrics: evaluate(bars, prediction, holdout, options),
          intervals: intervals(bars, prediction, holdout, options, request.seed),
          baselines: baselines(bars, holdout, train, options),
        },
      ],
      lineage: { continued: start !== null, reason },
      details: {
        best_epoch: fitted.bestEpoch,
        epochs: fitted.epochs,
        validation_loss: fitted.validationLoss,
        ...details,
      },
    },
    predictions: [prediction],
  };
}

function checkHistory({ bars, features, split }: PreparedSymbol, window: number): void {
  const warmUp = features.firstRow + window - 1;
  if (split.holdout.from < warmUp)
    throw new StrategyError(
      'TOO_FEW_BARS',
      `${bars.symbol}: with a window of ${window} the first ${warmUp} bars serve as history only, ` +
        `but the holdout begins after ${split.holdout.from} of the ${features.rows} bars; ` +
        'give more bars or set a smaller window',
    );
}

function fitOptions(settings: Settings, start: ChampionStart | null): FitOptions {
  const share = start === null ? 1 : settings.warm_learning_rate_share;
  return {
    epochs: settings.epochs,
    batchSize: settings.batch_size,
    learningRate: settings.learning_rate * share,
    dropout: settings.dropout,
    patience: settings.patience,
    clipNorm: settings.clip_norm,
  };
}

/** The weights as they are to be stored, and what storing them so costs on the validation rows. */
function toPrecision(
  settings: Settings,
  weights: Weights,
  { split, labels }: PreparedSymbol,
  score: (weights: Weights, rows: Int32Array) => Float64Array,
): { readonly weights: Weights; readonly details: { readonly [name: string]: Plain } } {
  if (settings.weights === 'float32') return { weights, details: {} };
  const rounded = roundToHalf(weights);
  const rows = rowsOf(split.validation);
  const own = labels.subarray(split.validation.from, split.validation.to);
  return {
    weights: rounded,
    details: { float16: scoreChanges(score(weights, rows), score(rounded, rows), own) },
  };
}
