import type { Failure, Registration, Pair } from '@ml-training/core';

/** What the supervising process tells its child: first the order, and then perhaps to stop. */
export type ParentMessage =
  | ({ readonly kind: 'train' } & TrainOrder)
  /** Keep a checkpoint at the next safe point, and end. */
  | { readonly kind: 'stop' };

export interface TrainOrder extends Pair {
  readonly jobId: string;
  readonly attempt: number;
}

/**
 * What the child tells. The last one is `done`, `failed` or `stopped`; a child that ends without was killed.
 */
export type ChildMessage =
  | ({ readonly kind: 'note' } & Note)
  | { readonly kind: 'progress'; readonly fraction: number; readonly stage: string }
  | { readonly kind: 'epoch'; readonly step: number; readonly values: Readonly<Record<string, number>> }
  | ({ readonly kind: 'done' } & TrainedModels)
  | ({ readonly kind: 'failed' } & Failure)
  /** It was told to, and has kept what it had. */
  | { readonly kind: 'stopped' };

/** A line for the trainer's log. */
interface Note {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What a training is watched by, while it runs. */
export interface Observer {
  progress(fraction: number, stage: string): void;
  epoch(step: number, values: Readonly<Record<string, number>>): void;
  note(note: Note): void;
}

export interface TrainedModels {
  /** Files are written and synced; nothing is registered yet. */
  readonly models: readonly Registration[];
  /** The job row's result: report details, seconds by stage, peak memory. */
  readonly result: object;
}
