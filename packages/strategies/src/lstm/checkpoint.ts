import { StrategyError } from '../errors.ts';
import { fromNdArray, toNdArray } from '../ndarray.ts';
import { integerOf, recordOf } from '../plain.ts';
import { type Random, restoreRandom } from '../random.ts';
import type { Plain, RowRange } from '../strategy.ts';
import type { AdamState } from './adam.ts';
import type { Weights } from './architecture.ts';
import { rowsOf } from './dataset.ts';

/** All that the epochs still to come depend on, beside the data and the settings. */
export interface FitState {
  /** Epochs done. */
  readonly epoch: number;
  readonly weights: Weights;
  readonly adam: AdamState;
  readonly best: { epoch: number; loss: number; readonly weights: Weights };
  /** Training rows as the last epoch took them; the next one shuffles on from there. */
  readonly order: Int32Array;
  readonly shuffling: Random;
  readonly dropout: Random;
}

const WHERE = 'lstm checkpoint';

/**
 * The state as a checkpoint holds it. Arrays are kept as they
 * are: noise hardly shrinks, and this is done after every epoch.
 */
export function fitStateToPlain({ epoch, weights, adam, best, order, shuffling, dropout }: FitState): Plain {
  const array = (data: Float32Array | Int32Array) => toNdArray(data, [data.length], { deflate: false });
  return {
    epoch,
    weights: array(weights),
    adam: { ...adam, mean: array(adam.mean), variance: array(adam.variance) },
    best: { ...best, weights: array(best.weights) },
    order: array(order),
    shuffling: shuffling.state(),
    dropout: dropout.state(),
  };
}

/**
 * Reads what `fitStateToPlain` wrote.
 * @param count weights of the model in training.
 * @param train its training rows.
 * @throws StrategyError INVALID_MODEL when it is no such state, or one of another training.
 */
export function fitStateFromPlain(plain: Plain, count: number, train: RowRange): FitState {
  const state = recordOf(plain, WHERE);
  const best = recordOf(state.best, `${WHERE}.best`);
  const adam = recordOf(state.adam, `${WHERE}.adam`);
  const epoch = integerOf(state.epoch, 0, Number.MAX_SAFE_INTEGER, `${WHERE}.epoch`);
  const weightsOf = (value: Plain | undefined, name: string): Weights => {
    const values = fromNdArray(value, 'float32', `${WHERE}.${name}`, [count]);
    if (!values.every(Number.isFinite)) throw damaged(`${name} holds a value that is not finite`);
    return values;
  };
  if (typeof best.loss !== 'number' || !Number.isFinite(best.loss)) throw damaged('best.loss is no number');
  const order = fromNdArray(state.order, 'int32', `${WHERE}.order`, [train.to - train.from]);
  const rows = rowsOf(train);
  if (
    order
      .slice()
      .sort()
      .some((row, i) => row !== rows[i])
  )
    throw damaged('order does not hold each training row once');
  return {
    epoch,
    weights: weightsOf(state.weights, 'weights'),
    adam: {
      mean: weightsOf(adam.mean, 'adam.mean'),
      variance: weightsOf(adam.variance, 'adam.variance'),
      steps: integerOf(adam.steps, 0, Number.MAX_SAFE_INTEGER, `${WHERE}.adam.steps`),
    },
    best: {
      epoch: integerOf(best.epoch, 0, epoch, `${WHERE}.best.epoch`),
      loss: best.loss,
      weights: weightsOf(best.weights, 'best.weights'),
    },
    order,
    shuffling: restoreRandom(state.shuffling),
    dropout: restoreRandom(state.dropout),
  };
}

function damaged(what: string): StrategyError {
  return new StrategyError('INVALID_MODEL', `the ${WHERE}'s ${what}; it is damaged or of another training`);
}
