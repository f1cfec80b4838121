import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import type { Unfit } from '../definition.ts';
import { invalid, recordOf } from '../plain.ts';
import type { Plain } from '../strategy.ts';
import { boostingName } from './trees.ts';
import { openTrees, readText } from './trees-text.ts';

/**
 * What a training takes over of the model in use: boosting grows on, the other members are fitted from
 * scratch.
 */
export interface Champion {
  /** LightGBM's text of its boosted trees; their thresholds are in the units of the champion's scaler. */
  readonly text: string;
  readonly trees: number;
}

/**
 * The champion's boosted trees where more can be added to them, or in words why not.
 * @param cols number of features.
 * @throws StrategyError INVALID_MODEL when it holds no trees that could be added to.
 */
export function boostedTrees(
  champion: { readonly state: Plain | undefined; readonly settings: Settings },
  settings: Settings,
  cols: number,
): Champion | Unfit {
  const found = readTrees(champion.state, cols);
  const { class_weight } = champion.settings;
  if (class_weight !== settings.class_weight)
    return {
      unfit:
        `the model in use was fitted with class_weight ${class_weight}, ` +
        `the new one is with ${settings.class_weight}`,
    };
  if (found.trees >= settings.max_boosted_trees)
    return {
      unfit:
        `the model in use has ${found.trees} boosted trees, ` +
        `and max_boosted_trees is ${settings.max_boosted_trees}`,
    };
  return found;
}

function readTrees(state: Plain | undefined, cols: number): Champion {
  const where = 'model_state.ensemble';
  const { members } = recordOf(state, where);
  const list: readonly Plain[] = Array.isArray(members) ? members : [];
  const boosting = list
    .map((member) => recordOf(member, `${where}.members`))
    .find(({ name, kind }) => name === boostingName && kind === 'lightgbm');
  if (boosting === undefined) throw invalid(where, `has no member ${boostingName}`);
  const text = readText(boosting, `${where}.${boostingName}`);
  // Trees whose outputs are averaged, or lead to something else than log odds, can't be added to.
  if (!/^objective=binary sigmoid:1$/m.test(text) || /^average_output$/m.test(text))
    throw invalid(`${where}.${boostingName}`, 'holds trees that were not boosted toward log odds');
  using booster = openTrees(text, cols, `${where}.${boostingName}`);
  return { text, trees: booster.numIterations };
}

/** Settings under which boosting adds to the champion's trees. */
export const withWarmStartRounds = (settings: Settings, { trees }: Champion): Settings => ({
  ...settings,
  num_boost_round: Math.min(settings.warm_start_rounds, settings.max_boosted_trees - trees),
});

/** @param kept trees of the new model. */
export function describeWarmStart({ trees }: Champion, kept: number): string {
  const added = kept - trees;
  const more = added === 0 ? 'none more, since none lowered the validation loss' : `${added} more`;
  return (
    `warm start: boosting has the ${trees} trees of the model in use and ${more}; ` +
    'the other members are fitted from scratch'
  );
}
