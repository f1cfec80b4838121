import { furtherLearner, type lightgbmSettings, type LightgbmSettings as Settings } from '@ml-training/sdk';
import { classWeights } from '../class-weights.ts';
import { pooledRows, type Dataset, type LabelledRows } from '../dataset.ts';
import { championOf, direction, pickedFeatures } from '../definition.ts';
import type { FitRun, Fitted, OwnParts, StrategyDefinition } from '../definition.ts';
import { importance } from '../ensemble/report.ts';
import { binRows, boostingName, growTrees, trainTrees } from '../ensemble/trees.ts';
import type { TreeMember } from '../ensemble/trees.ts';
import {
  describeWarmStart,
  growable,
  treesOf,
  withWarmStartRounds,
  type Champion,
} from '../ensemble/warm-start.ts';
import { labelScalesFromPlain, labelScalesOf, withLabelScales } from '../label-scales.ts';
import { recordOf } from '../plain.ts';
import { createRandom } from '../random.ts';
import { byRecency } from '../recency.ts';
import { openSingle, singleState, weighted } from '../single-model.ts';
import type { TrainContext } from '../strategy.ts';
import { targetFromPlain, targetOf } from '../target.ts';
import { pauser } from '../yield.ts';

/**
 * Boosted trees alone, over one symbol or all, of any label. A training that was interrupted begins again:
 * a text of trees holds neither the rows' scores nor where the draw of rows stands (see
 * ensemble/checkpoint.ts), and 300 rounds take a second or so.
 */
export const lightgbmDefinition = <Type extends string>(
  own: OwnParts<Type, typeof lightgbmSettings>,
): StrategyDefinition<Type, typeof lightgbmSettings, Champion> => ({
  ...furtherLearner('lightgbm'),
  features: pickedFeatures,
  label: direction,
  fit,
  load: (state, settings, { names }) =>
    openSingle(state, names.length, (own.label ?? direction)(settings), `model_state.${own.type}`),

  warmStart({ state, settings: theirs }, settings, { names }) {
    const where = `model_state.${own.type}`;
    const { model, target, label_scales } = recordOf(state, where);
    const trees = treesOf(
      recordOf(model, `${where}.model`),
      names.length,
      targetFromPlain(target, where),
      `${where}.model`,
    );
    const labelScales = labelScalesFromPlain(label_scales, where);
    return growable({ ...trees, labelScales }, theirs, settings);
  },
  ...own,
});

async function fit(
  given: Dataset,
  own: Settings,
  { start, seed, threads, context }: FitRun<Champion>,
): Promise<Fitted> {
  const target = targetOf(given);
  const champion = championOf(start);
  const settings = champion === null ? own : withWarmStartRounds(own, champion);
  const featureNames = given.symbols[0]!.features.names;
  const random = createRandom(seed).fork('lightgbm');
  const member = boosting(settings);
  const grown = champion === null ? {} : { initModel: champion.text };
  const rowsOf = (unscaled: Dataset) => {
    const scales = champion?.labelScales ?? labelScalesOf(unscaled);
    const data = withLabelScales(unscaled, scales);
    const train = pooledRows(data, 'train');
    const weights = classWeights(train.labels, target, settings.class_weight);
    return { scales, weights, train: byRecency(weighted(train, weights), settings.half_life_bars), data };
  };
  const bin = (train: LabelledRows, validation: LabelledRows | null) =>
    binRows(train, validation, {
      featureNames,
      random,
      threads,
      target,
      maxBin: settings.max_bin,
      offset: champion?.offset,
    });
  const runOf = (of: Pick<TrainContext, 'checkpoint' | 'signal' | 'progress' | 'epoch'>) => {
    const paused = pauser(of);
    return { random, context: { ...of, resume: null }, pause: () => paused(() => null), ...grown };
  };

  const { scales, weights, train, data } = rowsOf(given);
  context.progress(0.1, 'boosting');
  using rows = bin(train, weighted(pooledRows(data, 'validation'), weights));
  const trained = await trainTrees(member, rows, runOf(context));
  return {
    state: singleState(target, trained.stored, weights, scales),
    details: { rounds: trained.rounds, importance: importance([trained], featureNames) },
    ...(champion === null ? {} : { warmStart: describeWarmStart(champion, trained.rounds) }),
    refit: async (unscaled, run) => {
      const all = rowsOf(unscaled);
      using binned = bin(all.train, null);
      const { stored } = await growTrees(member, binned, trained.rounds, runOf(run.context));
      return singleState(target, stored, all.weights, all.scales);
    },
  };
}

const boosting = (settings: Settings): TreeMember => ({
  name: boostingName,
  numBoostRound: settings.num_boost_round,
  earlyStoppingRounds: settings.early_stopping_rounds === 0 ? null : settings.early_stopping_rounds,
  params: {
    boosting: 'gbdt',
    learning_rate: settings.learning_rate,
    num_leaves: settings.num_leaves,
    max_depth: settings.max_depth,
    min_data_in_leaf: settings.min_data_in_leaf,
    min_gain_to_split: settings.min_gain_to_split,
    feature_fraction: settings.feature_fraction,
    bagging_fraction: settings.bagging_fraction,
    bagging_freq: settings.bagging_freq,
    lambda_l1: settings.lambda_l1,
    lambda_l2: settings.lambda_l2,
  },
});
