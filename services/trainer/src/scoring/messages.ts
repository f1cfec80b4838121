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
export interface Scored {
  /** Null while no label of a new bar is known, or where it could not be scored. */
  readonly score: LiveRecord | null;
  /** What is wrong, in words; null when nothing is. */
  readonly problem: string | null;
}
