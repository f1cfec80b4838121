import { fromNdArray, toNdArray } from '../ndarray.ts';
import { restoreRandom, type Random } from '../random.ts';
import type { Plain } from '../strategy.ts';
import { damaged, isRecord, wholeNumber } from './damaged.ts';
import type { ActorCritic } from './network.ts';

/** Everything that changes while an agent learns. */
export interface Learning {
  readonly agent: ActorCritic;
  /** Updates done. */
  update: number;
  streams: Record<'starts' | 'actions' | 'minibatches', Random>;
  best: Best;
}

/** The parameters that have done best on validation, after which update, and their mean reward there. */
export interface Best {
  readonly parameters: Float32Array;
  update: number;
  validation: number;
}

export function learningToPlain({ agent, update, streams, best }: Learning): Plain {
  const { parameters, moments } = agent;
  const flat = (array: Float32Array): Plain => toNdArray(array, [array.length]);
  return {
    update,
    parameters: flat(parameters),
    moments: { mean: flat(moments.mean), variance: flat(moments.variance), steps: moments.steps },
    streams: {
      starts: streams.starts.state(),
      actions: streams.actions.state(),
      minibatches: streams.minibatches.state(),
    },
    best: bestToPlain(best),
  };
}

/**
 * Puts what `learningToPlain` took into `learning`, whose agent must be of the same shape.
 * @throws StrategyError INVALID_MODEL when it is no such state.
 */
export function restoreLearning(learning: Learning, plain: Plain, updates: number): void {
  const where = 'checkpoint.agent';
  if (!isRecord(plain)) throw damaged(where, 'is no record');
  const { moments, streams } = plain;
  if (!isRecord(moments) || !isRecord(streams)) throw damaged(where, 'lacks its moments or streams');
  const { agent } = learning;
  const read = (value: Plain | undefined, name: string): Float32Array =>
    readFlat(value, `${where}.${name}`, agent.parameters.length);
  agent.parameters.set(read(plain.parameters, 'parameters'));
  agent.moments.mean.set(read(moments.mean, 'moments.mean'));
  agent.moments.variance.set(read(moments.variance, 'moments.variance'));
  agent.moments.steps = wholeNumber(moments.steps, `${where}.moments.steps`, Number.MAX_SAFE_INTEGER);
  learning.update = wholeNumber(plain.update, `${where}.update`, updates);
  learning.best = bestFromPlain(plain.best, `${where}.best`, agent.parameters.length);
  learning.streams = {
    starts: restoreRandom(streams.starts),
    actions: restoreRandom(streams.actions),
    minibatches: restoreRandom(streams.minibatches),
  };
}

/** Before the first look at validation nothing is best; its −∞ is written as null. */
export const bestToPlain = ({ parameters, update, validation }: Best): Plain => ({
  parameters: toNdArray(parameters, [parameters.length]),
  update,
  validation: Number.isFinite(validation) ? validation : null,
});

/** @throws StrategyError INVALID_MODEL */
export function bestFromPlain(plain: Plain | undefined, where: string, count: number): Best {
  if (!isRecord(plain)) throw damaged(where, 'is no record');
  const { validation } = plain;
  if (validation !== null && (typeof validation !== 'number' || !Number.isFinite(validation)))
    throw damaged(`${where}.validation`, 'is neither a finite number nor null');
  return {
    parameters: readFlat(plain.parameters, `${where}.parameters`, count),
    update: wholeNumber(plain.update, `${where}.update`, Number.MAX_SAFE_INTEGER),
    validation: validation ?? Number.NEGATIVE_INFINITY,
  };
}

function readFlat(value: Plain | undefined, where: string, count: number): Float32Array {
  const array = fromNdArray(value, 'float32', where, [count]);
  if (!array.every(Number.isFinite)) throw damaged(where, 'holds what is no finite number');
  return array;
}
