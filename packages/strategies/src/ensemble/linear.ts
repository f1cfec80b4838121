// The linear models, under the L2 penalty that does best on the validation rows.
import { meanLoss, lossName } from '../losses.ts';
import { fromNdArray, toNdArray } from '../ndarray.ts';
import { integerOf, invalid, recordOf } from '../plain.ts';
import type { Plain, TrainContext } from '../strategy.ts';
import { takeRows, type LabelledRows } from '../dataset.ts';
import type { Fold } from '../evaluation/folds.ts';
import { outputsOf } from '../target.ts';
import type { Target } from '../target.ts';
import { averagedLogistic } from './averaged-logistic.ts';
import { fitLogistic, penaltyStep } from './logistic-regression.ts';
import { openMember } from './members.ts';
import type { StoredMember, TrainedMember } from './members.ts';
import { ridgeRegression } from './ridge-regression.ts';
import { fitSoftmax } from './softmax-regression.ts';
import type { CrossValidated } from './trees.ts';

/** The penalties that are done: all that those still to come depend on. */
export interface PenaltyPath {
  /** How many. */
  readonly round: number;
  /** Kernel and bias at the last of them. */
  readonly point: Float64Array;
  readonly best: { readonly loss: number; readonly round: number; readonly point: Float64Array };
}

interface LinearRun {
  readonly settings: { readonly logistic_l2: number; readonly logistic_penalties: number };
  readonly context: Pick<TrainContext, 'epoch'>;
  /** Awaited between two steps, `path` being what is done by then; null before the first. */
  readonly pause: (path: PenaltyPath | null) => Promise<void>;
  readonly resume?: PenaltyPath | null;
  /** Which of the penalties it is to be, where that is known: the validation rows are not looked at then. */
  readonly chosen?: number;
}

/** The linear model of each task: its name in curves and reports. */
export const linearName = ({ task }: Target): string => (task === 'regression' ? 'ridge' : 'logistic');

/**
 * The linear model of a task: logistic regression, for several classes by softmax, or ridge regression of a
 * number, under an L2 penalty that is added to the mean loss as l2 · Σ kernel². It is fitted at
 * `logistic_penalties` penalties, each √10 times weaker than the one before and the last of them
 * `logistic_l2`; kept is the one that does best on the validation rows. No randomness is involved.
 */
export async function trainLinear(
  target: Target,
  train: LabelledRows,
  validation: LabelledRows,
  run: LinearRun,
): Promise<TrainedMember> {
  const { logistic_l2: weakest, logistic_penalties: count } = run.settings;
  const solve = solverOf(target, train);
  const storedOf = (round: number, point: Float64Array): StoredMember =>
    toStored(target, point, train.cols, weakest * penaltyStep ** (count - round));
  let path = run.resume ?? null;
  if (run.chosen !== undefined) {
    const l2 = weakest * penaltyStep ** (count - run.chosen);
    const point = await solve({ l2, start: undefined, afterStep: () => run.pause(null) });
    return { stored: storedOf(run.chosen, point), rounds: run.chosen };
  }
  while (path === null || path.round < count) {
    const before: PenaltyPath | null = path;
    const round = (before?.round ?? 0) + 1;
    const point = await solve({
      l2: weakest * penaltyStep ** (count - round),
      start: before?.point,
      afterStep: () => run.pause(before),
    });
    const member = openMember(storedOf(round, point), train.cols, linearName(target), target);
    const loss = meanLoss(target, member.predict(validation), validation.labels, validation.weights);
    run.context.epoch(round, { [`${linearName(target)}_validation_${lossName(target)}`]: loss });
    const best: PenaltyPath['best'] =
      before === null || loss < before.best.loss ? { loss, round, point } : before.best;
    path = { round, point, best };
  }
  return { stored: storedOf(path.best.round, path.best.point), rounds: path.best.round };
}

/**
 * The linear model of a task on all rows, and what it says out of fold. Of several classes and of numbers,
 * under the penalty that does best over all folds; of two classes see `averagedLogistic`.
 * @param run.chosen a member of other rows, under whose penalties this one is fitted: nothing is chosen then.
 */
export async function crossValidateLinear(
  target: Target,
  rows: LabelledRows,
  featureNames: readonly string[],
  folds: readonly Fold[],
  run: {
    readonly settings: Parameters<typeof averagedLogistic>[3]['settings'];
    readonly context: Pick<TrainContext, 'epoch'>;
    readonly pause: () => Promise<void>;
    readonly chosen?: TrainedMember;
  },
): Promise<CrossValidated> {
  if (target.task === 'binary') {
    const [chosen] = run.chosen?.penaltyWeights ?? [];
    return averagedLogistic(rows, featureNames, folds, { ...run, chosen: chosen ?? undefined });
  }
  const { logistic_l2: weakest, logistic_penalties: count } = run.settings;
  const penalties = Array.from({ length: count }, (_, i) => weakest * penaltyStep ** (count - 1 - i));
  const pathOn = async (some: LabelledRows): Promise<Float64Array[]> => {
    const solve = solverOf(target, some);
    const points: Float64Array[] = [];
    for (const l2 of penalties) points.push(await solve({ l2, start: points.at(-1), afterStep: run.pause }));
    return points;
  };
  const storedAt = (points: readonly Float64Array[], i: number): StoredMember =>
    toStored(target, points[i]!, rows.cols, penalties[i]!);
  const answers: Float64Array[][] = [];
  const losses = new Float64Array(count);
  const total = folds.reduce((sum, { ask }) => sum + ask.length, 0);
  for (const { fit, ask } of folds) {
    const points = await pathOn(takeRows(rows, fit));
    const asked = takeRows(rows, ask);
    const said = points.map((_, i) =>
      openMember(storedAt(points, i), rows.cols, linearName(target), target).predict(asked),
    );
    said.forEach((answer, i) => {
      losses[i]! += (asked.rows / total) * meanLoss(target, answer, asked.labels, asked.weights);
    });
    answers.push(said);
  }
  const curve = `${linearName(target)}_validation_${lossName(target)}`;
  losses.forEach((loss, i) => run.context.epoch(i + 1, { [curve]: loss }));
  const best =
    run.chosen === undefined
      ? losses.indexOf(losses.reduce((a, b) => Math.min(a, b)))
      : run.chosen.rounds - 1;
  const stored = storedAt(await pathOn(rows), best);
  return { member: { stored, rounds: best + 1 }, answers: answers.map((ofFold) => ofFold[best]!) };
}

type Solve = (options: {
  readonly l2: number;
  readonly start: Float64Array | undefined;
  readonly afterStep: () => Promise<void>;
}) => Promise<Float64Array>;

/** Kernel and bias side by side, the bias last. */
function solverOf(target: Target, train: LabelledRows): Solve {
  const rows = { ...train, targets: train.labels };
  switch (target.task) {
    case 'binary':
      return async (options) => {
        const { kernel, bias } = await fitLogistic(rows, options);
        return Float64Array.of(...kernel, bias);
      };
    case 'multiclass':
      return (options) => fitSoftmax(rows, target.classes, options);
    case 'regression': {
      const ridge = ridgeRegression(rows);
      return async ({ l2, afterStep }) => {
        const { kernel, bias } = ridge(l2);
        await afterStep();
        return Float64Array.of(...kernel, bias);
      };
    }
  }
}

/** The member as it is stored: kernel as float32 [features, outputs], as Keras keeps a dense layer. */
function toStored(target: Target, point: Float64Array, cols: number, l2: number): StoredMember {
  const outputs = outputsOf(target);
  const kernel = toNdArray(Float32Array.from(point.subarray(0, cols * outputs)), [cols, outputs]);
  const bias = point.subarray(cols * outputs);
  const name = linearName(target);
  switch (target.task) {
    case 'binary':
      return { name, kind: 'logistic', kernel, bias: bias[0]!, l2 };
    case 'multiclass':
      return { name, kind: 'softmax', kernel, bias: [...bias], l2 };
    case 'regression':
      return { name, kind: 'ridge', kernel, bias: bias[0]!, l2 };
  }
}

/** As a checkpoint holds it. */
export const pathToPlain = (path: PenaltyPath | null): Plain =>
  path === null
    ? null
    : {
        round: path.round,
        point: toNdArray(path.point, [path.point.length]),
        best: { ...path.best, point: toNdArray(path.best.point, [path.best.point.length]) },
      };

/**
 * Reads what `pathToPlain` wrote.
 * @param size numbers of a point.
 * @throws StrategyError INVALID_MODEL when it is no such checkpoint, or of another training.
 */
export function pathFromPlain(plain: Plain, size: number, penalties: number): PenaltyPath | null {
  if (plain === null) return null;
  const where = 'checkpoint';
  const { round, point, best: kept } = recordOf(plain, where);
  const best = recordOf(kept, `${where}.best`);
  const pointOf = (stored: Plain | undefined, name: string): Float64Array => {
    const values = fromNdArray(stored, 'float64', `${where}.${name}`, [size]);
    if (!values.every(Number.isFinite)) throw invalid(`${where}.${name}`, 'holds a value that is not finite');
    return values;
  };
  if (typeof best.loss !== 'number') throw invalid(`${where}.best.loss`, 'is no number');
  const done = integerOf(round, 1, penalties, `${where}.round`);
  return {
    round: done,
    point: pointOf(point, 'point'),
    best: {
      loss: best.loss,
      round: integerOf(best.round, 1, done, `${where}.best.round`),
      point: pointOf(best.point, 'best.point'),
    },
  };
}
