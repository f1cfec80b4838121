import type { LightGbmParams } from '@ml-training/native';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';

/** One kind of trees that LightGBM grows. */
export interface TreeRecipe {
  readonly name: string;
  readonly rounds: number;
  /** Rounds without a better validation loss after which it stops; null where all rounds are kept. */
  readonly patience: number | null;
  readonly params: LightGbmParams;
}

/** The name of the member that goes on from the trees of a model in use. */
export const boostingName = 'boosting';

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
  const forestOf = (name: string, params: LightGbmParams): TreeRecipe => ({
    name,
    rounds: settings.forest_trees,
    patience: null,
    params,
  });
  return [
    {
      name: boostingName,
      rounds: settings.boosting_rounds,
      patience: settings.patience === 0 ? null : settings.patience,
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
    forestOf('random_forest', forest),
    forestOf('extra_trees', { ...forest, extra_trees: true }),
  ];
}
