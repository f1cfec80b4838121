import type { RlSettings } from '@ml-training/sdk';
import { StrategyError } from '../errors.ts';
import { fromNdArray, toNdArray } from '../ndarray.ts';
import { integerOf, invalid, recordOf } from '../plain.ts';
import { restoreRandom, type Random } from '../random.ts';
import type { Plain } from '../strategy.ts';
import { actionSpace } from './environment.ts';
import { createActorCritic, type ActorCritic, type Mlp } from './network.ts';
import { accountColumns, observationSize } from './observation.ts';

type PlainRecord = { readonly [key: string]: Plain };

/** Most rows that a loaded agent takes in one pass: a prediction goes row by row. */
const LOADED_CAPACITY = 1;

/**
 * An agent as `model_state.rl` holds it: of both networks the layers' weights [inputs, outputs] and bias
 * [outputs], tanh between them, and what an observation is made of.
 * @param weights dtype they are stored as; they must be rounded to it already.
 */
export function agentToPlain(
  { policy, value }: ActorCritic,
  observation: {
    readonly window: number;
    readonly featureNames: readonly string[];
    readonly returnUnit: number;
  },
  weights: RlSettings['weights'],
): PlainRecord {
  return {
    kind: 'ppo',
    action_space: [...actionSpace],
    observation: {
      window: observation.window,
      feature_names: [...observation.featureNames],
      account: [...accountColumns],
      return_unit: observation.returnUnit,
    },
    policy: mlpToPlain(policy, weights),
    value: mlpToPlain(value, weights),
  };
}

/**
 * Reads what `agentToPlain` wrote.
 * @throws StrategyError INVALID_MODEL when it is no such agent or observes anything but `featureNames` over
 *   `window` bars.
 */
export function agentFromPlain(
  plain: Plain | undefined,
  featureNames: readonly string[],
  window: number,
): { readonly agent: ActorCritic; readonly returnUnit: number } {
  const where = 'model_state.rl';
  const { kind, observation: observed, action_space: actions, policy, value } = recordOf(plain, where);
  if (kind !== 'ppo') throw invalid(where, 'is not of kind "ppo"');
  const observation = recordOf(observed, `${where}.observation`);
  if (!sameNames(observation.feature_names, featureNames))
    throw invalid(`${where}.observation`, 'has other features than this version computes');
  if (observation.window !== window)
    throw invalid(`${where}.observation.window`, `is not the ${window} of the model's params`);
  if (!sameNames(observation.account, accountColumns) || !sameNames(actions, actionSpace))
    throw invalid(where, "has another observation or other actions than this version's");
  const returnUnit = observation.return_unit;
  if (typeof returnUnit !== 'number' || !(returnUnit > 0 && returnUnit < Infinity))
    throw invalid(`${where}.observation.return_unit`, 'is no number above 0');
  const policyLayers = readLayers(policy, `${where}.policy`);
  const valueLayers = readLayers(value, `${where}.value`);
  const inputs = observationSize(window, featureNames.length);
  const sizes = [inputs, ...policyLayers.map(({ bias }) => bias.length)];
  const valueSizes = [inputs, ...valueLayers.map(({ bias }) => bias.length)];
  if (sizes.at(-1) !== actionSpace.length || !sameNames(valueSizes, [...sizes.slice(0, -1), 1]))
    throw invalid(where, `has networks of sizes ${sizes.join('-')} and ${valueSizes.join('-')}`);
  const agent = createActorCritic(sizes, LOADED_CAPACITY);
  fill(agent.policy, policyLayers, `${where}.policy`);
  fill(agent.value, valueLayers, `${where}.value`);
  return { agent, returnUnit };
}

function mlpToPlain({ layers }: Mlp, dtype: RlSettings['weights']): PlainRecord {
  const stored = (numbers: Float32Array): Float32Array | Float16Array =>
    dtype === 'float16' ? Float16Array.from(numbers) : numbers;
  return {
    activation: 'tanh',
    layers: layers.map(({ inputs, outputs, width, weights, bias }) => {
      const tight = Float32Array.from(
        { length: inputs * outputs },
        (_, i) => weights[Math.floor(i / outputs) * width + (i % outputs)]!,
      );
      return {
        weights: toNdArray(stored(tight), [inputs, outputs]),
        bias: toNdArray(stored(bias.subarray(0, outputs)), [outputs]),
      };
    }),
  };
}

interface LayerArrays {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

function readLayers(plain: Plain | undefined, where: string): LayerArrays[] {
  const { activation, layers } = recordOf(plain, where);
  if (activation !== 'tanh' || !Array.isArray(layers)) throw invalid(where, 'is no network of tanh layers');
  return layers.map((layer: Plain, l) => {
    const here = `${where}.layers[${l}]`;
    const stored = recordOf(layer, here);
    const bias = readNumbers(stored.bias, `${here}.bias`, [-1]);
    const weights = readNumbers(stored.weights, `${here}.weights`, [-1, bias.length]);
    if (![...weights, ...bias].every(Number.isFinite))
      throw invalid(here, 'holds a weight that is no finite number');
    return { weights, bias };
  });
}

/** float16 widens to float32 without loss. */
function readNumbers(plain: Plain | undefined, where: string, shape: readonly number[]): Float32Array {
  return recordOf(plain, where).dtype === 'float16'
    ? Float32Array.from(fromNdArray(plain, 'float16', where, shape))
    : fromNdArray(plain, 'float32', where, shape);
}

function fill(mlp: Mlp, arrays: readonly LayerArrays[], where: string): void {
  mlp.layers.forEach((layer, l) => {
    const { weights, bias } = arrays[l]!;
    if (weights.length !== layer.inputs * layer.outputs)
      throw invalid(
        `${where}.layers[${l}]`,
        `has ${weights.length} weights, expected ${layer.inputs} × ${layer.outputs}`,
      );
    layer.bias.set(bias);
    for (let i = 0; i < layer.inputs; i++)
      layer.weights.set(weights.subarray(i * layer.outputs, (i + 1) * layer.outputs), i * layer.width);
  });
}

const sameNames = (found: Plain | undefined, expected: readonly (string | number)[]): boolean =>
  Array.isArray(found) && found.length === expected.length && expected.every((name, i) => found[i] === name);

/**
 * Parameters as they will be stored: to be rounded before anything is evaluated, so that what is evaluated is
 * what is stored.
 * @throws StrategyError DIVERGED when one is too large for float16.
 */
export function roundWeights(parameters: Float32Array, weights: RlSettings['weights']): Float32Array {
  if (weights === 'float32') return parameters;
  const rounded = parameters.map((x) => Math.f16round(x));
  if (rounded.every(Number.isFinite)) return rounded;
  throw new StrategyError(
    'DIVERGED',
    'rl: a weight grew beyond 65,504, which float16 can’t hold; ' +
      'lower learning_rate or store weights as float32',
  );
}

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
  const stored = recordOf(plain, where);
  const moments = recordOf(stored.moments, `${where}.moments`);
  const streams = recordOf(stored.streams, `${where}.streams`);
  const { agent } = learning;
  const read = (value: Plain | undefined, name: string): Float32Array =>
    readFlat(value, `${where}.${name}`, agent.parameters.length);
  agent.parameters.set(read(stored.parameters, 'parameters'));
  agent.moments.mean.set(read(moments.mean, 'moments.mean'));
  agent.moments.variance.set(read(moments.variance, 'moments.variance'));
  agent.moments.steps = integerOf(moments.steps, 0, Number.MAX_SAFE_INTEGER, `${where}.moments.steps`);
  learning.update = integerOf(stored.update, 0, updates, `${where}.update`);
  learning.best = bestFromPlain(stored.best, `${where}.best`, agent.parameters.length);
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
  const { parameters, update, validation } = recordOf(plain, where);
  if (validation !== null && (typeof validation !== 'number' || !Number.isFinite(validation)))
    throw invalid(`${where}.validation`, 'is neither a finite number nor null');
  return {
    parameters: readFlat(parameters, `${where}.parameters`, count),
    update: integerOf(update, 0, Number.MAX_SAFE_INTEGER, `${where}.update`),
    validation: validation ?? Number.NEGATIVE_INFINITY,
  };
}

function readFlat(value: Plain | undefined, where: string, count: number): Float32Array {
  const array = fromNdArray(value, 'float32', where, [count]);
  if (!array.every(Number.isFinite)) throw invalid(where, 'holds what is no finite number');
  return array;
}
