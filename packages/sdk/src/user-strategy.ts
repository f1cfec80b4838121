// What a strategy of the user's own is: `strategies/NAME/strategy.ts` has one as its default export. It
// imports these types alone (`import type`), so that its folder needs no node_modules and no build.
import type { LabelClass, Task } from './labels.ts';
import type { LearnerName } from './learners.ts';
import type { TuneRange } from './specs.ts';
import type { Scope } from './strategies.ts';
import type { Ta } from './ta.ts';
import type { Bars, Plain, PlainRecord } from './types.ts';

/**
 * `export default { learner: 'ensemble', window: 50, features: ({ bars, ta }) => ({ … }) } satisfies
 * UserStrategy`
 */
export interface UserStrategy {
  /** Which of the built-in learners fits the model, or one's own. */
  readonly learner: LearnerName | UserLearner;
  /**
   * `all`: one model over all symbols; `symbol`: one a symbol. As the built-in learner has it when left out,
   * and `symbol` with a learner of one's own; lstm and rl are of one symbol always.
   */
  readonly scope?: Scope;
  /** Bars that a row of features may look at, its own included. */
  readonly window: number | ((params: UserParams) => number);
  /**
   * Bars that `features` looks at besides, each as of a bar's close: of another symbol, or of its own in a
   * coarser step ('15m', '4h', '1d', '1w'; groups count from midnight UTC, weeks from Monday).
   */
  readonly inputs?: readonly UserInput[];
  /** Further columns of market_data that `features` finds in `bars.columns`, and in those of its inputs. */
  readonly columns?: readonly string[];
  /** Numbers that a job may set, as settings of the strategy. */
  readonly params?: Readonly<Record<string, UserParam>>;
  /** Other defaults for the learner's settings and for those of judging. */
  readonly settings?: Readonly<Record<string, UserSetting>>;
  readonly label?: UserLabel;
  /** In a line, for lists. */
  readonly description?: string;
  /**
   * Columns by name, each with one value a bar; finite from bar `window - 1` on. The value of a bar may look
   * at the `window` bars that end with it, and at nothing else. The order of the names is that of the
   * columns.
   */
  features(input: FeatureInput): Readonly<Record<string, Column>>;
}

/** A setting's value; of costs also numbers by symbol, such as `{ GOOG: 2, '*': 5 }`. */
export type UserSetting = number | string | boolean | Readonly<Record<string, number>>;

/** A param: its default and what is allowed. */
export interface UserParam {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** Whole numbers only (`integer`) where default, min and max are whole and nothing is said. */
  readonly kind?: 'number' | 'integer';
  /** What "ml tune" looks for a better value in: a range, or some values. Not searched when left out. */
  readonly tune?: TuneRange | { readonly choices: readonly number[] };
}

/** The params as a job has set them, or their defaults. */
export type UserParams = Readonly<Record<string, number>>;

/** A number, or what it is under params. */
export type OfParams = number | ((params: UserParams) => number);

/** What the model learns to say of each bar. */
export type UserLabel = {
  /** In bars; the setting `horizon` when left out. A number is that setting's default. */
  readonly horizon?: OfParams;
} & (
  | {
      /** Whether the close `horizon` bars later is above this bar's. */
      readonly kind: 'direction';
      /**
       * Where the move is no larger, its class is `neutral`, and nothing is held: in round trips of costs,
       * or in deviations of the last `window` one-bar log returns times √horizon.
       */
      readonly neutral?:
        { readonly costs: OfParams } | { readonly volatility: OfParams; readonly window: OfParams };
    }
  | {
      /**
       * Which barrier the closes pass first: the upper one, so many deviations of the last `window` one-bar
       * log returns above the close, the lower one below it, or none within `horizon` bars (`timeout`).
       */
      readonly kind: 'triple_barrier';
      readonly upper: OfParams;
      readonly lower: OfParams;
      readonly window: OfParams;
    }
  | {
      /**
       * A number: the return to the close `horizon` bars later, as a logarithm when left out, or one's own.
       */
      readonly kind: 'regression';
      readonly of?: 'log_return' | 'return' | ((input: LabelInput) => Column);
    }
  | {
      /** Classes of one's own: what to hold where each is the likeliest, and which one each bar has. */
      readonly kind: 'classes';
      readonly classes: Readonly<Record<string, -1 | 0 | 1>>;
      readonly of: (input: LabelInput) => readonly (string | number | null | undefined)[] | Column;
    }
);

/**
 * Of one symbol. One value a bar, which may look at the bar, those before it, and `horizon` bars after it;
 * those of the first `window - 1` bars and of the last `horizon` ones don't count.
 */
export interface LabelInput extends FeatureInput {
  readonly horizon: number;
}

export type Column = Float64Array | readonly number[];

export type UserInput = { readonly symbol: string } | { readonly resample: string };

export interface FeatureInput {
  /** Of one symbol; a copy. */
  readonly bars: BarsWithColumns;
  /** As the strategy's `inputs` has them, in that order. */
  readonly inputs: readonly InputBars[];
  readonly ta: Ta;
  readonly params: UserParams;
}

export type BarsWithColumns = Bars & { readonly columns: Readonly<Record<string, Float64Array>> };

/**
 * Bars that are looked at besides. Its columns have one value for each bar of the strategy's own: that of the
 * last bar here that had closed when that one closed, NaN before the first.
 */
export interface InputBars extends BarsWithColumns {
  /** The same in their own step, one value a bar of theirs; only those closed by the last of the own bars. */
  readonly bars: BarsWithColumns;
  /** A column with one value for each of `bars`, such as an indicator of them, laid to the own bars. */
  join(column: Column): Float64Array;
}

/** A learner of one's own: `Model` is what `load` makes of a state. */
export interface UserLearner {
  /**
   * Learns from the train rows, and chooses by the validation rows.
   * @returns the state: plain values only, which is what the model file holds and `load` is given.
   */
  fit(rows: LearnerRows, context: LearnerContext): PlainRecord | Promise<PlainRecord>;
  /** Makes a state ready to predict. */
  load(state: PlainRecord, context: LoadContext): UserModel;
  /**
   * Whether `fit` begins with `context.champion`, the state of the model in use, where there is one that
   * fits.
   */
  readonly warmStart?: boolean;
  /**
   * Fits what `fit` returned once more on all rows, the newest among them, with everything that it chose left as it
   * is. (Put that into the state: rounds, epochs, penalties.) What it returns is what is used. Left out, the model of
   * `fit` is used as it was judged, though it has not seen the newest bars.
   * @param rows all of them, scaled by their own mean and deviation.
   * @param judged the state that `fit` returned.
   */
  refit?(
    rows: LabelledFeatureRows,
    judged: PlainRecord,
    context: LearnerContext,
  ): PlainRecord | Promise<PlainRecord>;
}

export interface UserModel {
  /**
   * For each row the probability of class 1 (of a direction: up), of a regression the value to be expected,
   * of several classes the probability of each, as lists or one after the other, rows × classes.
   */
  predict(rows: FeatureRows): Column | readonly Column[];
}

/** Rows of features, scaled to mean 0 and deviation 1 of the train rows. */
export interface FeatureRows {
  readonly names: readonly string[];
  readonly rows: number;
  readonly cols: number;
  /** Row-major: column c of row r is `data[r * cols + c]`. */
  readonly data: Float64Array;
}

export interface LabelledFeatureRows extends FeatureRows {
  /** One a row: the number of its class (of a direction 0 down, 1 up), or of a regression its value. */
  readonly labels: Uint8Array | Float64Array;
  /** When each row's bar began, ms since the epoch. */
  readonly time: Float64Array;
}

export interface LearnerRows {
  readonly train: LabelledFeatureRows;
  readonly validation: LabelledFeatureRows;
}

export interface LoadContext {
  readonly params: UserParams;
  readonly names: readonly string[];
  readonly task: Task;
  /** Of a binary or multiclass task, in the order of the labels' numbers; else empty. */
  readonly classes: readonly LabelClass[];
}

export interface LearnerContext extends LoadContext {
  readonly seed: number;
  /** From 0 to below 1, the same numbers for the same seed; Math.random is refused. */
  random(): number;
  /** State of the model in use where `warmStart` is true and it fits; else null. */
  readonly champion: PlainRecord | null;
  /** What `checkpoint` kept last in an earlier attempt at this very training; null at a first. */
  readonly resume: Plain;
  /** Share of the work done, 0 to 1. */
  progress(fraction: number, stage?: string): void;
  /** One point of the training's curves. */
  epoch(step: number, values: Readonly<Record<string, number>>): void;
  /**
   * To be awaited wherever the training can be resumed from. `state` is called when it is time to keep one,
   * and gives all that the rest of the training depends on. Rejects when the training is to stop.
   */
  checkpoint(state: () => Plain): Promise<void>;
}
