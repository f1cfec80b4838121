import type { LiveRecord, RegisteredModel, TrainLabels } from '@ml-training/core';

/** What the scoring process is asked, one model at a time. */
export interface ScoreOrder {
  /** As the registry has it; times are dates. */
  readonly model: RegisteredModel;
  /** Rows after this bar's are new to it. */
  readonly after: Date;
  readonly trainLabels: TrainLabels | null;
}

/** What it answers. */
export type Scored =
  /** score: null while no label of a new bar is known; problem: what is wrong with it all the same, in words. */
  | { readonly kind: 'scored'; readonly score: LiveRecord | null; readonly problem: string | null }
  /** What the fleet runs on is at fault, not the model: nothing is known of it. */
  | { readonly kind: 'failed'; readonly error: string };
