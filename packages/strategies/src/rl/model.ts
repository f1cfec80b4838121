import { StrategyError } from '../errors.ts';
import { fromNdArray, toNdArray } from '../ndarray.ts';
import type { Plain } from '../strategy.ts';
import { isRecord, type PlainRecord } from './damaged.ts';
import { actionSpace } from './environment.ts';
import { createActorCritic, type ActorCritic, type Mlp } from './network.ts';
import { accountColumns, observationSize } from './observation.ts';
import type { RlSettings } from '@ml-training/sdk';

/** Most rows that a loaded agent takes in one pass: a prediction goes row by row. */
const LOADED_CAPACITY = 1;

/**
 * An agent as `model_state.rl` holds it: of both networks the layers' weights [inputs, outputs] and bias [outputs], tanh
 * between them, and what an observation is made of.
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
 * @throws StrategyError INVALID_MODEL when it is no such agent or observes anything but `featureNames` over `window` bars.
 */
export function agentFromPlain(
  plain: Plain | undefined,
  featureNames: readonly string[],
  window: number,
): { readonly agent: ActorCritic; readonly returnUnit: number } {
  if (!isRecord(plain) || plain.kind !== 'ppo') throw invalid('model_state.rl is not of kind "ppo"');
  const { observation, action_space: actions, policy, value } = plain;
  if (!isRecord(observation) || !sameNames(observation.feature_names, featureNames))
    throw invalid('the agent was trained on other features than this version computes');
  if (observation.window !== window)
    throw invalid(`model_state.rl.observation.window is not the ${window} of the model's params`);
  if (!sameNames(observation.account, accountColumns) || !sameNames(actions, actionSpace))
    throw invalid(`the agent's observation or actions are not this version's`);
  const returnUnit = observation.return_unit;
  if (typeof returnUnit !== 'number' || !(returnUnit > 0 && returnUnit < Infinity))
    throw invalid('model_state.rl.observation.return_unit is no number above 0');
  const policyLayers = readLayers(policy, 'model_state.rl.policy');
  const valueLayers = readLayers(value, 'model_state.rl.value');
  const inputs = observationSize(window, featureNames.length);
  const sizes = [inputs, ...policyLayers.map(({ bias }) => bias.length)];
  const valueSizes = [inputs, ...valueLayers.map(({ bias }) => bias.length)];
  if (sizes.at(-1) !== actionSpace.length || !sameNames(valueSizes, [...sizes.slice(0, -1), 1]))
    throw invalid(`the agent's networks have sizes ${sizes.join('-')} and ${valueSizes.join('-')}`);
  const agent = createActorCritic(sizes, LOADED_CAPACITY);
  fill(agent.policy, policyLayers);
  fill(agent.value, valueLayers);
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
  if (!isRecord(plain) || plain.activation !== 'tanh' || !Array.isArray(plain.layers))
    throw invalid(`${where} is no network of tanh layers`);
  const layers: readonly Plain[] = plain.layers;
  return layers.map((layer, l) => {
    if (!isRecord(layer)) throw invalid(`${where}.layers[${l}] is no layer`);
    const bias = readNumbers(layer.bias, `${where}.layers[${l}].bias`, [-1]);
    const weights = readNumbers(layer.weights, `${where}.layers[${l}].weights`, [-1, bias.length]);
    if (![...weights, ...bias].every(Number.isFinite))
      throw invalid(`${where}.layers[${l}] holds a weight that is no finite number`);
    return { weights, bias };
  });
}

/** float16 widens to float32 without loss. */
function readNumbers(plain: Plain | undefined, where: string, shape: readonly number[]): Float32Array {
  return isRecord(plain) && plain.dtype === 'float16'
    ? Float32Array.from(fromNdArray(plain, 'float16', where, shape))
    : fromNdArray(plain, 'float32', where, shape);
}

function fill(mlp: Mlp, arrays: readonly LayerArrays[]): void {
  mlp.layers.forEach((layer, l) => {
    const { weights, bias } = arrays[l]!;
    if (weights.length !== layer.inputs * layer.outputs)
      throw invalid(`layer ${l} has ${weights.length} weights, expected ${layer.inputs} × ${layer.outputs}`);
    layer.bias.set(bias);
    for (let i = 0; i < layer.inputs; i++)
      layer.weights.set(weights.subarray(i * layer.outputs, (i + 1) * layer.outputs), i * layer.width);
  });
}

const sameNames = (found: Plain | undefined, expected: readonly (string | number)[]): boolean =>
  Array.isArray(found) && found.length === expected.length && expected.every((name, i) => found[i] === name);

const invalid = (what: string): StrategyError =>
  new StrategyError('INVALID_MODEL', `${what}; retrain the model or load it with the version that wrote it`);
