// How a strategy is written: a declaration and its own arithmetic. All else is the pipeline's (pipeline.ts).
import type { BySymbol, judgingSettings, Needs, ParamSpecs, ParamsOf } from '@ml-training/sdk';
import type { Dataset } from './dataset.ts';
import type { Scaler } from './evaluation/index.ts';
import { readParams } from './params.ts';
import { featureSetOf } from './features/index.ts';
import type { FeatureSet, FeatureTable } from './features/index.ts';
import type {
  Account,
  Bars,
  LabelDefinition,
  ModelOutput,
  Plain,
  RowRange,
  Strategy,
  TrainContext,
} from './strategy.ts';

export { direction, directionOfPolicy } from './labels/direction.ts';

/** The features that all built-in strategies share: those picked of the catalogue. */
export const pickedFeatures = ({ features }: { readonly features: readonly string[] }): FeatureSet =>
  featureSetOf(features);

interface BySymbolSpec extends Omit<NumberSpec, 'kind' | 'default'> {
  readonly kind: 'by_symbol';
  readonly default: BySymbol;
}

interface NumberSpec {
  readonly kind: 'number' | 'integer';
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

/**
 * Settings that every strategy has, since the pipeline splits and judges by them; `judgingSettings` are
 * most of them.
 */
export type CommonSpecs = ParamSpecs & {
  readonly [Name in Exclude<keyof typeof judgingSettings, Costs> | 'validation_share']: NumberSpec;
} & { readonly [Name in Costs]: BySymbolSpec };

type Costs = 'cost_bps' | 'slippage_bps';

/**
 * Where a training begins. A checkpoint is of a training that itself began from scratch (`champion` null)
 * or from a champion, whose scaler and shape still hold.
 * @typeParam Champion what the strategy's `warmStart` took from the model in use.
 */
export type Start<Champion> =
  | { readonly from: 'scratch' }
  | { readonly from: 'champion'; readonly champion: Champion }
  | { readonly from: 'checkpoint'; readonly state: Plain; readonly champion: Champion | null };

/** What a training warm-starts from, also where it was interrupted since. */
export const championOf = <Champion>(start: Start<Champion>): Champion | null =>
  start.from === 'scratch' ? null : start.champion;

/** What an interrupted training kept; null where there is nothing to resume. */
export const checkpointOf = (start: Start<unknown>): Plain | null =>
  start.from === 'checkpoint' ? start.state : null;

/** What fitting is given besides data and settings. */
export interface FitRun<Champion> {
  readonly start: Start<Champion>;
  readonly seed: number;
  /** Threads that native libraries may use. */
  readonly threads: number;
  /** To tell of progress, to keep checkpoints and to stop. */
  readonly context: Omit<TrainContext, 'resume'>;
}

/** What fitting comes to. */
export interface Fitted {
  /** As the model file holds it and `load` reads it. */
  readonly state: { readonly [key: string]: Plain };
  /** Facts for the report. */
  readonly details: { readonly [name: string]: Plain };
  /**
   * In words what became of the champion, where there is more to say than that the training began with it.
   */
  readonly warmStart?: string;
  /**
   * Facts of the holdout besides the model's own scores. Called when the model is fitted and judged, so
   * that nothing can be chosen by them.
   */
  readonly holdoutDetails?: () => { readonly [name: string]: Plain };
  /**
   * Fits the same once more on other rows, all of them train rows, with what was chosen left as it is: rounds,
   * epochs, penalties, weights, calibration. Nothing is chosen or stopped by the rows.
   * @param data scaled, by the champion's scaler where the training began with one, else by its own.
   * @returns the state, as `state` above.
   * @throws as `fit`.
   */
  readonly refit?: (
    data: Dataset,
    run: { readonly context: TrainContext },
  ) => Promise<{ readonly [key: string]: Plain }>;
}

/** The rows that a model is asked for. */
export interface ModelInput {
  readonly bars: Bars;
  /** Scaled. */
  readonly features: FeatureTable;
  /** Each row has its whole window of features. */
  readonly range: RowRange;
  /** What is held at the first row. */
  readonly account?: Account | undefined;
  /** The answers are compared with others of the same range alone, so a row's last bits may depend on its neighbours. */
  readonly onlyCompared?: boolean;
}

/** A learnt state, ready to score rows. */
export interface Model {
  predict(input: ModelInput): ModelOutput;
  /**
   * What each feature adds to what it says of a range of one row, exactly, and last what there is without any:
   * to the log odds of class 1, or to the value of a regression. Null, or left out, where that is no sum.
   */
  contributions?(input: ModelInput): Float64Array | null;
  dispose?(): void;
}

/** Why a champion can't be started from, in words. */
export interface Unfit {
  readonly unfit: string;
}

export interface StrategyDefinition<Type extends string, Specs extends CommonSpecs, Champion> {
  /** Names the model's state in its file, the settings, and the folder of its files. */
  readonly type: Type;
  readonly scope: Strategy['scope'];
  readonly promotionMetric: Strategy['promotionMetric'];
  /** Declare `as const satisfies ParamSpecs`, so that `fit` knows them by name. */
  readonly settings: Specs;
  features(settings: ParamsOf<Specs>): FeatureSet;
  /** What its features look at besides a symbol's bars; nothing when left out. */
  readonly needs?: Needs;
  label(settings: ParamsOf<Specs>): LabelDefinition;
  /** The settings with those that follow from others. */
  derive?(settings: ParamsOf<Specs>): ParamsOf<Specs>;
  /** Rows of features that one prediction looks at, its own included; 1 when left out. */
  window?(settings: ParamsOf<Specs>): number;
  /** Whether a prediction takes long: fewer are then asked for where they are for the report alone. */
  readonly slow?: boolean;
  /** Whether it also learns from the first rows, whose window is not whole. */
  readonly learnsShortWindows?: boolean;
  /**
   * Learns from the train rows, and chooses by the validation rows, nothing else.
   * @param data scaled.
   * @throws StrategyError DIVERGED; INVALID_MODEL when the checkpoint is damaged; the signal's reason when
   *   aborted.
   */
  fit(data: Dataset, settings: ParamsOf<Specs>, run: FitRun<Champion>): Promise<Fitted>;
  /**
   * Makes a learnt state ready.
   * @throws StrategyError INVALID_MODEL when it is damaged.
   */
  load(state: Plain | undefined, settings: ParamsOf<Specs>, features: FeatureSet): Model | Promise<Model>;
  /**
   * What `fit` may begin with of the state of the model in use, whose features, window, label and rows were
   * found to fit, or why nothing. Left out by a strategy that begins every training from scratch.
   * @throws StrategyError INVALID_MODEL when the state is damaged; it then isn't started from.
   */
  warmStart?(
    champion: {
      readonly state: Plain | undefined;
      readonly settings: ParamsOf<Specs>;
      readonly scaler: Scaler;
    },
    settings: ParamsOf<Specs>,
    features: FeatureSet,
  ): Champion | Unfit;
}

/** Any strategy's declaration as the pipeline sees it, which only passes on what it doesn't know. */
export type AnyDefinition = StrategyDefinition<string, CommonSpecs, object>;
/** Settings of any strategy. */
export type CommonSettings = ParamsOf<CommonSpecs>;

/** What a learner's definition may be given by a strategy that is not the built-in one of its name. */
export interface OwnParts<Type extends string, Specs extends CommonSpecs> {
  readonly type: Type;
  readonly scope?: Strategy['scope'];
  readonly promotionMetric?: Strategy['promotionMetric'];
  readonly settings?: Specs;
  readonly features?: (settings: ParamsOf<Specs>) => FeatureSet;
  readonly label?: (settings: ParamsOf<Specs>) => LabelDefinition;
  readonly derive?: (settings: ParamsOf<Specs>) => ParamsOf<Specs>;
}

/** Who sets a band means the rule that heeds it, as there was no other before. */
function withRuleOfBand(
  { settings }: Pick<AnyDefinition, 'settings'>,
  params: { readonly [name: string]: Plain } | undefined,
): typeof params {
  const meant = Object.hasOwn(settings, 'position_rule') && params?.['band'] !== undefined;
  return meant ? { position_rule: 'threshold', ...params } : params;
}

/** Settings over a strategy's defaults, and what follows from them. @throws StrategyError INVALID_PARAMS */
export function settingsOf(
  definition: AnyDefinition,
  params: { readonly [name: string]: Plain } | undefined,
): CommonSettings {
  const settings = readParams(definition.settings, withRuleOfBand(definition, params), definition.type);
  return definition.derive?.(settings) ?? settings;
}
