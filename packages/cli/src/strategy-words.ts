import { builtInTypes, strategyOf } from '@ml-training/core';

const either = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)!}`;

/** Which strategies there are, for help and documents. */
export const strategyWords = either([...builtInTypes, 'one of your own']);

/** Those that are one model over all symbols. */
export const overAllWords = either(builtInTypes.filter((type) => strategyOf(type).scope === 'all'));
