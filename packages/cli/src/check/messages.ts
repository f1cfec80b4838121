// What `ml strategies check` and the process that it looks in say to each other.
import type { Bars, Needs, Plain, StrategyCheck, UserStrategyFacts } from '@ml-training/strategies';

export interface CheckOrder {
  readonly strategiesDir: string;
  readonly strategy: string;
  readonly params: { readonly [name: string]: Plain };
  readonly seed: number;
  readonly threads: number;
  /** How long the small training may take. */
  readonly trainingMs: number;
}

/** What a strategy says of itself. */
export interface CheckedFacts {
  readonly scope: UserStrategyFacts['scope'];
  readonly learner: string;
  readonly description: string;
  readonly settings: UserStrategyFacts['settings'];
  /** Names of the settings that are its own params. */
  readonly params: readonly string[];
  /** What it looks at besides a symbol's own bars; null when nothing. */
  readonly needs: Needs | null;
  /** SHA-256 over its folder, and its strategy.ts; null of a built-in. */
  readonly sum: string | null;
  readonly file: string | null;
}

export type ToChild = { readonly order: CheckOrder } | { readonly bars: readonly Bars[] };

export type FromChild =
  /** Send the bars to look at it on. */
  | { readonly kind: 'facts'; readonly facts: CheckedFacts }
  | { readonly kind: 'stage'; readonly fraction: number | null; readonly stage: string }
  /** A line that the strategy wrote to its console. */
  | { readonly kind: 'console'; readonly line: string }
  | { readonly kind: 'checked'; readonly check: StrategyCheck }
  | { readonly kind: 'failed'; readonly message: string };
