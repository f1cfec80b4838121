import { loadTensorFlow } from '@ml-training/native';
import { StrategyError } from '../errors.ts';
import {
  applyScaler,
  baselines,
  intervals,
  judge,
  positionsFromProbability,
  scalerToPlain,
} from '../evaluation/index.ts';
import { featuresHash } from '../features/index.ts';
import { readParams } from '../params.ts';
import { onlySymbol, prepareSymbol, preparationOf } from '../prepare.ts';
import { createRandom } from '../random.ts';
import type { Artefact, Bars, Preparation, Report, TrainContext, TrainRequest } from '../strategy.ts';
import type { Architecture } from './architecture.ts';
import { scaledFeatures, rowsOf } from './dataset.ts';
import { fitModel } from './fit.ts';
import { predictRows } from './model.ts';
import { lstmSettings } from './settings.ts';
import { modelToPlain } from './state.ts';

/** What `train` starts from; see `Strategy.prepare`. */
export function prepare(bars: readonly Bars[], params?: TrainRequest['params']): Preparation {
  return preparationOf(prepareSymbol(onlySymbol(bars, 'lstm'), readParams(lstmSettings, params, 'lstm')));
}

/**
 * Trains one symbol's LSTM on the direction of its next `horizon` bars; the holdout is looked at once, at the end.
 * @throws StrategyError INVALID_PARAMS, TOO_FEW_BARS or DIVERGED; the signal's reason when aborted.
 */
export async function train(
  request: TrainRequest,
  context: TrainContext,
): Promise<{ artefact: Artefact; report: Report }> {
  const settings = readParams(lstmSettings, request.params, 'lstm');
  const { horizon, window } = settings;
  const bars = onlySymbol(request.bars, 'lstm');

  context.signal.throwIfAborted();
  context.progress(0, 'features');
  const prepared = prepareSymbol(bars, settings);
  const { features, scaler, labels } = prepared;
  const { train, validation, holdout } = prepared.split;
  const warmUp = features.firstRow + window - 1;
  if (holdout.from < warmUp)
    throw new StrategyError(
      'TOO_FEW_BARS',
      `${bars.symbol}: with a window of ${window} the first ${warmUp} bars serve as history only, but the holdout begins ` +
        `after ${holdout.from} of the ${features.rows} bars; give more bars or set a smaller window`,
    );
  const table = scaledFeatures(applyScaler(scaler, features.data), features.cols, features.firstRow);

  const tf = await loadTensorFlow({ threads: request.threads });
  const units = Array.from({ length: settings.layers }, () => settings.units);
  const architecture: Architecture = { inputs: features.cols, window, units };
  const fitted = await fitModel(
    tf,
    architecture,
    { table, labels, train, validation },
    {
      epochs: settings.epochs,
      batchSize: settings.batch_size,
      learningRate: settings.learning_rate,
      dropout: settings.dropout,
      patience: settings.patience,
      clipNorm: settings.clip_norm,
    },
    createRandom(request.seed),
    context,
  );

  context.progress(1, 'evaluation');
  const probability = predictRows(tf, architecture, fitted.weights, table, rowsOf(holdout));
  const prediction = { probability, position: positionsFromProbability(probability, settings.band) };
  const options = { horizon, costBps: settings.cost_bps };
  return {
    artefact: {
      modelState: {
        lstm: modelToPlain(architecture, fitted.weights),
        scaler: scalerToPlain(scaler, features.names),
      },
      featureNames: features.names,
      featuresHash,
      window: features.firstRow + window,
      label: { kind: 'direction', horizon },
      params: settings,
      fittedSpans: prepared.fittedSpans,
    },
    report: {
      symbols: [
        {
          symbol: bars.symbol,
          train,
          validation,
          holdout,
          dataFrom: bars.time[0]!,
          dataTo: bars.time[validation.to - 1 + horizon]!,
          metrics: judge(bars, prediction, holdout, options),
          intervals: intervals(bars, prediction, holdout, options, request.seed),
          baselines: baselines(bars, holdout, train, options),
        },
      ],
      lineage: { continued: false, reason: 'every model is fitted anew' },
      details: {
        best_epoch: fitted.bestEpoch,
        epochs: fitted.epochs,
        validation_loss: fitted.validationLoss,
      },
    },
  };
}
