import { withSpansOf } from '../evaluation/continuation.ts';
import { intervals } from '../evaluation/intervals.ts';
import { firstSeen, lastSeen } from '../evaluation/fitted-spans.ts';
import { baselines } from '../evaluation/baselines.ts';
import { evaluate } from '../evaluation/metrics.ts';
import { scalerToPlain } from '../evaluation/scaler.ts';
import { featuresHash } from '../features/index.ts';
import { readParams } from '../params.ts';
import { onlySymbol, prepareSymbol, preparationOf, type PreparedSymbol } from '../prepare.ts';
import { createRandom } from '../random.ts';
import type { Bars, Preparation, TrainContext, Trained, TrainRequest } from '../strategy.ts';
import { layerSizes, schedule } from './learn.ts';
import { createMarket, marketOptions, returnDeviation } from './market.ts';
import { agentToPlain } from './model.ts';
import { learnSeeds } from './seeds.ts';
import { rlSettings, type RlSettings } from '@ml-training/sdk';
import { chooseAndJudge } from './verdict.ts';
import { warmStart } from './warm-start.ts';

/** What `train` starts from; see `Strategy.prepare`. */
export function prepare(bars: readonly Bars[], params?: TrainRequest['params']): Preparation {
  return preparationOf(prepareRows(onlySymbol(bars, 'rl'), readParams(rlSettings, params, 'rl')));
}

/** The first row is the first whose whole window has features. */
const prepareRows = (bars: Bars, settings: RlSettings): PreparedSymbol =>
  prepareSymbol(bars, settings, settings.window - 1);

/**
 * Trains one symbol's trading agent; the holdout is looked at once, at the end, by the agent that validation chose.
 * @throws StrategyError INVALID_PARAMS, TOO_FEW_BARS or DIVERGED, INVALID_MODEL when the checkpoint to go on from is
 *   damaged; the signal's reason when aborted.
 */
export async function train(request: TrainRequest, context: TrainContext): Promise<Trained> {
  const settings = readParams(rlSettings, request.params, 'rl');
  const bars = onlySymbol(request.bars, 'rl');

  context.signal.throwIfAborted();
  context.progress(0, 'features');
  const prepared = prepareRows(bars, settings);
  const { features, split } = prepared;
  const { horizon, window } = settings;
  const { start, lineage } = warmStart(request.champion, prepared, settings);
  const scaler = start?.scaler ?? prepared.scaler;
  const returnUnit = start?.returnUnit ?? returnDeviation(bars.close, split.train);
  const market = createMarket(bars, features, scaler, marketOptions(settings, returnUnit));

  const random = createRandom(request.seed);
  const finished = await learnSeeds(market, split, settings, random, context, start?.parameters);

  context.progress(1, 'evaluation');
  const sizes = layerSizes(market, settings);
  const { agent, prediction, details } = chooseAndJudge({ bars, market, split, settings }, finished, sizes);
  const fittedSpans =
    start === null
      ? prepared.fittedSpans
      : withSpansOf(prepared.fittedSpans, request.champion?.fitted_spans ?? []);
  const { steps, updates } = schedule(split.train, settings);
  const options = { horizon, costBps: settings.cost_bps };
  return {
    artefact: {
      model_state: {
        rl: agentToPlain(agent, { window, featureNames: features.names, returnUnit }, settings.weights),
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
          ...split,
          dataFrom: Math.min(bars.time[0]!, firstSeen(bars, fittedSpans)),
          dataTo: Math.max(bars.time[split.validation.to - 1 + horizon]!, lastSeen(bars, fittedSpans)),
          metrics: evaluate(bars, prediction, split.holdout, options),
          intervals: intervals(bars, prediction, split.holdout, options, request.seed),
          baselines: baselines(bars, split.holdout, split.train, options),
        },
      ],
      lineage,
      details: { steps, updates, ...details },
    },
    predictions: [prediction],
  };
}
