// How each kind of task is evaluated.
import type { Task } from '@ml-training/sdk';
import { binary } from './binary.ts';
import { multiclass } from './multiclass.ts';
import { regression } from './regression.ts';
import type { TaskEvaluation } from './task.ts';

export type * from './task.ts';

/**
 * A policy's score is no probability of a rise: it is looked at for which way it leans and how that ranks
 * rows, and has no log loss.
 */
const policy: TaskEvaluation = {
  ...binary,
  scores: (rows) => binary.scores(rows, 'choice'),
  resampled: (rows) => {
    const { names, scores } = binary.resampled(rows);
    return { names: names.filter((name) => name !== 'log_loss'), scores };
  },
  rules: (input) =>
    Object.fromEntries(
      Object.entries(binary.rules(input)).map(([name, rule]) => [name, { ...rule, scored: 'choice' }]),
    ),
  rowScores: binary.rowScores.filter(({ score }) => score === 'accuracy'),
  unusable: ({ score }) => binary.unusable({ score })?.replace('probabilities', 'scores') ?? null,
};

export const evaluationOf: Readonly<Record<Task, TaskEvaluation>> = {
  binary,
  multiclass,
  regression,
  policy,
};
