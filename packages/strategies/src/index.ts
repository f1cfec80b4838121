import { isBuiltIn, type BuiltInStrategy } from '@ml-training/sdk';
import { StrategyError } from './errors.ts';
import type { Artefact, Predictor, Strategy } from './strategy.ts';
import { loadUserModel, loadUserStrategy, noStrategy, type UserStrategyOptions } from './user/index.ts';

export type * from './strategy.ts';
export { StrategyError } from './errors.ts';
export { judgedModel } from './refit.ts';
export { isSameLabel, shownLabel } from './warm-start.ts';
export type { StrategyErrorCode } from './errors.ts';
export {
  aboveFloor,
  barsNeeded,
  commonRowsNeeded,
  costBpsOf,
  degenerateReason,
  checkForLeaks,
  decidePromotion,
  deflatedExcess,
  holdoutRecord,
  implausibleInWords,
  judgedRows,
  evaluate,
  findEdges,
  liveMetricOf,
  liveRows,
  scoreLive,
  trainLabelsFromSpans,
  trainLabelsOf,
  rowScores,
  unseenRows,
  walkForward,
} from './evaluation/index.ts';
export type {
  LeakageReport,
  Comparison,
  Edge,
  ExcessScores,
  Fold,
  FoundEdges,
  HoldoutRecord,
  Importance,
  Importances,
  EvaluationOptions,
  LiveScore,
  LiveVerdict,
  TrainLabels,
  Pooled,
  PromotionDecision,
  PromotionPolicy,
  PromotionQuestion,
  RefitWalk,
  SymbolWalk,
  Trials,
  WalkForwardOptions,
} from './evaluation/index.ts';

export {
  builtInTypes,
  defaultFeatures,
  olderDefaultFeatures,
  featureCatalogue,
  featureFamilies,
  learnerFacts,
  learnerNames,
  type FeatureFamily,
  type LearnerName,
} from '@ml-training/sdk';

export { developmentBars, lastRows, spaceOf, tune } from './tuning/index.ts';
export type {
  Dimension,
  FoldResult,
  Lead,
  TrialResult,
  TuneOptions,
  TuneResult,
  Values,
} from './tuning/index.ts';

export { checkStrategy } from './check/index.ts';
export type {
  CheckName,
  Evaluation,
  FeatureSummary,
  LabelSummary,
  StrategyCheck,
  SymbolCheck,
  Verdict,
} from './check/index.ts';
export { describeStrategy, listUserStrategies } from './user/index.ts';
export { strategyNameProblem } from './user/names.ts';
export type { UserStrategyFacts, UserStrategyFolder, UserStrategyOptions } from './user/index.ts';

export interface LoadOptions extends UserStrategyOptions {
  /** Folder of the user's own strategies; without it there are the built-in ones alone. */
  readonly strategiesDir?: string | undefined;
}

/**
 * The strategy of a type, built-in or the user's; its code is loaded when asked for, and native libraries no
 * sooner than it uses them.
 * @throws StrategyError INVALID_STRATEGY when there is none of that type or the user's can't be one.
 */
export function loadStrategy(type: BuiltInStrategy): Promise<Strategy<BuiltInStrategy>>;
export function loadStrategy(type: string, options?: LoadOptions): Promise<Strategy>;
export async function loadStrategy(type: string, options: LoadOptions = {}): Promise<Strategy> {
  if (isBuiltIn(type)) return await loadBuiltIn(type);
  if (options.strategiesDir === undefined) throw noStrategy(type);
  return await loadUserStrategy(options.strategiesDir, type, options);
}

/**
 * Makes a stored model ready to predict. One of the user's own strategies is run by the code that it was
 * trained by, which it keeps, whatever has become of the folder.
 * @throws StrategyError INVALID_MODEL; INVALID_STRATEGY
 */
export async function loadStored(
  type: string,
  artefact: Artefact,
  { strategiesDir, ...options }: LoadOptions = {},
): Promise<Predictor> {
  if (isBuiltIn(type)) return await (await loadBuiltIn(type)).load(artefact);
  return await loadUserModel(strategiesDir, type, artefact, options);
}

async function loadBuiltIn(type: BuiltInStrategy): Promise<Strategy<BuiltInStrategy>> {
  switch (type) {
    case 'ensemble':
      return (await import('./ensemble/index.ts')).ensemble;
    case 'lstm':
      return (await import('./lstm/index.ts')).lstm;
    case 'rl':
      return (await import('./rl/index.ts')).rl;
    default:
      throw new StrategyError('INVALID_PARAMS', `${String(type)}: the code of this strategy is not here`);
  }
}
