export const strategyTypes = ['ensemble', 'lstm', 'rl'] as const;

export type StrategyType = (typeof strategyTypes)[number];

/**
 * The symbol of the one job that trains a global strategy over all symbols: no ticker can be named so, as ALL
 * is one.
 */
export const ALL_SYMBOLS = '@ALL';

export const isStrategyType = (word: unknown): word is StrategyType =>
  strategyTypes.some((type) => type === word);
