// What is learnt, as its file holds it.
import type { Label } from './labels.ts';
import type { FittedSpan, PlainRecord } from './types.ts';

/** What a symbol's moves are expected to be. (Aliases, since an interface is no PlainRecord.) */
export type ExpectedMoves = {
  /**
   * Of each class the return to be expected over the horizon where it is certain, as a share of the price;
   * of a regression nothing, as it says so itself.
   */
  readonly moves: readonly number[];
  /** How much of an expected return is expected to be there still after the horizon, 0 to below 1. */
  readonly persistence: number;
};

/** What positions by expected returns take besides costs, known from rows that the model was developed on. */
export type PositionRule = {
  readonly rule: 'expected_return';
  readonly symbols: { readonly [symbol: string]: ExpectedMoves };
  /** Of any other symbol. */
  readonly others: ExpectedMoves;
};

/**
 * What a training makes and `load` takes: the model file, but for where it comes from and how it scored. (An
 * alias, since an interface is no PlainRecord.)
 */
export type Artefact = {
  /** `{ensemble | lstm | rl, scaler}` */
  readonly model_state: PlainRecord;
  readonly feature_names: readonly string[];
  /** Stands for the features' names, window and definitions; a model of others is refused. */
  readonly features_hash: string;
  /** Bars one prediction looks at, its own included. */
  readonly window: number;
  readonly label: Label;
  readonly params: PlainRecord;
  /** Left out where positions follow by `band` alone, as in all files of earlier versions. */
  readonly positions?: PositionRule;
  /** Of a user's strategy: SHA-256 over the files of its folder. */
  readonly strategy_sum?: string;
  /**
   * Those files, so that the model answers whatever becomes of the folder; left out where they are too large.
   */
  readonly strategy_code?: readonly { readonly path: string; readonly content: Uint8Array }[];
  /**
   * Of one that looks at other bars besides: how long a bar of each symbol lasted, in milliseconds, as that
   * decides what is known at a close and shows in no single bar.
   */
  readonly steps?: { readonly [symbol: string]: number };
  /** When the rows lie that the model was fitted or chosen on, also in those it was warm-started from. */
  readonly fitted_spans: readonly FittedSpan[];
  /**
   * Of a model that was refitted on all bars: the one whose scores are told, and that decisions are made on. It
   * has seen no holdout; left out where it is the model itself.
   */
  readonly judged?: JudgedModel;
};

/** What a model was before it was refitted. */
type JudgedModel = {
  /** As that of the model. */
  readonly model_state: PlainRecord;
  readonly fitted_spans: readonly FittedSpan[];
};
