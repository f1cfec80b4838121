import { createRandom } from '../random.ts';
import type { Plain, TrainContext } from '../strategy.ts';
import { yieldToEventLoop } from '../yield.ts';
import { calibrate } from './calibration.ts';
import { finishedToPlain, readFinished } from './checkpoint.ts';
import { memberProbabilities, openMembers } from './members.ts';
import type { TrainedMember } from './members.ts';
import { trainLogistic, weightedLogLoss } from './logistic-regression.ts';
import type { ClassRows } from '../dataset.ts';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import { coefficients, importance, splits } from './report.ts';
import { binRows, boostingName, treeMembers, trainTrees } from './trees.ts';
import { fitStacking, weightedMean } from './stacking.ts';

export interface FitOptions {
  /** One a column. */
  readonly featureNames: readonly string[];
  readonly settings: Settings;
  readonly seed: number;
  readonly threads: number;
  readonly context: TrainContext;
  /** LightGBM's text of boosted trees to start from, grown on rows scaled as these are. */
  readonly initModel?: string;
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
 * resumes from spares the members it holds. Deterministic in rows, settings, seed and `initModel`.
 * @param rows standardised features; see `applyScaler`.
 * @throws StrategyError INVALID_MODEL when the checkpoint is damaged; the signal's reason when it is aborted.
 */
export async function fitEnsemble(
  rows: { readonly train: ClassRows; readonly validation: ClassRows },
  options: FitOptions,
): Promise<FittedEnsemble> {
  const { settings } = options;
  const classWeight = classWeights(rows.train.labels, settings.class_weight);
  const weighted = (part: ClassRows): ClassRows =>
    classWeight === null ? part : { ...part, weights: rowWeights(part.labels, classWeight) };
  const [train, validation] = [weighted(rows.train), weighted(rows.validation)];
  const trained = await fitMembers(train, validation, options);

  options.context.progress(0.9, 'weighing the members');
  const members = openMembers(
    trained.map(({ stored }) => stored),
    train.cols,
    'ensemble',
  );
  try {
    const { labels, weights: rowWeight } = validation;
    const probabilities = memberProbabilities(members, validation);
    const missingLogOdds = classWeight === null ? 0 : Math.log(classWeight.fall / classWeight.rise);
    const { weights, calibration, details } = await fitStacking(
      { ...validation, probabilities },
      settings,
      missingLogOdds,
    );
    const mean = weightedMean(probabilities, weights);
    const byName = (value: (k: number) => number): { [name: string]: number } =>
      Object.fromEntries(trained.map(({ stored }, k) => [stored.name, value(k)]));
    const loss = (p: Float64Array): number => weightedLogLoss(p, labels, rowWeight);
    return {
      members: trained,
      state: { members: trained.map(({ stored }) => stored), weights: [...weights], calibration },
      details: {
        weights: byName((k) => weights[k]!),
        rounds: byName((k) => trained[k]!.rounds),
        validation_log_loss: {
          ...byName((k) => loss(probabilities[k]!)),
          vote: loss(mean),
          calibrated: weightedLogLoss(calibrate(calibration, mean), labels),
        },
        ...details,
        importance: importance(trained, options.featureNames),
        splits: splits(members, options.featureNames),
        coefficients: coefficients(trained, options.featureNames),
      },
    };
  } finally {
    members.forEach((member) => member.dispose());
  }
}

async function fitMembers(
  train: ClassRows,
  validation: ClassRows,
  { settings, seed, context, initModel, ...run }: FitOptions,
): Promise<TrainedMember[]> {
  const random = createRandom(seed).fork('ensemble');
  const kinds = treeMembers(settings, train.rows);
  const names = [...kinds.map(({ name }) => name), 'logistic'];
  const members = [...readFinished(context.resume, names, train.cols)];
  const pause = pauser(context, () => finishedToPlain(members));
  const enter = (name: string): void => context.progress(0.1 + 0.2 * members.length, `fitting ${name}`);

  const missing = kinds.slice(members.length);
  if (missing.length > 0) {
    using binned = binRows(train, validation, { ...run, random });
    for (const kind of missing) {
      enter(kind.name);
      const start = kind.name === boostingName && initModel !== undefined ? { initModel } : {};
      members.push(await trainTrees(kind, binned, { random, context, pause, ...start }));
      await context.checkpoint(() => finishedToPlain(members));
    }
  }
  if (members.length < names.length) {
    enter('logistic');
    members.push(await trainLogistic(train, validation, { settings, context, pause }));
  }
  await yieldToEventLoop(context.signal);
  return [...members, { stored: baseRate(train), rounds: 0 }];
}

function baseRate({ labels, weights }: ClassRows): TrainedMember['stored'] {
  const share = (label: number, r: number): number => label * (weights?.[r] ?? 1);
  const rises = labels.reduce((sum, label, r) => sum + share(label, r), 0);
  const all = weights?.reduce((sum, w) => sum + w, 0) ?? labels.length;
  return { name: 'base_rate', kind: 'constant', probability: Math.min(1, rises / all) };
}

/** Longest that a computation runs on between two pauses, where its steps are shorter. */
const maxMsBetweenPauses = 100;

/**
 * What is awaited between two steps of a synchronous computation: every eighth time, or as soon as 100 ms
 * have gone by, timers and messages come through, and `context.checkpoint` may keep `state` or end the run.
 * @throws the signal's reason when it is aborted.
 */
function pauser(context: TrainContext, state: () => Plain): () => Promise<void> {
  let steps = 0;
  let last = performance.now();
  return async () => {
    if (++steps % 8 !== 0 && performance.now() - last < maxMsBetweenPauses) return;
    await yieldToEventLoop();
    // Before an abort ends the run, so that what is finished is kept.
    await context.checkpoint(state);
    context.signal.throwIfAborted();
    last = performance.now();
  };
}

/** Weights of a fall and a rise. */
interface ClassWeights {
  readonly fall: number;
  readonly rise: number;
}

/**
 * What a row weighs by its label. `balanced` makes both directions weigh the same over the train rows, n / 2
 * each, so that a member can't do well by always naming the commoner one. It multiplies the odds a member
 * learns by rise / fall, which the calibration takes back (Elkan 2001, "The foundations of cost-sensitive
 * learning"). Over a few bars rises and falls are nearly as common, and it hardly matters; over a long
 * horizon in a rising market it does.
 * @returns null where all rows weigh the same.
 */
function classWeights(trainLabels: Uint8Array, setting: Settings['class_weight']): ClassWeights | null {
  const rises = trainLabels.reduce((sum, label) => sum + label, 0);
  const rows = trainLabels.length;
  if (setting === 'none' || rises === 0 || rises === rows) return null;
  return { fall: rows / (2 * (rows - rises)), rise: rows / (2 * rises) };
}

/** One weight a row. */
const rowWeights = (labels: Uint8Array, { fall, rise }: ClassWeights): Float32Array =>
  Float32Array.from(labels, (label) => (label === 1 ? rise : fall));
