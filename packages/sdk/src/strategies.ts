import type { LabelKind } from './labels.ts';
import { ensembleSettings } from './ensemble.ts';
import { lstmSettings } from './lstm.ts';
import { rlSettings } from './rl.ts';
import type { ParamSpecs } from './specs.ts';
import type { Needs } from './types.ts';

/** `all`: one model over all symbols. `symbol`: one model a symbol. */
export type Scope = 'all' | 'symbol';

/** What promotion compares row by row on the holdout, lower is worse. */
export type PromotionMetric = 'log_likelihood' | 'squared_error' | 'net_return';

/**
 * How each of them shows in a model's report: the score of all rows together, and the naive rule that a model
 * must not be worse than, whose own score is no luck: the best that can be said by who knows the labels of the
 * training rows and nothing else, or never trading. Of a regression the mean of the training rows and not
 * zero, as a label that is never near zero (a volatility) makes zero no hurdle.
 */
export const reportedBy = {
  log_likelihood: { score: 'log_loss', better: 'less', floor: 'majority_class' },
  squared_error: { score: 'rmse', better: 'less', floor: 'train_mean' },
  net_return: { score: 'return', better: 'more', floor: 'always_flat' },
} as const satisfies Readonly<Record<PromotionMetric, ReportedScore>>;

interface ReportedScore {
  readonly score: string;
  readonly better: 'more' | 'less';
  readonly floor: string;
}

/** What the fleet knows of a strategy without loading it. */
export interface StrategyFacts {
  /** The name in payloads, rows, paths and settings. */
  readonly type: string;
  readonly scope: Scope;
  readonly label: LabelKind;
  readonly promotionMetric: PromotionMetric;
  readonly settings: ParamSpecs;
  /** In a line, for help and documents. */
  readonly description: string;
  /** What it looks at besides the bars of its symbol; nothing when left out. */
  readonly needs?: Needs;
  /** Whether runs train it where TRAINING_STRATEGIES names none. */
  readonly inRuns?: boolean;
}

/** The strategies that the fleet brings, in the order in which a run trains them. */
export const builtInStrategies = [
  {
    type: 'ensemble',
    scope: 'all',
    label: 'direction',
    promotionMetric: 'log_likelihood',
    settings: ensembleSettings,
    description: 'LightGBM and logistic regression, one model over all symbols',
    inRuns: true,
  },
  {
    type: 'lstm',
    scope: 'symbol',
    label: 'direction',
    promotionMetric: 'log_likelihood',
    settings: lstmSettings,
    description: 'a recurrent network, TensorFlow, one model a symbol',
    inRuns: true,
  },
  {
    type: 'rl',
    scope: 'symbol',
    label: 'direction',
    promotionMetric: 'net_return',
    settings: rlSettings,
    description: 'reinforcement learning by PPO, one model a symbol',
    inRuns: true,
  },
] as const satisfies readonly StrategyFacts[];

type BuiltIn = (typeof builtInStrategies)[number];
export type BuiltInStrategy = BuiltIn['type'];

/** A strategy's line of the table, its settings typed by name. */
export function builtIn<Type extends BuiltInStrategy>(type: Type): Extract<BuiltIn, { type: Type }> {
  const found = builtInStrategies.find((one): one is Extract<BuiltIn, { type: Type }> => one.type === type);
  if (found === undefined) throw new Error(`${JSON.stringify(type)} is no strategy`);
  return found;
}

/** The built-ins' names, in the order in which a run trains them. */
export const builtInTypes: readonly BuiltInStrategy[] = builtInStrategies.map(({ type }) => type);

export const isBuiltIn = (word: unknown): word is BuiltInStrategy =>
  builtInTypes.some((type) => type === word);

/** A strategy's name: a built-in's or one of the user's own, which the table ml_strategies has. */
export type StrategyType = string;

/**
 * What a name can be, be there such a strategy or not: it also names a folder on every file system, and `all`
 * is what TRAINING_PARAMS calls all of them.
 */
export const isStrategyName = (word: unknown): word is StrategyType =>
  typeof word === 'string' && /^[a-z][a-z0-9_-]{0,31}$/.test(word) && !reserved.test(word);
const reserved = /^(all|con|prn|aux|nul|com\d|lpt\d)$/;

/**
 * What this process knows: the built-ins, and of the user's own what it was told last. Facts of a strategy
 * are asked for by name in a hundred places that can't wait for an answer, so that whoever has the table
 * tells them here (`refreshStrategies` of core).
 */
let byType: ReadonlyMap<string, StrategyFacts> = mapOf([]);

/**
 * Tells this process which strategies there are besides the built-ins, in place of what it was told before.
 */
export function setOwnStrategies(facts: readonly StrategyFacts[]): void {
  byType = mapOf(facts);
}

/** No row takes a built-in's place. */
function mapOf(own: readonly StrategyFacts[]): ReadonlyMap<string, StrategyFacts> {
  return new Map(
    [...builtInStrategies, ...own.filter(({ type }) => !isBuiltIn(type))].map((one) => [one.type, one]),
  );
}

/** The strategies that this process knows: the built-ins in the order of a run, then the user's own. */
export const strategyTypes = (): readonly StrategyType[] => [...byType.keys()];

/** Whether this process knows a strategy of this name. */
export const isStrategyType = (word: unknown): word is StrategyType =>
  typeof word === 'string' && byType.has(word);

/** What is known of a strategy by a name that may be any. */
export const findStrategy = (type: string): StrategyFacts | undefined => byType.get(type);

/** @throws Error where this process knows no strategy of this name */
export function strategyOf(type: StrategyType): StrategyFacts {
  const found = findStrategy(type);
  if (found === undefined) throw new Error(unknownStrategy(type));
  return found;
}

/** What to say of a name that no strategy has. */
export const unknownStrategy = (word: unknown): string =>
  `${JSON.stringify(word)} is no strategy: it must be one of ${strategyTypes().join(', ')}`;

/**
 * The symbol of the one job that trains a strategy over
 * all symbols: no ticker can be named so, as ALL is one.
 */
export const ALL_SYMBOLS = '@ALL';

/** The symbol of the job that trains a strategy's model of a symbol. */
export const jobSymbol = (type: StrategyType, symbol: string): string =>
  strategyOf(type).scope === 'all' ? ALL_SYMBOLS : symbol;
