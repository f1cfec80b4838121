import { lstmSettings } from '@ml-training/sdk';
import { StrategyError } from '../errors.ts';
import { auc } from '../evaluation/metrics.ts';
import { accuracyOf, lossName, meanLoss } from '../losses.ts';
import { fromNdArray, toNdArray } from '../ndarray.ts';
import { integerOf, invalid, recordOf } from '../plain.ts';
import type { Plain } from '../strategy.ts';
import { binary, targetFromPlain, targetToPlain } from '../target.ts';
import type { Labels, Target } from '../target.ts';
import {
  type Architecture,
  headOf,
  weightArrays,
  weightCount,
  type Weights,
  weightSpecs,
} from './architecture.ts';

const WHERE = 'model_state.lstm';

const MAX_FLOAT16 = 65_504;

/**
 * The model as `model_state.lstm` holds it: `{architecture, weights: [{name, dtype, shape, data}, …]}`, the
 * arrays in Keras's order and shapes.
 * @param precision what the weights are stored as; they must have been rounded to it before (see
 *   `roundToHalf`).
 */
export function modelToPlain(
  architecture: Architecture,
  weights: Weights,
  precision: 'float32' | 'float16' = 'float32',
): { readonly [key: string]: Plain } {
  const arrays = weightArrays(architecture, weights);
  return {
    architecture: {
      layers: `lstm, dense ${heads[headOf(architecture).task]}`,
      inputs: architecture.inputs,
      window: architecture.window,
      units: [...architecture.units],
      gate_order: 'input, forget, cell, output',
      ...(architecture.skip === true ? { skip: true } : {}),
    },
    ...targetToPlain(headOf(architecture)),
    weights: weightSpecs(architecture).map(({ name, shape }, i) => ({
      name,
      ...toNdArray(precision === 'float16' ? Float16Array.from(arrays[i]!) : arrays[i]!, shape),
    })),
  };
}

const heads = { binary: 'sigmoid', multiclass: 'softmax', regression: 'linear' };

/** What a regression's labels are measured by: mean and deviation of the training rows'. */
export interface LabelScale {
  readonly mean: number;
  readonly scale: number;
}

/** As a state holds it. */
export const labelScaleToPlain = ({ mean, scale }: LabelScale): Plain => ({ mean, scale });

/** @throws StrategyError INVALID_MODEL */
export function labelScaleFromPlain(state: Plain | undefined, target: Target): LabelScale {
  if (target.task !== 'regression') return { mean: 0, scale: 1 };
  const { mean, scale } = recordOf(recordOf(state, WHERE).label_scale, `${WHERE}.label_scale`);
  if (typeof mean !== 'number' || typeof scale !== 'number' || !Number.isFinite(mean) || !(scale > 0))
    throw invalid(`${WHERE}.label_scale`, 'has no mean or no scale above 0');
  return { mean, scale };
}

/**
 * Reads what `modelToPlain` wrote.
 * @param inputs features a time step that this version computes.
 * @throws StrategyError INVALID_MODEL when a part is missing, of another shape or not finite.
 */
export function modelFromPlain(
  plain: Plain | undefined,
  inputs: number,
): { architecture: Architecture; weights: Weights } {
  const model = recordOf(plain, WHERE);
  // What training would not make isn't read either, which bounds what a file can have this process allocate.
  const { layers, units: sizes, window } = lstmSettings;
  const stored = recordOf(model.architecture, `${WHERE}.architecture`);
  const units = stored.units;
  if (!Array.isArray(units) || units.length < 1 || units.length > layers.max)
    throw invalid(`${WHERE}.architecture.units`, `is no list of 1 to ${layers.max} layer sizes`);
  const target = targetFromPlain(model.target, WHERE);
  if (stored.skip !== undefined && typeof stored.skip !== 'boolean')
    throw invalid(`${WHERE}.architecture.skip`, 'is neither true nor false');
  const architecture: Architecture = {
    ...(stored.skip === true ? { skip: true } : {}),
    ...(target.task === 'binary' ? {} : { target }),
    inputs: integerOf(stored.inputs, inputs, inputs, `${WHERE}.architecture.inputs`),
    window: integerOf(stored.window, window.min, window.max, `${WHERE}.architecture.window`),
    units: units.map((size: Plain, i) =>
      integerOf(size, sizes.min, sizes.max, `${WHERE}.architecture.units[${i}]`),
    ),
  };

  const specs = weightSpecs(architecture);
  const list = model.weights;
  if (!Array.isArray(list) || list.length !== specs.length)
    throw invalid(`${WHERE}.weights`, `is no list of ${specs.length} arrays`);
  const weights = new Float32Array(weightCount(architecture));
  const arrays = weightArrays(architecture, weights);
  specs.forEach(({ name, shape }, i) => {
    const where = `${WHERE}.weights[${i}]`;
    const entry = recordOf(list[i] as Plain, where);
    if (entry.name !== name) throw invalid(where, `is not named ${name}`);
    const dtype = entry.dtype === 'float16' ? 'float16' : 'float32';
    const values = fromNdArray(entry, dtype, where, shape);
    if (!values.every(Number.isFinite)) throw invalid(where, `(${name}) holds a value that is not finite`);
    arrays[i]!.set(values);
  });
  return { architecture, weights };
}

/**
 * The weights as half precision keeps them (11 significant bits), to the nearest.
 * @throws StrategyError INVALID_PARAMS when one is too large for it.
 */
export function roundToHalf(weights: Weights): Weights {
  const rounded = Float32Array.from(Float16Array.from(weights));
  const k = rounded.findIndex((w) => !Number.isFinite(w));
  if (k !== -1)
    throw new StrategyError(
      'INVALID_PARAMS',
      `lstm: a trained weight is ${weights[k]}, but float16 ends at ${MAX_FLOAT16}; ` +
        'set weights to float32, or lower learning_rate',
    );
  return rounded;
}

/** What rounding the weights did to the scores on the same rows: those after it less those before. */
export function scoreChanges(
  before: Float64Array,
  after: Float64Array,
  labels: Labels,
  target: Target = binary,
): { readonly [name: string]: Plain } {
  const loss = {
    [`${lossName(target)}_change`]: meanLoss(target, after, labels) - meanLoss(target, before, labels),
  };
  if (target.task === 'regression') return loss;
  const accuracy_change = accuracyOf(target, after, labels) - accuracyOf(target, before, labels);
  if (target.task === 'multiclass') return { ...loss, accuracy_change };
  const classes = Uint8Array.from(labels);
  const [aucBefore, aucAfter] = [auc(before, classes), auc(after, classes)];
  return {
    ...loss,
    accuracy_change,
    auc_change: aucBefore === null || aucAfter === null ? null : aucAfter - aucBefore,
  };
}
