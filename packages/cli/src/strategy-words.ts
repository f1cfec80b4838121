import { strategyOf, strategyTypes } from '@ml-training/core';

const either = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`;

/** Which strategies there are, for help and documents: `ensemble, lstm or rl`. */
export const strategyWords = either(strategyTypes);

/** Those that are one model over all symbols. */
export const overAllWords = either(strategyTypes.filter((type) => strategyOf(type).scope === 'all'));
