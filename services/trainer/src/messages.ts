import type { Failure, Registration, Pair } from '@ml-training/core';

/**
 * What the supervising process tells its child: an order, then perhaps to stop; after `rested` the next order, or
 * to end.
 */
export type ParentMessage =
  | ({ readonly kind: 'train' } & TrainOrder)
  /** Keep a checkpoint at the next safe point, and end. */
  | { readonly kind: 'stop' }
  /** There is no other order. */
  | { readonly kind: 'end' };

export interface TrainOrder extends Pair {
  readonly jobId: string;
  readonly attempt: number;
}

/**
 * What the child tells of an order. The last word on the job is `done`, `failed` or `stopped`; a child that ends
 * without was killed.
 */
export type ChildMessage =
  /** Until then nothing of the job was done: a child that ends before may be replaced. */
  | { readonly kind: 'begun' }
  | ({ readonly kind: 'note' } & Note)
  | { readonly kind: 'progress'; readonly fraction: number; readonly stage: string }
  | { readonly kind: 'epoch'; readonly step: number; readonly values: Readonly<Record<string, number>> }
  | ({ readonly kind: 'done' } & TrainedModels)
  | ({ readonly kind: 'failed' } & Failure)
  /** It was told to, and has kept what it had. */
  | { readonly kind: 'stopped' }
  /** Nothing of the job is left under way: it may be given another one. */
  | { readonly kind: 'rested'; readonly residentBytes: number };

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
