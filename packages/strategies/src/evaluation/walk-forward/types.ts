import type { Interval, Plain } from '../../strategy.ts';
import type { Trials } from '../deflated-sharpe.ts';
import type { Scores } from '../metrics.ts';
import type { BaselineName } from '../baselines.ts';

export interface WalkForwardOptions {
  /** Test blocks, and models trained a symbol. */
  readonly folds: number;
  /** Symbols to judge, all of the bars' when left out; a strategy over all symbols learns from the others too. */
  readonly symbols?: readonly string[];
  /** As for `Strategy.train`; where the holdout lies is set by the folds. */
  readonly params?: { readonly [name: string]: Plain };
  /** Newest bars before a block that its model may learn from; all of them when left out. */
  readonly trainBars?: number;
  readonly seed: number;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Share of the work done, 0 to 1, and what is under way now. */
  readonly progress?: (fraction: number, stage: string) => void;
  /** What was tried before for a symbol, for the deflated Sharpe ratio; nothing when left out. */
  readonly trials?: (symbol: string) => Trials;
}

/** Scores of a model and of the naive rules on the very same rows. */
interface Scored {
  readonly metrics: Scores;
  /** 95 % bootstrap intervals. */
  readonly intervals: Readonly<Record<string, Interval>>;
  readonly baselines: Readonly<Record<BaselineName, Scores>>;
}

/** One model on the block of rows that follow what it was trained on. */
export interface Fold extends Scored {
  /** Times of the first bar that the model looked at for training, and of the last one, labels included; ms since the epoch. */
  readonly dataFrom: number;
  readonly dataTo: number;
  /** Times of the block's first and last row. */
  readonly from: number;
  readonly to: number;
}

/** The model's score less that of the rule that did best by it, row by row. */
export interface Comparison {
  readonly score: 'accuracy' | 'log_loss' | 'return';
  readonly rule: BaselineName;
  /** Mean a row: share of rows, log-likelihood, net return. Above 0 the model did better. */
  readonly difference: number;
  /** Bootstrap bounds, each passed by luck once in 60: in one of the three comparisons of a symbol, once in 20. */
  readonly low: number;
  readonly high: number;
}

/** All rows of all folds together. */
export interface Pooled extends Scored {
  readonly deflated: {
    readonly deflated_sharpe: number | null;
    readonly trials: number;
    readonly sharpe_by_luck: number;
  };
  readonly comparisons: readonly Comparison[];
}

export interface SymbolWalk {
  readonly symbol: string;
  readonly folds: readonly Fold[];
  readonly pooled: Pooled;
  /** Over the folds, of each score that all of them have. */
  readonly spread: Readonly<
    Record<
      string,
      { readonly mean: number; readonly deviation: number; readonly low: number; readonly high: number }
    >
  >;
}
