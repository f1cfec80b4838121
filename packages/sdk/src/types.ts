// What bars, models and their files are made of, in one place for all packages.

/** Bars of one symbol as columns of equal length, oldest first. */
export interface Bars {
  readonly symbol: string;
  /** Milliseconds since the epoch, UTC, strictly ascending. */
  readonly time: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** NaN where the source has none. */
  readonly volume: Float64Array;
  /** Further columns of numbers that were asked for, by name; NaN where the source has none. */
  readonly columns?: Readonly<Record<string, Float64Array>>;
  /** Bars of other symbols that a strategy looks at besides, in their own resolution. */
  readonly inputs?: readonly Bars[];
  /**
   * How long a bar lasts, in milliseconds: the usual distance between two of them where it is left out. A
   * slice of bars has that of the whole, as a few bars around a weekend tell it wrong, and one bar not at
   * all.
   */
  readonly step?: number;
}

/** What a strategy looks at besides the bars of its symbol. */
export interface Needs {
  /** Other symbols whose bars it is given as `inputs`. */
  readonly symbols: readonly string[];
  /** Further columns of market_data, of its own symbol and of those. */
  readonly columns: readonly string[];
}

/** Index range of rows in a symbol's bars, `to` exclusive. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** What a model state may hold: what Python's pickle reads with its standard library alone. */
export type Plain = null | boolean | number | string | Uint8Array | readonly Plain[] | PlainRecord;
export interface PlainRecord {
  readonly [key: string]: Plain;
}

/**
 * A numeric array inside a model state; `data` is little-endian,
 * row-major, and where `compression: 'zlib'` stands beside it, deflated.
 */
export interface NdArray extends PlainRecord {
  readonly dtype: 'float64' | 'float32' | 'float16' | 'int32' | 'uint8';
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/**
 * A stretch of time, ms since the epoch, its end excluded, that holds rows of a symbol and their labels. (An
 * alias, since an interface is no PlainRecord.)
 */
export type FittedSpan = {
  readonly symbol: string;
  /** Fitted on, or chosen on. */
  readonly part: 'train' | 'validation';
  readonly start: number;
  readonly end: number;
};
