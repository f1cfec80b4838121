// How each kind of task is evaluated.
import type { Task } from '@ml-training/sdk';
import { binary } from './binary.ts';
import { multiclass } from './multiclass.ts';
import { regression } from './regression.ts';
import type { TaskEvaluation } from './task.ts';

export type * from './task.ts';

/**
 * A policy is judged by what it earns alone: it learns what to hold, not which way the next bar goes, and may
 * rightly hold on through one that it expects to fall.
 */
const policy: TaskEvaluation = {
  scores: () => ({}),
  resampled: () => ({ names: [], scores: () => undefined }),
  rules: (input) =>
    Object.fromEntries(
      Object.entries(binary.rules(input)).map(([name, rule]) => [name, { ...rule, scored: 'trade' }]),
    ),
  rowScores: [],
  unusable: ({ score }) => binary.unusable({ score })?.replace('probabilities', 'scores') ?? null,
};

export const evaluationOf: Readonly<Record<Task, TaskEvaluation>> = {
  binary,
  multiclass,
  regression,
  policy,
};
