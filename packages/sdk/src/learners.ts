import { lightgbmSettings } from './lightgbm.ts';
import { logisticSettings } from './logistic.ts';
import { builtInStrategies, type BuiltInStrategy, type StrategyFacts } from './strategies.ts';

type LearnerFacts = Pick<StrategyFacts, 'type' | 'scope' | 'promotionMetric' | 'settings' | 'description'>;

/** Learners that no built-in strategy has: a user's strategy can name them. */
const furtherLearners = [
  {
    type: 'lightgbm',
    scope: 'all',
    promotionMetric: 'log_likelihood',
    settings: lightgbmSettings,
    description: 'LightGBM alone',
  },
  {
    type: 'logistic',
    scope: 'all',
    promotionMetric: 'log_likelihood',
    settings: logisticSettings,
    description: 'logistic regression',
  },
] as const satisfies readonly LearnerFacts[];

type FurtherLearner = (typeof furtherLearners)[number];

/** Who can fit the model of a user's strategy, besides a learner of its own. */
export type LearnerName = BuiltInStrategy | FurtherLearner['type'];

/** A learner that is no built-in strategy, its settings typed by name. */
export function furtherLearner<Type extends FurtherLearner['type']>(
  type: Type,
): Extract<FurtherLearner, { type: Type }> {
  const found = furtherLearners.find(
    (one): one is Extract<FurtherLearner, { type: Type }> => one.type === type,
  );
  if (found === undefined) throw new Error(`${JSON.stringify(type)} is no learner`);
  return found;
}

const learners: readonly (LearnerFacts & { readonly type: LearnerName })[] = [
  ...builtInStrategies,
  ...furtherLearners,
];

/** The names that a strategy's `learner` may have. */
export const learnerNames: readonly LearnerName[] = learners.map(({ type }) => type);

/** @throws Error where there is none of that name */
export function learnerFacts(name: LearnerName): LearnerFacts {
  const found = learners.find(({ type }) => type === name);
  if (found === undefined) throw new Error(`${JSON.stringify(name)} is no learner`);
  return found;
}
