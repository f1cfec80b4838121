import { fromNdArray } from '../ndarray.ts';
import { createRandom } from '../random.ts';
import type { Plain, TrainContext } from '../strategy.ts';
import { calibrate } from './calibration.ts';
import { finishedToPlain, readFinished } from './checkpoint.ts';
import { classWeights, rowWeights } from './class-weights.ts';
import { memberProbabilities, openMembers } from './members.ts';
import type { Member, TrainedMember } from './members.ts';
import { trainLogistic, weightedLogLoss } from './logistic-regression.ts';
import { breathe, pacer } from './pace.ts';
import type { LabelledRows } from './dataset.ts';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';
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
  rows: { readonly train: LabelledRows; readonly validation: LabelledRows },
  options: FitOptions,
): Promise<FittedEnsemble> {
  const { settings } = options;
  const balance = classWeights(rows.train.labels, settings.class_balance);
  const weighted = (part: LabelledRows): LabelledRows =>
    balance === null ? part : { ...part, weights: rowWeights(part.labels, balance) };
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
    const missingLogOdds = balance === null ? 0 : Math.log(balance.fall / balance.rise);
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
  train: LabelledRows,
  validation: LabelledRows,
  { settings, seed, context, initModel, ...run }: FitOptions,
): Promise<TrainedMember[]> {
  const random = createRandom(seed).fork('ensemble');
  const kinds = treeMembers(settings, train.rows);
  const names = [...kinds.map(({ name }) => name), 'logistic'];
  const members = [...readFinished(context.resume, names, train.cols)];
  const pause = pacer(context, () => finishedToPlain(members));
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
  await breathe(context.signal);
  return [...members, { stored: baseRate(train), rounds: 0 }];
}

function baseRate({ labels, weights }: LabelledRows): TrainedMember['stored'] {
  const share = (label: number, r: number): number => label * (weights?.[r] ?? 1);
  const rises = labels.reduce((sum, label, r) => sum + share(label, r), 0);
  const all = weights?.reduce((sum, w) => sum + w, 0) ?? labels.length;
  return { name: 'base_rate', kind: 'constant', probability: Math.min(1, rises / all) };
}

/** Share of each feature in the gain of all splits, averaged over the kinds of trees; largest first. */
function importance(
  members: readonly TrainedMember[],
  featureNames: readonly string[],
): { readonly [feature: string]: number } {
  const shares = new Float64Array(featureNames.length);
  const trees = members.flatMap(({ gain }) => (gain === undefined ? [] : [gain]));
  for (const gain of trees) {
    const total = gain.reduce((sum, g) => sum + g, 0);
    if (total > 0) gain.forEach((g, c) => (shares[c]! += g / total / trees.length));
  }
  const named = featureNames.map((name, c) => [name, shares[c]!] as const);
  return Object.fromEntries(named.sort((a, b) => b[1] - a[1]));
}

/** How many splits there are by each feature, in all trees together; most first. */
function splits(
  members: readonly Member[],
  featureNames: readonly string[],
): { readonly [feature: string]: number } {
  const counts = members.flatMap((member) => (member.splits === undefined ? [] : [member.splits()]));
  const named = featureNames.map((name, c) => [name, counts.reduce((sum, of) => sum + of[c]!, 0)] as const);
  return Object.fromEntries(named.sort((a, b) => b[1] - a[1]));
}

/**
 * What the linear member adds to the log odds of a rise for one standard deviation of each feature; strongest
 * first.
 */
function coefficients(
  members: readonly TrainedMember[],
  featureNames: readonly string[],
): { readonly [feature: string]: number } {
  const linear = members.map(({ stored }) => stored).find(({ kind }) => kind === 'logistic');
  if (linear?.kind !== 'logistic') return {};
  const kernel = fromNdArray(linear.kernel, 'float32', 'ensemble.logistic.kernel', [featureNames.length, 1]);
  const named = featureNames.map((name, c) => [name, kernel[c]!] as const);
  return Object.fromEntries(named.sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])));
}
