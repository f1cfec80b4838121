import { StrategyError } from '../errors.ts';
import { baselines, judge } from '../evaluation/judge.ts';
import { fitScaler, scalerToPlain } from '../evaluation/scaler.ts';
import { splitBars } from '../evaluation/split-bars.ts';
import { computeFeatures } from '../features/index.ts';
import { readParams } from '../params.ts';
import { createRandom } from '../random.ts';
import type { Artefact, Report, TrainContext, TrainRequest } from '../strategy.ts';
import { learn } from './learn.ts';
import { createMarket, returnDeviation } from './market.ts';
import { agentToPlain } from './model.ts';
import { rlSettings } from './settings.ts';
import { walk } from './walk.ts';

/**
 * Trains one symbol's trading agent; the holdout is looked at once, at the end, by the agent that validation chose.
 * @throws StrategyError INVALID_PARAMS, TOO_FEW_BARS or DIVERGED; the signal's reason when aborted.
 */
export async function train(
  request: TrainRequest,
  context: TrainContext,
): Promise<{ artefact: Artefact; report: Report }> {
  const settings = readParams(rlSettings, request.params, 'rl');
  const [bars, ...others] = request.bars;
  if (bars === undefined || others.length > 0)
    throw new StrategyError(
      'INVALID_PARAMS',
      `rl trains on one symbol at a time, but got bars of ${request.bars.length}; make one job a symbol`,
    );

  context.signal.throwIfAborted();
  context.progress(0, 'features');
  const features = computeFeatures(bars);
  const { horizon } = settings;
  const split = splitBars(bars, features.firstRow, settings);
  const scaler = fitScaler(features.data, features.cols, split.train);
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
    },
    report: {
      symbols: [
        {
          symbol: bars.symbol,
          ...split,
          dataFrom: bars.time[0]!,
          dataTo: bars.time[split.validation.to - 1 + horizon]!,
          metrics: judge(bars, prediction, split.holdout, options),
          baselines: baselines(bars, split.holdout, split.train, options),
        },
      ],
      details: {
        steps: learned.steps,
        updates: learned.updates,
        best_update: learned.bestUpdate,
        validation_mean_return: learned.bestValidation,
      },
    },
  };
}
