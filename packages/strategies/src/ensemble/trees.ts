import { loadLightGbm } from '@ml-training/native';
import type { Booster, Dataset, LightGbm, LightGbmParams } from '@ml-training/native';
import type { Random } from '../random.ts';
import type { TrainContext } from '../strategy.ts';
import { storeText } from './model-text.ts';
import type { LabelledRows } from './dataset.ts';
import type { TreeRecipe } from './recipes.ts';
import { openTrees } from './members.ts';
import type { TrainedMember } from './members.ts';

/** The rows binned, once for all kinds of trees. */
export interface BinnedRows extends Disposable {
  readonly lightGbm: LightGbm;
  readonly train: Dataset;
  readonly validation: Dataset;
  /** What the rows were binned of. */
  readonly given: { readonly train: LabelledRows; readonly validation: LabelledRows };
  readonly params: LightGbmParams;
}

/**
 * What keeps a thread busy. LightGBM's threads wait for each other at some hundred places a tree, and sleep
 * there (see lightgbm.ts in native), so that each costs a wake-up: two threads take 1.3 to 2 times as long as
 * one on 7,311 rows × 25 and are the quicker ones from about 40,000 rows on. `npm run bench -- threads`
 * measures it.
 */
const numbersAThread = 500_000;

/** How many threads learn from so many numbers, `most` at most. */
export const threadsFor = (numbers: number, most: number): number =>
  Math.max(1, Math.min(most, Math.floor(numbers / numbersAThread)));

export function binRows(
  train: LabelledRows,
  validation: LabelledRows,
  run: { readonly featureNames: readonly string[]; readonly random: Random; readonly threads: number },
): BinnedRows {
  const threads = threadsFor(train.data.length, run.threads);
  const lightGbm = loadLightGbm({ threads });
  const params = {
    objective: 'binary',
    metric: 'binary_logloss',
    deterministic: true,
    force_row_wise: true,
    num_threads: threads,
    seed: seedFrom(run.random, 'bins'),
    max_bin: 63,
    feature_pre_filter: false,
  };
  const trainData = lightGbm.createDataset(
    train,
    { ...fieldsOf(train), featureNames: run.featureNames },
    params,
  );
  const fields = { ...fieldsOf(validation), reference: trainData };
  const validationData = lightGbm.createDataset(validation, fields, params);
  const dispose = (): void => [trainData, validationData].forEach((data) => data.free());
  const given = { train, validation };
  return { lightGbm, train: trainData, validation: validationData, given, params, [Symbol.dispose]: dispose };
}

/**
 * Grows one kind of trees on the train rows; with patience, keeps the rounds that did best on the validation
 * rows. Byte for byte the same model for the same rows and seed, whatever the number of threads.
 * @param former model text whose trees come first. Its own validation loss counts as that of round 0.
 */
export async function trainTrees(
  recipe: TreeRecipe,
  rows: BinnedRows,
  run: {
    readonly random: Random;
    readonly context: TrainContext;
    readonly pause: () => Promise<void>;
    readonly former?: string;
  },
): Promise<TrainedMember> {
  using before = run.former === undefined ? null : openTrees(run.former, rows.train.cols, recipe.name);
  const start = before?.numIterations ?? 0;
  const stream = start === 0 ? recipe.name : `${recipe.name} after ${start} trees`;
  const params = { ...rows.params, ...recipe.params, seed: seedFrom(run.random, stream) };
  using booster = before === null ? fresh(rows, params) : continued(rows, params, before);
  const lossAt = (round: number): number => {
    const loss = booster.getEval(1).binary_logloss!;
    run.context.epoch(round, { [`${recipe.name}_validation_log_loss`]: loss });
    return loss;
  };

  let best = { round: 0, loss: start === 0 ? Infinity : lossAt(0) };
  for (let round = 1; round <= recipe.rounds; round++) {
    const grew = booster.updateOneIter();
    if (!grew && start + round > 1) break;
    if (recipe.patience === null) best = { round, loss: NaN };
    if (recipe.patience !== null || round % curveStep === 0 || round === recipe.rounds) {
      const loss = lossAt(round);
      if (loss < best.loss) best = { round, loss };
    }
    if (round - best.round >= (recipe.patience ?? Infinity) || !grew) break;
    await run.pause();
  }
  const kept = start + best.round;
  return {
    stored: {
      name: recipe.name,
      kind: 'lightgbm',
      ...storeText(threadless(booster.saveModelToString(kept))),
    },
    rounds: kept,
    gain: booster.featureImportance('gain', kept),
  };
}

/** Rounds between two points of the curve of trees whose number is fixed. */
const curveStep = 10;

function fresh({ lightGbm, train, validation }: BinnedRows, params: LightGbmParams): Booster {
  return lightGbm.createBooster(train, params, { validation: [validation] });
}

/** A booster that starts from former trees: the rows' scores so far are what these give them. */
function continued(rows: BinnedRows, params: LightGbmParams, former: Booster): Booster {
  const { lightGbm, given, train: reference } = rows;
  const scored = (matrix: LabelledRows): Dataset => {
    const initScore = former.predict(matrix, { type: 'raw' });
    return lightGbm.createDataset(matrix, { ...fieldsOf(matrix), initScore, reference }, params);
  };
  using train = scored(given.train);
  using validation = scored(given.validation);
  return lightGbm.createBooster(train, params, { validation: [validation], continueFrom: former });
}

const fieldsOf = ({ labels, weights }: LabelledRows): { label: Float32Array; weight?: Float32Array } => ({
  label: Float32Array.from(labels),
  ...(weights === undefined ? {} : { weight: weights }),
});

const seedFrom = (random: Random, label: string): number => random.fork(label).int(2 ** 31 - 1);

/**
 * The trees don't depend on the number of threads; the parameters printed below them would, and Python's
 * lightgbm takes them over.
 */
const threadless = (text: string): string => text.replace(/^\[num_threads: \d+\]$/m, '[num_threads: 0]');
