import type { Strategy, StrategyType } from './strategy.ts';

export type * from './strategy.ts';
export { StrategyError } from './errors.ts';
export type { StrategyErrorCode } from './errors.ts';
export {
  barsNeeded,
  degenerateReason,
  checkForLeaks,
  decidePromotion,
  deflatedSharpe,
  holdoutRecord,
  evaluate,
  rowScores,
  unseenRows,
  walkForward,
} from './evaluation/index.ts';
export type {
  LeakageReport,
  Comparison,
  Fold,
  HoldoutRecord,
  EvaluationOptions,
  Pooled,
  PromotionDecision,
  PromotionPolicy,
  PromotionQuestion,
  SymbolWalk,
  Trials,
  WalkForwardOptions,
} from './evaluation/index.ts';

export { featureCatalogue, featureFamilies, strategyTypes, type FeatureFamily } from '@ml-training/sdk';

/**
 * The strategy of a type; its code is loaded when asked for, and native libraries no sooner than it uses
 * them.
 */
export async function loadStrategy(type: StrategyType): Promise<Strategy> {
  switch (type) {
    case 'ensemble':
      return (await import('./ensemble/index.ts')).ensemble;
    case 'lstm':
      return (await import('./lstm/index.ts')).lstm;
    case 'rl':
      return (await import('./rl/index.ts')).rl;
  }
}
