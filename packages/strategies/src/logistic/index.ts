import { furtherLearner, type logisticSettings, type LogisticSettings as Settings } from '@ml-training/sdk';
import { classWeights } from '../class-weights.ts';
import { pooledRows, type Dataset } from '../dataset.ts';
import { checkpointOf, direction, pickedFeatures } from '../definition.ts';
import type { FitRun, Fitted, OwnParts, StrategyDefinition } from '../definition.ts';
import { pathFromPlain, pathToPlain, trainLinear } from '../ensemble/linear.ts';
import { coefficients } from '../ensemble/report.ts';
import { StrategyError } from '../errors.ts';
import { byRecency } from '../recency.ts';
import { openSingle, singleState, weighted } from '../single-model.ts';
import { outputsOf, targetOf } from '../target.ts';
import { pauser } from '../yield.ts';

/**
 * Logistic regression alone, over one symbol or all, of two classes or, by softmax, of several. It is fitted
 * from scratch each time: its optimum is one, whatever it begins with.
 */
export const logisticDefinition = <Type extends string>(
  own: OwnParts<Type, typeof logisticSettings>,
): StrategyDefinition<Type, typeof logisticSettings, never> => ({
  ...furtherLearner('logistic'),
  features: pickedFeatures,
  label: direction,
  fit,
  load: (state, settings, { names }) =>
    openSingle(state, names.length, (own.label ?? direction)(settings), `model_state.${own.type}`),
  ...own,
});

async function fit(data: Dataset, settings: Settings, { start, context }: FitRun<never>): Promise<Fitted> {
  const target = targetOf(data);
  if (target.task === 'regression')
    throw new StrategyError(
      'INVALID_STRATEGY',
      "the learner logistic can't learn a regression: it tells classes apart; take lightgbm, ensemble " +
        'or lstm',
    );
  const featureNames = data.symbols[0]!.features.names;
  const rows = pooledRows(data, 'train');
  const weights = classWeights(rows.labels, target, settings.class_weight);
  const train = byRecency(weighted(rows, weights), settings.half_life_bars);
  const validation = weighted(pooledRows(data, 'validation'), weights);
  const size = (train.cols + 1) * outputsOf(target);
  const resume = pathFromPlain(checkpointOf(start), size, settings.logistic_penalties);
  context.progress(0.1, 'fitting logistic');
  const paused = pauser(context);
  const trained = await trainLinear(target, train, validation, {
    settings,
    context,
    pause: (path) => paused(() => pathToPlain(path)),
    resume,
  });
  return {
    state: singleState(target, trained.stored, weights, null),
    details: { rounds: trained.rounds, coefficients: coefficients(target, [trained], featureNames) },
    refit: async (whole, { context: ofRefit }) => {
      const all = pooledRows(whole, 'train');
      const ofAll = classWeights(all.labels, target, settings.class_weight);
      const pause = pauser(ofRefit);
      const none = { ...all, rows: 0, data: new Float64Array(0), labels: new Uint8Array(0) };
      const { stored } = await trainLinear(
        target,
        byRecency(weighted(all, ofAll), settings.half_life_bars),
        none,
        {
          settings,
          context: ofRefit,
          pause: () => pause(() => null),
          chosen: trained.rounds,
        },
      );
      return singleState(target, stored, ofAll, null);
    },
  };
}
