/** What a model state may hold: what Python's pickle reads with its standard library alone. */
export type Plain =
  null | boolean | number | string | Uint8Array | readonly Plain[] | { readonly [key: string]: Plain };

/** A numeric array inside a model state; `data` is little-endian, row-major. */
export interface NdArray {
  readonly [key: string]: Plain;
  readonly dtype: 'float64' | 'float32' | 'int32' | 'uint8';
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

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
}

export type StrategyType = 'ensemble' | 'lstm' | 'rl';

export interface TrainRequest {
  /** One entry for a per-symbol strategy, every symbol for a global one. */
  readonly bars: readonly Bars[];
  /** Settings over the strategy's defaults; unknown names and wrong values are refused. */
  readonly params?: { readonly [name: string]: Plain };
  readonly seed: number;
  /** Threads the native libraries may use. */
  readonly threads: number;
}

/** How a training run speaks to whoever supervises it. */
export interface TrainContext {
  /** Aborted when the run must stop; `train` then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Share of the work done, 0 to 1, and what is under way now. */
  progress(fraction: number, stage: string): void;
  /** One point of a training curve: epoch, boosting round or update, and its values by name. */
  epoch(step: number, values: Readonly<Record<string, number>>): void;
}

/** What goes into the model file beside strategy_type, symbol and timestamp. */
export interface Artefact {
  /** `{ensemble | lstm | rl, scaler}` */
  readonly modelState: { readonly [key: string]: Plain };
  readonly featureNames: readonly string[];
  /** Bars one prediction looks at, its own included. */
  readonly window: number;
  readonly label: { readonly kind: 'direction'; readonly horizon: number };
  readonly params: { readonly [name: string]: Plain };
}

/** Index range of rows in a symbol's bars, `to` exclusive. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** One symbol's share of the report. */
export interface SymbolReport {
  readonly symbol: string;
  readonly train: RowRange;
  readonly validation: RowRange;
  readonly holdout: RowRange;
  /** Time of the first and last bar that anything was fitted or chosen on, labels included; ms since the epoch. */
  readonly dataFrom: number;
  readonly dataTo: number;
  /** Scores on the holdout, by name (accuracy, balanced_accuracy, auc, log_loss, return, sharpe, max_drawdown, trades). */
  readonly metrics: Readonly<Record<string, number>>;
  /** The same scores of majority_class, last_direction and buy_and_hold, where they are defined. */
  readonly baselines: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface Report {
  readonly symbols: readonly SymbolReport[];
  /** Facts about the whole run: member weights, rounds kept, best epoch… */
  readonly details: { readonly [name: string]: Plain };
}

/** What a model says about a range of bars; arrays are indexed from the range's start. */
export interface Prediction {
  /** Probability that the close `horizon` bars later is above this bar's close. */
  readonly probability: Float64Array;
  /** Position taken at this bar's close: −1 short, 0 flat, 1 long. */
  readonly position: Int8Array;
}

/** A stretch of time, ms since the epoch, its end excluded, that holds rows of a symbol and their labels. */
export interface FittedSpan {
  readonly symbol: string;
  readonly start: number;
  readonly end: number;
}

export interface Predictor {
  /** Of a model over several symbols: when the rows lie that it was fitted or chosen on. */
  readonly fittedSpans?: readonly FittedSpan[];
  /**
   * Scores the rows `range` of `bars`; earlier rows serve as history only.
   * @throws StrategyError when fewer than `window` bars lead up to the first row.
   */
  predict(bars: Bars, range: RowRange): Promise<Prediction>;
  dispose(): void;
}

/** The one interface of every strategy: bars and a seed in, an artefact and a report out. */
export interface Strategy {
  readonly type: StrategyType;
  /** `all`: one model over all symbols. `symbol`: one model a symbol. */
  readonly scope: 'all' | 'symbol';
  /** What promotion compares row by row on the holdout, lower is worse. */
  readonly gate: 'log_likelihood' | 'net_return';
  /** Deterministic in (bars, params, seed) on one machine with one thread count. */
  train(request: TrainRequest, context: TrainContext): Promise<{ artefact: Artefact; report: Report }>;
  load(artefact: Artefact): Promise<Predictor>;
}
