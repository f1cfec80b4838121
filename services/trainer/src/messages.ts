import type { Failure, Registration, Pair } from '@ml-training/core';

/** What the supervising process asks its child for. */
export interface TrainOrder extends Pair {
  readonly jobId: string;
  readonly attempt: number;
}

/** What the child tells. The last one is `done` or `failed`; a child that ends without was killed. */
export type ChildMessage =
  | { readonly kind: 'progress'; readonly fraction: number; readonly stage: string }
  | { readonly kind: 'epoch'; readonly step: number; readonly values: Readonly<Record<string, number>> }
  | ({ readonly kind: 'done' } & Trained)
  | ({ readonly kind: 'failed' } & Failure);

export interface Trained {
  /** Files are written and synced; nothing is registered yet. */
  readonly models: readonly Registration[];
  /** The job row's result: report details, seconds by stage, peak memory. */
  readonly result: object;
}
