import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import type { Unfit } from '../definition.ts';
import { labelScalesFromPlain } from '../label-scales.ts';
import type { LabelScales } from '../label-scales.ts';
import { invalid, recordOf } from '../plain.ts';
import type { Plain } from '../strategy.ts';
import { targetFromPlain } from '../target.ts';
import type { Target } from '../target.ts';
import { offsetOf } from './members.ts';
import { boostingName } from './trees.ts';
import { objectiveLine, openTrees, readText } from './trees-text.ts';

/**
 * What a training takes over of the model in use: boosting grows on, the other members are fitted from
 * scratch.
 */
export interface Champion {
  /** LightGBM's text of its boosted trees; their thresholds are in the units of the champion's scaler. */
  readonly text: string;
  readonly trees: number;
  /** Of a regression, what the trees' values are added to. */
  readonly offset?: number;
  /** Of a regression over several symbols, what their labels are divided by. */
  readonly labelScales?: LabelScales | null;
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
  const where = 'model_state.ensemble';
  const { members, target, label_scales } = recordOf(champion.state, where);
  const list: readonly Plain[] = Array.isArray(members) ? members : [];
  const boosting = list
    .map((member) => recordOf(member, `${where}.members`))
    .find(({ name, kind }) => name === boostingName && kind === 'lightgbm');
  if (boosting === undefined) throw invalid(where, `has no member ${boostingName}`);
  const trees = treesOf(boosting, cols, targetFromPlain(target, where), `${where}.${boostingName}`);
  const labelScales = labelScalesFromPlain(label_scales, where);
  return growable({ ...trees, labelScales }, champion.settings, settings);
}

/** What `growable` looks at. */
type BoostingSettings = Pick<Settings, 'class_weight' | 'max_boosted_trees' | 'warm_start_rounds'>;

/** Boosted trees that were found, where the settings let more be added to them; or in words why not. */
export function growable(
  found: Champion,
  { class_weight }: BoostingSettings,
  settings: BoostingSettings,
): Champion | Unfit {
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

/**
 * A champion's boosted trees.
 * @throws StrategyError INVALID_MODEL when it holds no trees that could be added to.
 */
export function treesOf(
  member: { readonly [key: string]: Plain },
  cols: number,
  target: Target,
  where: string,
): Champion {
  const text = readText(member, where);
  // Trees whose outputs are averaged, or lead to something else, can't be added to.
  if (!text.split('\n', 20).includes(objectiveLine(target)) || /^average_output$/m.test(text))
    throw invalid(where, `holds trees that were not boosted toward ${goals[target.task]}`);
  using booster = openTrees(text, cols, where, target);
  const trees = booster.numIterations;
  return target.task === 'regression' ? { text, trees, offset: offsetOf(member, where) } : { text, trees };
}

const goals = { binary: 'log odds', multiclass: "the classes' log odds", regression: 'a number' };

/** Settings under which boosting adds to the champion's trees. */
export const withWarmStartRounds = <S extends BoostingSettings>(settings: S, { trees }: Champion): S => ({
  ...settings,
  num_boost_round: Math.min(settings.warm_start_rounds, settings.max_boosted_trees - trees),
});

/** @param kept rounds of trees of the new model. */
export function describeWarmStart({ trees }: Champion, kept: number): string {
  const added = kept - trees;
  const more = added === 0 ? 'none more, since none lowered the validation loss' : `${added} more`;
  return `warm start: boosting has the ${trees} trees of the model in use and ${more}`;
}
