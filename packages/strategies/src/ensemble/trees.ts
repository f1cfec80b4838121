import { loadLightGbm } from '@ml-training/native';
import type { LightGbmParams } from '@ml-training/native';
import type { Random } from '../random.ts';
import type { TrainContext } from '../strategy.ts';
import { breathe } from './breathe.ts';
import type { LabelledRows } from './pool.ts';
import type { Settings } from './settings.ts';
import type { StoredMember } from './voter.ts';

/** A trained member and how its training went. */
export interface TrainedMember {
  readonly stored: StoredMember;
  /** Rounds, trees or epochs kept. */
  readonly rounds: number;
  /** Total gain of the splits on each feature; absent where there are no splits. */
  readonly gain?: Float64Array;
}

/** One kind of trees that LightGBM grows. */
interface TreeRecipe {
  readonly name: string;
  readonly rounds: number;
  /** Rounds without a better validation loss after which it stops; without it all rounds are kept. */
  readonly patience?: number;
  readonly params: LightGbmParams;
}

/** The three kinds of trees, by the settings and the number of training rows. */
export function treeRecipes(settings: Settings, trainRows: number): TreeRecipe[] {
  // A leaf of forty rows puts the standard error of its rate near eight points; fewer rows allow no better.
  const min_data_in_leaf = Math.max(5, Math.min(40, Math.floor(trainRows / 20)));
  const forest = {
    boosting: 'rf',
    num_leaves: 31,
    min_data_in_leaf,
    bagging_freq: 1,
    bagging_fraction: 0.632,
    feature_fraction_bynode: 0.4,
  };
  return [
    {
      name: 'boosting',
      rounds: settings.boosting_rounds,
      patience: settings.patience,
      params: {
        boosting: 'gbdt',
        learning_rate: settings.learning_rate,
        num_leaves: 8,
        min_data_in_leaf,
        feature_fraction: 0.6,
        bagging_freq: 1,
        bagging_fraction: 0.7,
        lambda_l2: 10,
      },
    },
    { name: 'random_forest', rounds: settings.forest_trees, params: forest },
    { name: 'extra_trees', rounds: settings.forest_trees, params: { ...forest, extra_trees: true } },
  ];
}

/**
 * Grows one kind of trees on the train rows; with patience, keeps the rounds that did best on the validation rows.
 * Byte for byte the same model for the same rows and seed, whatever the number of threads.
 */
export async function trainTrees(
  recipe: TreeRecipe,
  train: LabelledRows,
  validation: LabelledRows,
  run: {
    readonly featureNames: readonly string[];
    readonly random: Random;
    readonly threads: number;
    readonly context: TrainContext;
  },
): Promise<TrainedMember> {
  const { threads, context } = run;
  const lightGbm = loadLightGbm({ threads });
  const params = {
    objective: 'binary',
    metric: 'binary_logloss',
    deterministic: true,
    force_row_wise: true,
    num_threads: threads,
    seed: run.random.fork(recipe.name).int(2 ** 31 - 1),
    max_bin: 63,
    feature_pre_filter: false,
    ...recipe.params,
  };
  const fields = { featureNames: run.featureNames };
  using trainData = lightGbm.createDataset(
    train,
    { ...fields, label: Float32Array.from(train.labels) },
    params,
  );
  using validationData = lightGbm.createDataset(
    validation,
    { label: Float32Array.from(validation.labels), reference: trainData },
    params,
  );
  using booster = lightGbm.createBooster(trainData, params, { validation: [validationData] });

  let best = { round: 0, loss: Infinity };
  for (let round = 1; round <= recipe.rounds; round++) {
    const grew = booster.updateOneIter();
    if (!grew && round > 1) break;
    const loss = booster.getEval(1).binary_logloss!;
    context.epoch(round, { [`${recipe.name}_validation_log_loss`]: loss });
    if (recipe.patience === undefined || loss < best.loss) best = { round, loss };
    if (round - best.round >= (recipe.patience ?? Infinity) || !grew) break;
    if (round % 8 === 0) await breathe(context.signal);
  }
  return {
    stored: {
      name: recipe.name,
      kind: 'lightgbm',
      model_text: threadless(booster.saveModelToString(best.round)),
    },
    rounds: best.round,
    gain: booster.featureImportance('gain', best.round),
  };
}

/** The trees don't depend on the number of threads; the parameters printed below them would, and Python's lightgbm takes them over. */
const threadless = (text: string): string => text.replace(/^\[num_threads: \d+\]$/m, '[num_threads: 0]');
