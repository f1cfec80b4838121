// What a learner learns to say of a row, as its model's state describes it.
import type { Dataset } from './dataset.ts';
import type { Model } from './definition.ts';
import { StrategyError } from './errors.ts';
import { integerOf, invalid, recordOf } from './plain.ts';
import type { Labels, Plain } from './strategy.ts';

export type { Labels };

/** Binary: the probability of class 1. Multiclass: of each class. Regression: a value in the label's unit. */
export type Target =
  | { readonly task: 'binary' }
  | { readonly task: 'multiclass'; readonly classes: number }
  | { readonly task: 'regression' };

export const binary: Target = { task: 'binary' };

/** More are no label but a number: take a regression. */
const maxClasses = 100;

/**
 * What is to be learnt of a data set.
 * @throws StrategyError INVALID_STRATEGY where there is no label to learn, but a policy; of too many classes.
 */
export function targetOf({ task, classes }: Pick<Dataset, 'task' | 'classes'>): Target {
  if (task === 'policy')
    throw new StrategyError('INVALID_STRATEGY', 'a policy is no label that a learner but rl could learn');
  if (task !== 'multiclass') return { task };
  if (classes.length < 2 || classes.length > maxClasses)
    throw new StrategyError(
      'INVALID_STRATEGY',
      `the label has ${classes.length} classes: give 2 to ${maxClasses}, or a regression`,
    );
  return { task, classes: classes.length };
}

/**
 * Looks whether a state is of the task that its strategy's label makes: of another, what it says would be
 * taken for something else.
 * @throws StrategyError INVALID_MODEL
 */
export function checkTarget(state: Target, label: Pick<Dataset, 'task' | 'classes'>, where: string): void {
  const wanted = targetOf(label);
  if (state.task === wanted.task && outputsOf(state) === outputsOf(wanted)) return;
  throw invalid(`${where}.target`, `is ${shown(state)}, but the strategy's label makes ${shown(wanted)}`);
}

const shown = (target: Target): string =>
  target.task === 'multiclass' ? `multiclass of ${target.classes} classes` : target.task;

/** Numbers that a model gives a row. */
export const outputsOf = (target: Target): number => (target.task === 'multiclass' ? target.classes : 1);

/** What a model says of rows, for the pipeline. */
export const outputOf = ({ task }: Target, said: Float64Array): ReturnType<Model['predict']> =>
  task === 'multiclass' ? { probabilities: said } : { score: said };

/** As a state holds it: a binary one without, as in files from before there were other tasks. */
export const targetToPlain = (target: Target): { readonly target?: { readonly [key: string]: Plain } } =>
  target.task === 'binary' ? {} : { target: { ...target } };

/**
 * Reads what `targetToPlain` wrote into the state `where`.
 * @throws StrategyError INVALID_MODEL
 */
export function targetFromPlain(stored: Plain | undefined, where: string): Target {
  if (stored === undefined) return binary;
  const { task, classes } = recordOf(stored, `${where}.target`);
  if (task === 'binary' || task === 'regression') return { task };
  if (task === 'multiclass')
    return { task, classes: integerOf(classes, 2, maxClasses, `${where}.target.classes`) };
  throw invalid(`${where}.target`, `has the unknown task ${JSON.stringify(task)}`);
}
