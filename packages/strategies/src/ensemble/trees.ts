import { loadLightGbm } from '@ml-training/native';
import type { Booster, Dataset, LightGbm, LightGbmParams } from '@ml-training/native';
import type { Random } from '../random.ts';
import type { TrainContext } from '../strategy.ts';
import type { LabelledRows } from '../dataset.ts';
import type { EnsembleSettings as Settings } from '@ml-training/sdk';
import { lossName } from '../losses.ts';
import { binary, outputsOf } from '../target.ts';
import type { Labels, Target } from '../target.ts';
import type { TrainedMember } from './members.ts';
import { openTrees, storeText } from './trees-text.ts';

/** One kind of trees that LightGBM grows, and how. */
export interface TreeMember {
  readonly name: string;
  readonly numBoostRound: number;
  /** Rounds of the models that are asked out of fold; as many unless given. */
  readonly foldRounds?: number;
  /** Rounds without a better validation loss after which it stops; null where all rounds are kept. */
  readonly earlyStoppingRounds: number | null;
  readonly params: LightGbmParams;
}

/** The name of the member that a warm start takes over from the champion. */
export const boostingName = 'boosting';

/** The three kinds of trees, by the settings and the number of training rows. */
export function treeMembers(
  settings: Pick<Settings, 'forest_trees' | 'num_boost_round' | 'early_stopping_rounds' | 'learning_rate'>,
  trainRows: number,
): TreeMember[] {
  // A leaf of forty rows puts the standard error of its rate near eight points; fewer rows allow no better.
  const min_data_in_leaf = Math.max(5, Math.min(40, Math.floor(trainRows / 20)));
  const forest = {
    boosting: 'rf',
    num_leaves: 31,
    min_data_in_leaf,
    bagging_freq: 1,
    bagging_fraction: 0.632,
    feature_fraction_bynode: 0.4,
  };
  const forestOf = (name: string, params: LightGbmParams): TreeMember => ({
    name,
    numBoostRound: settings.forest_trees,
    // They tell how much the forest's word counts, which a quarter of its trees tell as well: see decision 10.
    foldRounds: Math.ceil(settings.forest_trees / 4),
    earlyStoppingRounds: null,
    params,
  });
  return [
    {
      name: boostingName,
      numBoostRound: settings.num_boost_round,
      earlyStoppingRounds: settings.early_stopping_rounds === 0 ? null : settings.early_stopping_rounds,
      params: {
        boosting: 'gbdt',
        learning_rate: settings.learning_rate,
        num_leaves: 8,
        min_data_in_leaf,
        feature_fraction: 0.6,
        bagging_freq: 1,
        bagging_fraction: 0.7,
        lambda_l2: 10,
      },
    },
    forestOf('random_forest', forest),
    forestOf('extra_trees', { ...forest, extra_trees: true }),
  ];
}

/** The rows binned, once for all kinds of trees. */
export interface BinnedRows extends Disposable {
  readonly lightGbm: LightGbm;
  readonly train: Dataset;
  /** Rows that the trees are asked for while they grow; null where there are none. */
  readonly validation: Dataset | null;
  /** What the rows were binned of. */
  readonly given: { readonly train: LabelledRows; readonly validation: LabelledRows | null };
  readonly params: LightGbmParams;
  readonly target: Target;
  /**
   * What was taken off a regression's labels, their mean: a tree of a forest that finds no split says 0 in
   * LightGBM, whatever the labels are. 0 of classes.
   */
  readonly offset: number;
}

/** What LightGBM calls each task's objective, and the loss that is watched on the validation rows. */
const objectives = {
  binary: { objective: 'binary', metric: 'binary_logloss' },
  multiclass: { objective: 'multiclass', metric: 'multi_logloss' },
  regression: { objective: 'regression', metric: 'l2' },
} as const;

/**
 * What keeps a thread busy. LightGBM's threads wait for each other at some hundred places a tree, and sleep
 * there (see lightgbm.ts in native), so that each costs a wake-up: two threads take 1.3 to 2 times as long as
 * one on 7,311 rows × 25 and are the quicker ones from about 40,000 rows on. `npm run bench -- threads`
 * measures it.
 */
const valuesPerThread = 500_000;

/** How many threads learn from so many values, `max` at most. */
export const threadsFor = (values: number, max: number): number =>
  Math.max(1, Math.min(max, Math.floor(values / valuesPerThread)));

export function binRows(
  train: LabelledRows,
  validation: LabelledRows | null,
  run: {
    readonly featureNames: readonly string[];
    readonly random: Random;
    readonly threads: number;
    readonly target?: Target;
    readonly maxBin?: number;
    /** Of a regression: what the trees' values are added to; the mean of the train labels when left out. */
    readonly offset?: number | undefined;
  },
): BinnedRows {
  const { target = binary, maxBin = 63 } = run;
  const offset = target.task === 'regression' ? (run.offset ?? meanOf(train.labels)) : 0;
  const threads = threadsFor(train.data.length, run.threads);
  const lightGbm = loadLightGbm({ threads });
  const params = {
    ...objectives[target.task],
    ...(target.task === 'multiclass' ? { num_class: target.classes } : {}),
    deterministic: true,
    force_row_wise: true,
    num_threads: threads,
    seed: seedFrom(run.random, 'bins'),
    max_bin: maxBin,
    feature_pre_filter: false,
  };
  const trainData = lightGbm.createDataset(
    train,
    { ...fieldsOf(train, offset), featureNames: run.featureNames },
    params,
  );
  const validationData =
    validation === null
      ? null
      : lightGbm.createDataset(validation, { ...fieldsOf(validation, offset), reference: trainData }, params);
  const dispose = (): void => [trainData, validationData].forEach((data) => data?.free());
  const given = { train, validation };
  return {
    lightGbm,
    train: trainData,
    validation: validationData,
    given,
    params,
    target,
    offset,
    [Symbol.dispose]: dispose,
  };
}

/** How trees are grown. */
interface GrowRun {
  readonly random: Random;
  readonly context: TrainContext;
  readonly pause: () => Promise<void>;
  /** Model text whose trees come first. Its own validation loss counts as that of round 0. */
  readonly initModel?: string;
}

/**
 * Grows one kind of trees on the train rows; with early stopping, keeps the rounds that did best on the
 * validation rows. Byte for byte the same model for the same rows and seed, whatever the number of threads.
 */
export async function trainTrees(member: TreeMember, rows: BinnedRows, run: GrowRun): Promise<TrainedMember> {
  using before = openInitModel(member, rows, run);
  using booster = boosterOf(member, rows, before, run.random);
  const kept = await growTogether(member, [{ rows, booster }], before?.numIterations ?? 0, run);
  return { ...storedOf(member, rows, booster, kept), rounds: kept };
}

/** A member and what it says of the rows of each fold when it has not seen them. */
export interface CrossValidated {
  readonly member: TrainedMember;
  /** One array a fold, as `Member.predict` gives it. */
  readonly answers: readonly Float64Array[];
}

/**
 * The same on all rows, with the number of rounds that did best over all folds, as `lightgbm.cv` finds it:
 * one model a fold, grown round by round together.
 * @param all the rows of the model that is kept.
 */
export async function crossValidateTrees(
  member: TreeMember,
  folds: readonly BinnedRows[],
  all: BinnedRows,
  run: GrowRun,
): Promise<CrossValidated> {
  using before = openInitModel(member, all, run);
  const start = before?.numIterations ?? 0;
  const models = folds.map((rows) => ({ rows, booster: boosterOf(member, rows, before, run.random) }));
  try {
    const inFolds = member.foldRounds ?? member.numBoostRound;
    const found = await growTogether({ ...member, numBoostRound: inFolds }, models, start, run);
    const answers = models.map(({ rows, booster }) => {
      const said = booster.predict(rows.given.validation!, { numIteration: found });
      return rows.offset === 0 ? said : said.map((value) => rows.offset + value);
    });
    // A forest whose trees find no split any more has as few on all rows.
    const kept = found === start + inFolds ? start + member.numBoostRound : found;
    return { member: await growTrees(member, all, kept, run), answers };
  } finally {
    models.forEach(({ booster }) => booster.free());
  }
}

/** Grows one kind of trees on all rows given, to a number of rounds in all: nothing is chosen. */
export async function growTrees(
  member: TreeMember,
  rows: BinnedRows,
  rounds: number,
  run: GrowRun,
): Promise<TrainedMember> {
  using before = openInitModel(member, rows, run);
  using booster = boosterOf(member, rows, before, run.random);
  const start = before?.numIterations ?? 0;
  for (let round = start; round < rounds && booster.updateOneIter(); round++) await run.pause();
  return { ...storedOf(member, rows, booster, rounds), rounds };
}

/**
 * Grows models round by round, and tells of the mean loss on their validation rows.
 * @param start rounds that they begin with.
 * @returns how many rounds are to be kept of each.
 */
async function growTogether(
  member: TreeMember,
  models: readonly { readonly rows: BinnedRows; readonly booster: Booster }[],
  start: number,
  run: GrowRun,
): Promise<number> {
  const { target } = models[0]!.rows;
  const total = models.reduce((sum, { rows }) => sum + rows.given.validation!.rows, 0);
  const lossAt = (round: number): number => {
    const loss = models.reduce((sum, { rows, booster }) => {
      const share = rows.given.validation!.rows / total;
      return sum + share * booster.getEval(1)[objectives[target.task].metric]!;
    }, 0);
    run.context.epoch(round, { [`${member.name}_validation_${lossName(target)}`]: loss });
    return loss;
  };
  let best = { round: 0, loss: start === 0 ? Infinity : lossAt(0) };
  for (let round = 1; round <= member.numBoostRound; round++) {
    const grew = models.map(({ booster }) => booster.updateOneIter()).some(Boolean);
    if (!grew && start + round > 1) break;
    if (member.earlyStoppingRounds === null) best = { round, loss: NaN };
    if (member.earlyStoppingRounds !== null || round % curveStep === 0 || round === member.numBoostRound) {
      const loss = lossAt(round);
      if (loss < best.loss) best = { round, loss };
    }
    if (round - best.round >= (member.earlyStoppingRounds ?? Infinity) || !grew) break;
    await run.pause();
  }
  return start + best.round;
}

function storedOf(
  member: TreeMember,
  rows: BinnedRows,
  booster: Booster,
  kept: number,
): Omit<TrainedMember, 'rounds'> {
  return {
    stored: {
      name: member.name,
      kind: 'lightgbm',
      ...storeText(threadless(booster.saveModelToString(kept))),
      ...(rows.target.task === 'regression' ? { offset: rows.offset } : {}),
    },
    gain: booster.featureImportance('gain', kept),
    splits: booster.featureImportance('split', kept),
  };
}

const openInitModel = (
  { name }: TreeMember,
  { train, target }: BinnedRows,
  { initModel }: GrowRun,
): Booster | null => (initModel === undefined ? null : openTrees(initModel, train.cols, name, target));

/** Rounds between two points of the curve of trees whose number is fixed. */
const curveStep = 10;

/** A booster of some rows; one with trees before starts from what these give the rows. */
function boosterOf(member: TreeMember, rows: BinnedRows, before: Booster | null, random: Random): Booster {
  const start = before?.numIterations ?? 0;
  const stream = start === 0 ? member.name : `${member.name} after ${start} trees`;
  const params = { ...rows.params, ...member.params, seed: seedFrom(random, stream) };
  return before === null ? fromScratch(rows, params) : warmStarted(rows, params, before);
}

function fromScratch({ lightGbm, train, validation }: BinnedRows, params: LightGbmParams): Booster {
  return lightGbm.createBooster(train, params, { validation: validation === null ? [] : [validation] });
}

function warmStarted(rows: BinnedRows, params: LightGbmParams, before: Booster): Booster {
  const { lightGbm, given, train: reference } = rows;
  const scored = (matrix: LabelledRows): Dataset => {
    const initScore = byOutput(before.predict(matrix, { type: 'raw' }), outputsOf(rows.target));
    return lightGbm.createDataset(matrix, { ...fieldsOf(matrix, rows.offset), initScore, reference }, params);
  };
  using train = scored(given.train);
  using validation = given.validation === null ? null : scored(given.validation);
  return lightGbm.createBooster(train, params, {
    validation: validation === null ? [] : [validation],
    initModel: before,
  });
}

/** Rows × outputs as LightGBM takes starting scores: output after output. */
function byOutput(scores: Float64Array, outputs: number): Float64Array {
  const rows = scores.length / outputs;
  return scores.map((_, i) => scores[(i % rows) * outputs + Math.floor(i / rows)]!);
}

const fieldsOf = (
  { labels, weights }: LabelledRows,
  offset: number,
): { label: Float32Array; weight?: Float32Array } => ({
  label: Float32Array.from(labels, (label) => label - offset),
  ...(weights === undefined ? {} : { weight: weights }),
});

function meanOf(labels: Labels): number {
  let sum = 0;
  labels.forEach((label) => (sum += label));
  return sum / labels.length;
}

const seedFrom = (random: Random, label: string): number => random.fork(label).int(2 ** 31 - 1);

/**
 * The trees don't depend on the number of threads; the parameters printed below them would, and Python's
 * lightgbm takes them over.
 */
const threadless = (text: string): string => text.replace(/^\[num_threads: \d+\]$/m, '[num_threads: 0]');
