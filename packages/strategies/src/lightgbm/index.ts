import { furtherLearner, type lightgbmSettings, type LightgbmSettings as Settings } from '@ml-training/sdk';
import { classWeights } from '../class-weights.ts';
import { pooledRows, type Dataset } from '../dataset.ts';
import { championOf, direction, pickedFeatures } from '../definition.ts';
import type { FitRun, Fitted, OwnParts, StrategyDefinition } from '../definition.ts';
import { importance } from '../ensemble/report.ts';
import { binRows, boostingName, trainTrees } from '../ensemble/trees.ts';
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
import { openSingle, singleState, weighted } from '../single-model.ts';
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
  unscaled: Dataset,
  given: Settings,
  { start, seed, threads, context }: FitRun<Champion>,
): Promise<Fitted> {
  const target = targetOf(unscaled);
  const champion = championOf(start);
  const scales = champion?.labelScales ?? labelScalesOf(unscaled);
  const data = withLabelScales(unscaled, scales);
  const settings = champion === null ? given : withWarmStartRounds(given, champion);
  const featureNames = data.symbols[0]!.features.names;
  const labels = pooledRows(data, 'train');
  const weights = classWeights(labels.labels, target, settings.class_weight);
  const [train, validation] = [weighted(labels, weights), weighted(pooledRows(data, 'validation'), weights)];
  const random = createRandom(seed).fork('lightgbm');
  const paused = pauser(context);
  context.progress(0.1, 'boosting');
  using rows = binRows(train, validation, {
    featureNames,
    random,
    threads,
    target,
    maxBin: settings.max_bin,
    offset: champion?.offset,
  });
  const trained = await trainTrees(boosting(settings), rows, {
    random,
    context: { ...context, resume: null },
    pause: () => paused(() => null),
    ...(champion === null ? {} : { initModel: champion.text }),
  });
  return {
    state: singleState(target, trained.stored, weights, scales),
    details: { rounds: trained.rounds, importance: importance([trained], featureNames) },
    ...(champion === null ? {} : { warmStart: describeWarmStart(champion, trained.rounds) }),
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
