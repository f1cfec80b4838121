import { StrategyError } from '../errors.ts';
import { accuracyOf, meanLoss } from '../losses.ts';
import { classCounts } from '../class-weights.ts';
import { outputsOf, type Labels, type Target } from '../target.ts';
import type { Random } from '../random.ts';
import type { RowRange, TrainContext } from '../strategy.ts';
import { yieldToEventLoop } from '../yield.ts';
import { type Adam, createAdam, freshAdam } from './adam.ts';
import { type Architecture, initialWeights, headOf, weightCount, type Weights } from './architecture.ts';
import { type FitState, fitStateFromPlain, fitStateToPlain } from './checkpoint.ts';
import { rowsOf, type ScaledFeatures } from './dataset.ts';
import { createNetwork, dropoutMasks } from './network.ts';
import { createScorer } from './scorer.ts';

/** What the model learns from: features and labels by bar, and which bars are for what. */
export interface TrainingData {
  readonly table: ScaledFeatures;
  /** By bar: a class's number, or the value to be said. */
  readonly labels: Labels;
  /** What is added to the answer before its link, bars × outputs: see `Batch`. */
  readonly offsets?: Float64Array;
  readonly train: RowRange;
  /** Null where nothing is to be chosen: all epochs are gone through, and the last one's weights are kept. */
  readonly validation: RowRange | null;
}

export interface FitOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Share of each layer's outputs that is dropped, below 1. */
  readonly dropout: number;
  /** Epochs without a better validation loss after which training stops. */
  readonly patience: number;
  /** Longest norm of a step's gradient, over all weights. */
  readonly clipNorm: number;
}

interface Fitted {
  /** Those of the best epoch. */
  readonly weights: Weights;
  /** Counted from 1, as in `context.epoch`; 0 when no epoch was better than the weights started from. */
  readonly bestEpoch: number;
  readonly epochs: number;
  /** Mean log loss a row at the best epoch, or mean squared error; 0 without validation rows. */
  readonly validationLoss: number;
}

/**
 * Fits the model's weights on the training rows by minibatch Adam; stops when the validation loss has not
 * improved for `patience` epochs and keeps the weights it was lowest with. Resumes from `context.resume`
 * where there is a checkpoint, and offers one after each epoch.
 * Deterministic in data, options, `random` and `warmStart` on one machine.
 * @param warmStart weights to start from instead of fresh ones. They count as epoch 0, so the model never
 *   ends with a worse validation loss than it began with.
 * @throws StrategyError DIVERGED when a loss or a gradient is no longer a finite number, INVALID_MODEL when
 *   the checkpoint is not of such a training.
 * @throws the signal's reason when `context.signal` is aborted; it is looked at before every batch.
 */
export async function fitModel(
  architecture: Architecture,
  data: TrainingData,
  options: FitOptions,
  random: Random,
  context: TrainContext,
  warmStart?: Weights,
): Promise<Fitted> {
  const { table } = data;
  const target = headOf(architecture);
  const validation = data.validation ?? { from: 0, to: 0 };
  const validationRows = rowsOf(validation);
  const validationLabels = data.labels.subarray(validation.from, validation.to);
  const scorer = createScorer(architecture, true);
  const outputs = outputsOf(target);
  const validationOffsets = data.offsets?.subarray(validation.from * outputs, validation.to * outputs);
  const validate = (weights: Weights, epoch: number) => {
    if (data.validation === null) return { validation_loss: 0 };
    const said = scorer.score(weights, table, validationRows, validationOffsets);
    const loss = meanLoss(target, said, validationLabels);
    if (!Number.isFinite(loss)) throw diverged(epoch, `validation loss ${loss}`);
    return {
      validation_loss: loss,
      ...(target.task === 'regression'
        ? {}
        : { validation_accuracy: accuracyOf(target, said, validationLabels) }),
    };
  };

  const init = (): FitState => {
    const weights =
      warmStart?.slice() ?? initialWeights(architecture, random.fork('weights'), firstAnswer(target, data));
    const before = warmStart && validate(weights, 0);
    if (before) context.epoch(0, before);
    return {
      epoch: 0,
      weights,
      adam: freshAdam(weights.length),
      best: { epoch: 0, loss: before?.validation_loss ?? Infinity, weights: weights.slice() },
      order: rowsOf(data.train),
      shuffling: random.fork('order'),
      dropout: random.fork('dropout'),
    };
  };
  const state =
    context.resume === null
      ? init()
      : fitStateFromPlain(context.resume, weightCount(architecture), data.train);
  const { weights, best, order, shuffling, dropout } = state;
  const adam = createAdam(weights, options.learningRate, options.clipNorm, state.adam);
  const stepper = createStepper(
    architecture,
    data,
    weights,
    adam,
    { rate: options.dropout, random: dropout },
    Math.min(options.batchSize, order.length),
  );

  let { epoch } = state;
  while (epoch < options.epochs && epoch - best.epoch < options.patience) {
    epoch++;
    shuffling.shuffle(order);
    let lossSum = 0;
    for (let at = 0; at < order.length; at += options.batchSize) {
      await yieldToEventLoop(context.signal);
      const rows = order.subarray(at, at + options.batchSize);
      const { loss, norm } = stepper.step(rows);
      if (!Number.isFinite(loss) || !Number.isFinite(norm))
        throw diverged(epoch, `loss ${loss}, gradient norm ${norm}`);
      lossSum += loss * rows.length;
    }
    const values = validate(weights, epoch);
    context.epoch(epoch, { loss: lossSum / order.length, ...values });
    context.progress(epoch / options.epochs, 'training');
    if (values.validation_loss < best.loss || data.validation === null) {
      best.epoch = epoch;
      best.loss = values.validation_loss;
      best.weights.set(weights);
    }
    await context.checkpoint(() => fitStateToPlain({ ...state, epoch, adam: adam.state() }));
  }
  return { weights: best.weights, bestEpoch: best.epoch, epochs: epoch, validationLoss: best.loss };
}

/** One optimiser step after the other, on batches of any rows. */
interface Stepper {
  /**
   * Changes the weights; gives the batch's mean loss before and the gradient's norm, either maybe not finite.
   */
  step(rows: Int32Array): { readonly loss: number; readonly norm: number };
}

function createStepper(
  architecture: Architecture,
  { table, labels, offsets }: TrainingData,
  weights: Weights,
  adam: Adam,
  dropout: { readonly rate: number; readonly random: Random },
  batchSize: number,
): Stepper {
  const { units } = architecture;
  const outputs = outputsOf(headOf(architecture));
  const gradient = new Float32Array(weights.length);
  const network = createNetwork(architecture, batchSize);

  const step = (rows: Int32Array) => {
    const batch = {
      windows: { table, rows },
      labels: Float64Array.from(rows, (row) => labels[row]!),
      offsets: offsets && rowsTaken(offsets, rows, outputs),
    };
    const masks = dropoutMasks(dropout.random, units, rows.length, dropout.rate);
    const loss = network.loss(weights, { ...batch, masks }, gradient);
    return { loss, norm: adam.step(gradient) };
  };
  return { step };
}

/** These rows of a table, one below the other. */
function rowsTaken(table: Float64Array, rows: Int32Array, cols: number): Float64Array {
  const taken = new Float64Array(rows.length * cols);
  rows.forEach((row, i) => {
    for (let c = 0; c < cols; c++) taken[i * cols + c] = table[row * cols + c]!;
  });
  return taken;
}

/**
 * What the network starts out saying: the shares of the training rows' classes; never 0 or 1, as with one row
 * more of each (Laplace's rule of succession). Of values, which are standardised, their mean.
 */
function firstAnswer(target: Target, { labels, train, offsets }: TrainingData): number | readonly number[] {
  if (offsets !== undefined)
    return target.task === 'binary'
      ? 0.5
      : new Array<number>(outputsOf(target)).fill(target.task === 'regression' ? 0 : 1);
  if (target.task === 'regression') return 0;
  const counts = classCounts(labels.subarray(train.from, train.to), target);
  const shares = counts.map((count) => (count + 1) / (train.to - train.from + counts.length));
  return target.task === 'binary' ? shares[1]! : shares;
}

function diverged(epoch: number, what: string): StrategyError {
  return new StrategyError(
    'DIVERGED',
    `lstm training diverged in epoch ${epoch}: ${what}; ` +
      'lower learning_rate or clip_norm, or look for wild values in the bars',
  );
}
