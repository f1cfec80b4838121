import { intervals } from '../evaluation/intervals.ts';
import { baselines, judge } from '../evaluation/judge.ts';
import { scalerToPlain } from '../evaluation/scaler.ts';
import { readParams } from '../params.ts';
import { onlySymbol, prepareSymbol, preparationOf } from '../prepare.ts';
import { createRandom } from '../random.ts';
import type { Artefact, Bars, Preparation, Report, TrainContext, TrainRequest } from '../strategy.ts';
import { learn } from './learn.ts';
import { createMarket, returnDeviation } from './market.ts';
import { agentToPlain } from './model.ts';
import { rlSettings } from './settings.ts';
import { walk } from './walk.ts';

/** What `train` starts from; see `Strategy.prepare`. */
export function prepare(bars: readonly Bars[], params?: TrainRequest['params']): Preparation {
  return preparationOf(prepareSymbol(onlySymbol(bars, 'rl'), readParams(rlSettings, params, 'rl')));
}

/**
 * Trains one symbol's trading agent; the holdout is looked at once, at the end, by the agent that validation chose.
 * @throws StrategyError INVALID_PARAMS, TOO_FEW_BARS or DIVERGED; the signal's reason when aborted.
 */
export async function train(
  request: TrainRequest,
  context: TrainContext,
): Promise<{ artefact: Artefact; report: Report }> {
  const settings = readParams(rlSettings, request.params, 'rl');
  const bars = onlySymbol(request.bars, 'rl');

  context.signal.throwIfAborted();
  context.progress(0, 'features');
  const prepared = prepareSymbol(bars, settings);
  const { features, split, scaler } = prepared;
  const { horizon } = settings;
  const returnUnit = returnDeviation(bars.close, split.train);
  const market = createMarket(bars, features, scaler, { returnUnit, costBps: settings.cost_bps });

  const learned = await learn(market, split, settings, createRandom(request.seed), context);

  context.progress(1, 'evaluation');
  const options = { horizon, costBps: settings.cost_bps };
  const prediction = walk(market, learned.agent, split.holdout);
  return {
    artefact: {
      modelState: {
        rl: agentToPlain(learned.agent, features.names, returnUnit),
        scaler: scalerToPlain(scaler, features.names),
      },
      featureNames: features.names,
      window: features.firstRow + 1,
      label: { kind: 'direction', horizon },
      params: settings,
      fittedSpans: prepared.fittedSpans,
    },
    report: {
      symbols: [
        {
          symbol: bars.symbol,
          ...split,
          dataFrom: bars.time[0]!,
          dataTo: bars.time[split.validation.to - 1 + horizon]!,
          metrics: judge(bars, prediction, split.holdout, options),
          intervals: intervals(bars, prediction, split.holdout, options, request.seed),
          baselines: baselines(bars, split.holdout, split.train, options),
        },
      ],
      lineage: { continued: false, reason: 'every model is fitted anew' },
      details: {
        steps: learned.steps,
        updates: learned.updates,
        best_update: learned.bestUpdate,
        validation_mean_return: learned.bestValidation,
      },
    },
  };
}
