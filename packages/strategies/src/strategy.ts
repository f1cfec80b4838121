import type {
  Artefact,
  Bars,
  Label,
  LabelClass,
  Needs,
  Plain,
  PromotionMetric,
  RowRange,
  Scope,
  Task,
} from '@ml-training/sdk';
import type { FeatureSet } from './features/index.ts';

export type {
  Artefact,
  Bars,
  FittedSpan,
  NdArray,
  Needs,
  Plain,
  RowRange,
  StrategyType,
} from '@ml-training/sdk';

/** One a row: a class's number, or of a regression its value. */
export type Labels = Uint8Array | Float64Array;

/** What a strategy learns to say, under its settings. */
export interface LabelDefinition {
  readonly task: Task;
  /** Of a binary or multiclass label, in the order of their numbers; else empty. */
  readonly classes: readonly LabelClass[];
  /** As the model's file describes it. */
  readonly label: Label;
  /** First row that has one; what it is measured by may look back. */
  readonly firstRow: number;
  /** One a bar, from the `label.horizon` bars after it at most; the last `horizon` bars have none. */
  readonly of: (bars: Bars) => Labels;
  /**
   * Of a user's own: whether they look at `horizon` bars at most. @throws StrategyError INVALID_STRATEGY
   */
  readonly check?: (bars: Bars, labels: Labels) => void;
}

export interface TrainRequest {
  /** One entry for a per-symbol strategy, every symbol for a global one. */
  readonly bars: readonly Bars[];
  /** Settings over the strategy's defaults; unknown names and wrong values are refused. */
  readonly params?: { readonly [name: string]: Plain };
  /**
   * A model in use to warm-start from. Where it doesn't fit, the training begins from scratch and
   * `Report.lineage` says why.
   */
  readonly champion?: Artefact;
  readonly seed: number;
  /** Threads the native libraries may use. */
  readonly threads: number;
  /**
   * Also finds out what shuffling each feature costs the model on its holdout, once that is judged
   * (`details.permutation`); nothing when left out.
   */
  readonly importances?: 'quick' | 'thorough';
  /** Whether `Trained.refit` is wanted: it makes room for it in progress and checkpoints. */
  readonly refit?: boolean;
}

/** How a training run speaks to whoever supervises it. */
export interface TrainContext {
  /** Aborted when the run must stop; `train` then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Share of the work done, 0 to 1, and what is under way now. */
  progress(fraction: number, stage: string): void;
  /** One point of a training curve: epoch, boosting round or update, and its values by name. */
  epoch(step: number, values: Readonly<Record<string, number>>): void;
  /**
   * What `checkpoint` kept last in an earlier attempt at this very training (equal bars, params, seed,
   * champion); null at a first.
   */
  readonly resume: Plain | null;
  /**
   * To be awaited wherever the training can be resumed from: at least at the end of each epoch, or once a
   * minute. `state` is called when it is time to keep one, and holds all that the rest of the training
   * depends on, so that it ends with the same model to the bit. Rejects with the signal's reason when the
   * run must stop, after the state was kept.
   */
  checkpoint(state: () => Plain): Promise<void>;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** One symbol's share of the report. */
export interface SymbolReport {
  readonly symbol: string;
  readonly train: RowRange;
  readonly validation: RowRange;
  readonly holdout: RowRange;
  /**
   * Time of the first and last bar that anything was fitted or chosen on, labels included; ms since the
   * epoch.
   */
  readonly dataFrom: number;
  readonly dataTo: number;
  /**
   * Scores on the holdout, by name (accuracy, balanced_accuracy, auc, log_loss, return, sharpe,
   * max_drawdown, trades).
   */
  readonly metrics: Readonly<Record<string, number>>;
  /**
   * 95 % bootstrap intervals of accuracy, balanced_accuracy, auc, log_loss, return and sharpe, where they
   * are defined.
   */
  readonly intervals: Readonly<Record<string, Interval>>;
  /**
   * The same scores of majority_class, last_direction, buy_and_hold and always_flat, where they are
   * defined.
   */
  readonly baselines: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface Report {
  readonly symbols: readonly SymbolReport[];
  /** Facts about the whole run: member weights, rounds kept, best epoch… */
  readonly details: { readonly [name: string]: Plain };
  /** Whether it was warm-started from the request's champion, and in words why or why not. */
  readonly lineage: { readonly continued: boolean; readonly reason: string };
}

/** What a model says about a range of bars; arrays are indexed from the range's start. */
export interface Prediction {
  /**
   * By which rows are ranked, one a row. Binary: the probability of class 1. Multiclass: the position to be
   * expected, −1 to 1, which is each class's position by its probability. Regression: the value to be
   * expected. Policy: how much the policy prefers long to short, 0 to 1, which is no probability of a rise.
   */
  readonly score: Float64Array;
  /** Multiclass: of each class, row-major, rows × classes. */
  readonly probabilities?: Float64Array;
  /** Position taken at this bar's close: −1 short, 0 flat, 1 long. */
  readonly position: Int8Array;
}

/**
 * What a model says of each row of a range, as `Prediction` has it: `score`, or of several classes the
 * `probabilities` alone. Where no position is given, it follows from them by the setting `position_rule`.
 */
export type ModelOutput =
  { readonly score: Float64Array; readonly position?: Int8Array } | { readonly probabilities: Float64Array };

/**
 * Where a trader stands when the first row's bar closes; what
 * is left out is as if the account had just been opened.
 */
export interface Account {
  /** −1 short, 0 flat, 1 long. */
  readonly position: -1 | 0 | 1;
  /** Return of that position since it was taken, as a share of the capital, before costs. */
  readonly openReturn?: number;
  /** Bars it has been held. */
  readonly barsHeld?: number;
  /**
   * Capital as it was when the position was last changed, that change's cost paid, in units of the capital
   * the account was opened with: what closed positions and all costs have made of it. 1 when left out.
   */
  readonly cash?: number;
  /**
   * How far the capital, the open position included, is below its highest so far, as a share of that; 0
   * when left out.
   */
  readonly drawdown?: number;
}

/** Why a model says what it says of one row. */
export interface Explanation {
  /**
   * contributions: what each feature adds, exactly (TreeSHAP of trees, coefficient times value of linear
   * models): with `base` they sum to `total`. occlusion: by how much `total` is more than with this one
   * feature at its mean over the training, in the row's whole window; they sum to nothing.
   */
  readonly kind: 'contributions' | 'occlusion';
  /**
   * What is explained: the log odds of class 1, a regression's value, the position to be expected of several
   * classes, or how a policy leans.
   */
  readonly of: 'log_odds' | 'value' | 'expected_position' | 'preference';
  readonly total: number;
  /** What it would say of a row of which it knows nothing; null of occlusion. */
  readonly base: number | null;
  /** Largest first, whatever the sign. */
  readonly features: readonly {
    readonly name: string;
    /** As computed of the bars. */
    readonly value: number;
    readonly contribution: number;
  }[];
}

export interface Predictor {
  /** What it says. */
  readonly label: LabelDefinition;
  /** What `bars` must bring along in `inputs` and `columns`; nothing when left out. */
  readonly needs?: Needs;
  /**
   * Scores the rows `range` of `bars`; earlier rows serve as history only.
   * @param account what is held at the first row, which the positions depend on; flat when left out.
   * @throws StrategyError when fewer than `window` bars lead up to the first row.
   */
  predict(bars: Bars, range: RowRange, account?: Account): Promise<Prediction>;
  /**
   * Why it says what it says of the row `row` of `bars`.
   * @throws StrategyError as `predict`.
   */
  explain(bars: Bars, row: number, account?: Account): Promise<Explanation>;
  dispose(): void;
}

/** What a training is fitted on, before anything is fitted but the scaler. */
export interface Preparation {
  /** Bars from a row to its label. */
  readonly horizon: number;
  readonly label: LabelDefinition;
  readonly scaler: { readonly mean: Float64Array; readonly scale: Float64Array };
  readonly symbols: readonly {
    readonly symbol: string;
    /** Rows fitting may look at, and what they hold: unscaled features, row-major, and labels. */
    readonly train: {
      readonly rows: readonly number[];
      readonly features: Float64Array;
      readonly labels: Labels;
    };
    readonly validation: { readonly rows: readonly number[] };
    readonly holdout: RowRange;
  }[];
}

/** What a training comes to. */
export interface Trained {
  readonly artefact: Artefact;
  readonly report: Report;
  /**
   * What the model said of each symbol's holdout rows, in the order of `report.symbols`: the scores there
   * are of these.
   */
  readonly predictions: readonly Prediction[];
  /**
   * Fits what was judged once more on all rows that have a label, the holdout's among them, with all that was
   * chosen left as it is. To be called when the judging is over, with the same context. Null where nobody asked
   * for it or the strategy can't.
   * @throws what `train` throws.
   */
  readonly refit: (() => Promise<Refitted>) | null;
}

/** A model of all rows. Nothing can be told of its scores: there are no rows that it hasn't seen. */
export interface Refitted {
  /** The model to be used, with the judged one in `judged`. */
  readonly artefact: Artefact;
  /** In the order of the report's symbols. */
  readonly symbols: readonly RefittedSymbol[];
}

export interface RefittedSymbol {
  readonly symbol: string;
  /** Rows that it was fitted on. */
  readonly rows: RowRange;
  /** As those of `SymbolReport`, of the refitted model. */
  readonly dataFrom: number;
  readonly dataTo: number;
}

/** The one interface of every strategy: bars and a seed in, an artefact and a report out. */
export interface Strategy<Type extends string = string> {
  readonly type: Type;
  /** `all`: one model over all symbols. `symbol`: one model a symbol. */
  readonly scope: Scope;
  /** What promotion compares row by row on the holdout, lower is worse. */
  readonly promotionMetric: PromotionMetric;
  /** What its features look at besides: all bars it is given bring it along. Nothing when left out. */
  readonly needs?: Needs;
  /** Of a user's strategy: SHA-256 over the files of its folder, of which its models and checkpoints are. */
  readonly sum?: string;
  /** What it learns from under these params. */
  features(params?: { readonly [name: string]: Plain }): FeatureSet;
  /** What it learns to say under these params. */
  label(params?: { readonly [name: string]: Plain }): LabelDefinition;
  /**
   * Features, parts and scaler as `train` makes them of the same bars and params from scratch. What
   * they hold of the training rows depends on no bar after those rows' labels, which a job checks on
   * itself.
   */
  prepare(bars: readonly Bars[], params?: { readonly [name: string]: Plain }): Preparation;
  /** Deterministic in (bars, params, seed) on one machine with one thread count. */
  train(request: TrainRequest, context: TrainContext): Promise<Trained>;
  load(artefact: Artefact): Promise<Predictor>;
}
