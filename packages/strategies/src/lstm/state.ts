import { lstmSettings } from '@ml-training/sdk';
import { StrategyError } from '../errors.ts';
import { accuracies, auc, logLoss } from '../evaluation/metrics.ts';
import { fromNdArray, toNdArray } from '../ndarray.ts';
import { integerOf, invalid, recordOf } from '../plain.ts';
import type { Plain } from '../strategy.ts';
import { type Architecture, weightArrays, weightCount, type Weights, weightSpecs } from './architecture.ts';

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
      layers: 'lstm, dense sigmoid',
      inputs: architecture.inputs,
      window: architecture.window,
      units: [...architecture.units],
      gate_order: 'input, forget, cell, output',
    },
    weights: weightSpecs(architecture).map(({ name, shape }, i) => ({
      name,
      ...toNdArray(precision === 'float16' ? Float16Array.from(arrays[i]!) : arrays[i]!, shape),
    })),
  };
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
  const architecture: Architecture = {
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
  labels: Uint8Array,
): { readonly [name: string]: Plain } {
  const [aucBefore, aucAfter] = [auc(before, labels), auc(after, labels)];
  return {
    log_loss_change: logLoss(after, labels) - logLoss(before, labels),
    accuracy_change: accuracies(after, labels).accuracy - accuracies(before, labels).accuracy,
    auc_change: aucBefore === null || aucAfter === null ? null : aucAfter - aucBefore,
  };
}
