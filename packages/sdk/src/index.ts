// What several packages share, as types and plain data without a dependency: bars, models, and the table of
export type { Artefact, ExpectedMoves, PositionRule } from './artefact.ts';
// strategies with their settings. The fleet checks TRAINING_PARAMS against it when it starts, without loading
// a strategy.
export { currentName, overlaid, withCurrentNames } from './aliases.ts';
export { closedBy, closeOf, countSteps, intervalOf, sliceRows, stepOf, typicalStep } from './bars.ts';
export { gridOf, type Grid } from './check/grid.ts';
export { implausibleBars, splitRatio, type ImplausibleBar } from './check/moves.ts';
export {
  intervalInWords,
  isUnclosed,
  otherIntervalOf,
  rhythmOf,
  type BarRhythm,
  type BarStamp,
} from './check/rhythm.ts';
export { canBeJudged, gridOfBars } from './check/unjudged.ts';
export { ensembleSettings, type EnsembleSettings } from './ensemble.ts';
export {
  defaultFeatures,
  olderDefaultFeatures,
  featureCatalogue,
  featureFamilies,
  featureSettings,
  type FeatureFacts,
  type FeatureFamily,
} from './features.ts';
export { featureGroupOf } from './feature-groups.ts';
export { judgingSettings, positionSettings } from './judging.ts';
export { lightgbmSettings, type LightgbmSettings } from './lightgbm.ts';
export { furtherLearner, learnerFacts, learnerNames, type LearnerName } from './learners.ts';
export { logisticSettings, type LogisticSettings } from './logistic.ts';
export { lstmSettings } from './lstm.ts';
export { rlSettings, type RlSettings } from './rl.ts';
export {
  betterBy,
  differenceText,
  drawdownOf,
  fixed,
  isScoreName,
  kinds,
  ruleName,
  ruleNames,
  scoreNames,
  scoreText,
  valueOf,
  type ScoreName,
} from './score-words.ts';
export { isSymbol, symbolProblem, symbolRule } from './symbol.ts';
export {
  problemWith,
  type BySymbol,
  type ParamSpec,
  type ParamSpecs,
  type ParamsOf,
  type TuneRange,
} from './specs.ts';
export {
  ALL_SYMBOLS,
  builtIn,
  builtInStrategies,
  builtInTypes,
  findStrategy,
  isBuiltIn,
  isStrategyName,
  isStrategyType,
  jobSymbol,
  reportedBy,
  setOwnStrategies,
  strategyOf,
  strategyTypes,
  unknownStrategy,
  type BuiltInStrategy,
  type PromotionMetric,
  type Scope,
  type StrategyFacts,
  type StrategyType,
} from './strategies.ts';
export type { Bars, FittedSpan, NdArray, Needs, Plain, PlainRecord, RowRange } from './types.ts';
export type { Series, Ta } from './ta.ts';
export type {
  BarsWithColumns,
  Column,
  FeatureInput,
  FeatureRows,
  InputBars,
  LabelInput,
  LabelledFeatureRows,
  LearnerContext,
  LearnerRows,
  LoadContext,
  UserInput,
  OfParams,
  UserLabel,
  UserLearner,
  UserModel,
  UserParam,
  UserSetting,
  UserParams,
  UserStrategy,
} from './user-strategy.ts';
export { labelKinds, type Label, type LabelClass, type LabelKind, type Task } from './labels.ts';
