import { createRandom } from '../random.ts';
import type { Plain, TrainContext } from '../strategy.ts';
import { pauser, yieldToEventLoop } from '../yield.ts';
import { classWeights, rowWeights } from '../class-weights.ts';
import { fitCombination } from './combination.ts';
import { finishedToPlain, readFinished } from './checkpoint.ts';
import { linearName, trainLinear } from './linear.ts';
import { memberProbabilities, openMembers } from './members.ts';
import type { TrainedMember } from './members.ts';
import type { LabelledRows } from '../dataset.ts';
import { lossName, meanLoss } from '../losses.ts';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import { coefficients, importance, splits } from './report.ts';
import { finishOf, weightedSum } from './stacking.ts';
import type { Champion } from './warm-start.ts';
import { targetToPlain } from '../target.ts';
import type { Target } from '../target.ts';
import { binRows, boostingName, treeMembers, trainTrees } from './trees.ts';

export interface FitOptions {
  readonly target: Target;
  /** One a column. */
  readonly featureNames: readonly string[];
  readonly settings: Settings;
  readonly seed: number;
  readonly threads: number;
  readonly context: TrainContext;
  /** Boosted trees to start from, grown on rows scaled as these are. */
  readonly champion?: Champion;
}

export interface FittedEnsemble {
  /** As `model_state.ensemble` holds it, for `openEnsemble`. */
  readonly state: { readonly [key: string]: Plain };
  /** Facts for the report. */
  readonly details: { readonly [name: string]: Plain };
  readonly members: readonly TrainedMember[];
}

/**
 * Fits the members on the train rows and their weights on the validation rows; a checkpoint that `context`
 * resumes from spares the members it holds. Deterministic in rows, settings, seed and `champion`.
 * @param rows standardised features; see `applyScaler`.
 * @throws StrategyError INVALID_MODEL when the checkpoint is damaged; the signal's reason when it is aborted.
 */
export async function fitEnsemble(
  rows: { readonly train: LabelledRows; readonly validation: LabelledRows },
  options: FitOptions,
): Promise<FittedEnsemble> {
  const { settings, target } = options;
  const classWeight = classWeights(rows.train.labels, target, settings.class_weight);
  const weighted = (part: LabelledRows): LabelledRows =>
    classWeight === null ? part : { ...part, weights: rowWeights(part.labels, classWeight) };
  const [train, validation] = [weighted(rows.train), weighted(rows.validation)];
  const trained = await fitMembers(train, validation, options);

  options.context.progress(0.9, 'weighing the members');
  const members = openMembers(
    trained.map(({ stored }) => stored),
    train.cols,
    'ensemble',
    target,
  );
  try {
    const answers = memberProbabilities(members, validation);
    const { weights, calibration, details } = await fitCombination(
      target,
      { ...validation, answers },
      settings,
      classWeight,
    );
    const byName = (value: (k: number) => number): { [name: string]: number } =>
      Object.fromEntries(trained.map(({ stored }, k) => [stored.name, value(k)]));
    const loss = (said: Float64Array, rowWeight?: Float32Array): number =>
      meanLoss(target, said, validation.labels, rowWeight);
    const { weights: rowWeight } = validation;
    return {
      members: trained,
      state: {
        ...targetToPlain(target),
        members: trained.map(({ stored }) => stored),
        weights: [...weights],
        calibration,
      },
      details: {
        weights: byName((k) => weights[k]!),
        rounds: byName((k) => trained[k]!.rounds),
        [`validation_${lossName(target)}`]: {
          ...byName((k) => loss(answers[k]!, rowWeight)),
          vote: loss(weightedSum(answers, weights), rowWeight),
          ...(target.task === 'regression'
            ? {}
            : { calibrated: loss(finishOf(target, calibration, 'ensemble.calibration')(answers, weights)) }),
        },
        ...details,
        importance: importance(trained, options.featureNames),
        splits: splits(members, options.featureNames),
        coefficients: coefficients(target, trained, options.featureNames),
      },
    };
  } finally {
    members.forEach((member) => member.dispose());
  }
}

async function fitMembers(
  train: LabelledRows,
  validation: LabelledRows,
  { target, settings, seed, context, champion, ...run }: FitOptions,
): Promise<TrainedMember[]> {
  const random = createRandom(seed).fork('ensemble');
  const kinds = treeMembers(settings, train.rows);
  const names = [...kinds.map(({ name }) => name), linearName(target)];
  const members = [...readFinished(context.resume, names, train.cols, target)];
  const paused = pauser(context);
  const pause = (): Promise<void> => paused(() => finishedToPlain(members));
  const enter = (name: string): void => context.progress(0.1 + 0.2 * members.length, `fitting ${name}`);

  const missing = kinds.slice(members.length);
  if (missing.length > 0) {
    using binned = binRows(train, validation, {
      ...run,
      target,
      random,
      offset: champion?.offset,
    });
    for (const kind of missing) {
      enter(kind.name);
      const grown = kind.name === boostingName ? champion?.text : undefined;
      const start = grown === undefined ? {} : { initModel: grown };
      members.push(await trainTrees(kind, binned, { random, context, pause, ...start }));
      await context.checkpoint(() => finishedToPlain(members));
    }
  }
  if (members.length < names.length) {
    enter(linearName(target));
    members.push(await trainLinear(target, train, validation, { settings, context, pause }));
  }
  await yieldToEventLoop(context.signal);
  return [...members, { stored: baseRate(target, train), rounds: 0 }];
}

/** What is said where nothing but the labels is known: their shares, or their mean. */
function baseRate(target: Target, { labels, weights }: LabelledRows): TrainedMember['stored'] {
  const all = weights?.reduce((sum, w) => sum + w, 0) ?? labels.length;
  let sum = 0;
  labels.forEach((label, r) => (sum += label * (weights?.[r] ?? 1)));
  const mean = sum / all;
  switch (target.task) {
    case 'binary':
      return { name: 'base_rate', kind: 'constant', probability: Math.min(1, mean) };
    case 'regression':
      return { name: 'train_mean', kind: 'constant', value: mean };
    case 'multiclass': {
      // With one row more of each (Laplace's rule of succession): a class that no row has isn't impossible.
      const counts = new Array<number>(target.classes).fill(1);
      labels.forEach((label, r) => (counts[label]! += weights?.[r] ?? 1));
      const total = counts.reduce((sum, count) => sum + count, 0);
      return { name: 'base_rate', kind: 'constant', probabilities: counts.map((count) => count / total) };
    }
  }
}
