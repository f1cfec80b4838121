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

/** Levels of lists and dicts in each other; a model state has about six. Bounds every recursive walk over a value. */
export const maxDepth = 100;

/** Longest int, in bytes of two's complement: what LONG1 can say. */
export const maxIntegerBytes = 255;
