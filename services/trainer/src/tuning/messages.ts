import type { Pair } from '@ml-training/core';

/** What the searching process is asked, one pair at a time. */
export interface TuneOrder extends Pair {
  readonly trials: number;
}

/** What it tells: how far it is, at each training at least, and at the end what came of it. */
export type TuneMessage =
  | { readonly kind: 'progress'; readonly fraction: number; readonly stage: string }
  | { readonly kind: 'done'; readonly params: Readonly<Record<string, unknown>>; readonly trials: number }
  /** In words why there is nothing; `passing` where it is no fault of the pair, as of a lost connection. */
  | { readonly kind: 'failed'; readonly problem: string; readonly passing: boolean };
