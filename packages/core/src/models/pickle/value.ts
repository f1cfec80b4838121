/** What a pickle may hold here: None, bool, int, float, str, bytes, list and dict with str keys. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PickleValue[]
  | { readonly [key: string]: PickleValue };

/**
 * Levels of lists and dicts in each other; a model state has about six. Bounds every recursive walk over a
 * value.
 */
export const maxDepth = 100;

/** Longest int, in bytes of two's complement: what LONG1 can say. */
export const maxIntegerBytes = 255;

/**
 * Values, memo entries and marks that a file may make, an object (list, dict, bytes) counting as ten, so that
 * reading one takes some 100 MB at most, whatever it asks for. A model has about 1,000 of these parts; one of
 * an ensemble over 10,000 symbols, which names the spans of all of them, about 600,000.
 */
export const maxParts = 1_000_000;

/** Bytes of all str together, keys included: a model has about 1,000, as weights and trees are bytes. */
export const maxTextBytes = 32 * 2 ** 20;
