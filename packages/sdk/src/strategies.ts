import { ensembleSettings } from './ensemble.ts';
import { lstmSettings } from './lstm.ts';
import { rlSettings } from './rl.ts';
import type { ParamSpecs } from './specs.ts';

/** `all`: one model over all symbols. `symbol`: one model a symbol. */
export type Scope = 'all' | 'symbol';

/** What promotion compares row by row on the holdout, lower is worse. */
export type PromotionMetric = 'log_likelihood' | 'net_return';

/**
 * How each of them shows in a model's report: the score of all
 * rows together, and the naive rule whose own score is no luck.
 */
export const reportedBy = {
  log_likelihood: { score: 'log_loss', better: 'less', floor: 'majority_class' },
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
  readonly label: 'direction';
  readonly promotionMetric: PromotionMetric;
  readonly settings: ParamSpecs;
  /** In a line, for help and documents. */
  readonly description: string;
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
  },
  {
    type: 'lstm',
    scope: 'symbol',
    label: 'direction',
    promotionMetric: 'log_likelihood',
    settings: lstmSettings,
    description: 'a recurrent network, TensorFlow, one model a symbol',
  },
  {
    type: 'rl',
    scope: 'symbol',
    label: 'direction',
    promotionMetric: 'net_return',
    settings: rlSettings,
    description: 'reinforcement learning by PPO, one model a symbol',
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

export type StrategyType = BuiltInStrategy;

/** In the order in which a run trains them. */
export const strategyTypes: readonly StrategyType[] = builtInStrategies.map(({ type }) => type);

export const isStrategyType = (word: unknown): word is StrategyType =>
  strategyTypes.some((type) => type === word);

const byType: ReadonlyMap<string, StrategyFacts> = new Map(builtInStrategies.map((one) => [one.type, one]));

/** What is known of a strategy by a name that may be any. */
export const findStrategy = (type: string): StrategyFacts | undefined => byType.get(type);

export function strategyOf(type: StrategyType): StrategyFacts {
  const found = findStrategy(type);
  if (found === undefined) throw new Error(`${JSON.stringify(type)} is no strategy`);
  return found;
}

/**
 * The symbol of the one job that trains a strategy over
 * all symbols: no ticker can be named so, as ALL is one.
 */
export const ALL_SYMBOLS = '@ALL';

/** The symbol of the job that trains a strategy's model of a symbol. */
export const jobSymbol = (type: StrategyType, symbol: string): string =>
  strategyOf(type).scope === 'all' ? ALL_SYMBOLS : symbol;
