import { StrategyError } from '../errors.ts';
import { fromNdArray, toNdArray } from '../ndarray.ts';
import type { Plain } from '../strategy.ts';
import { type Architecture, type Weights, weightSpecs } from './architecture.ts';
import { lstmSettings } from './settings.ts';

const WHERE = 'model_state.lstm';

/**
 * The model as `model_state.lstm` holds it: `{architecture, weights: [{name, dtype, shape, data}, …]}`, the arrays
 * in Keras's order and shapes.
 */
export function modelToPlain(
  architecture: Architecture,
  weights: Weights,
): { readonly [key: string]: Plain } {
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
      ...toNdArray(weights[i]!, shape),
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
  const weights = specs.map(({ name, shape }, i) => {
    const where = `${WHERE}.weights[${i}]`;
    const entry = recordOf(list[i] as Plain, where);
    if (entry.name !== name) throw invalid(where, `is not named ${name}`);
    const values = fromNdArray(entry, 'float32', where, shape);
    if (!values.every(Number.isFinite)) throw invalid(where, `(${name}) holds a value that is not finite`);
    return values;
  });
  return { architecture, weights };
}

function recordOf(plain: Plain | undefined, where: string): { readonly [key: string]: Plain } {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain) || plain instanceof Uint8Array)
    throw invalid(where, 'is missing or no dictionary');
  // Neither null, list nor bytes: of Plain only the dictionary is left, which Array.isArray can't tell of readonly lists.
  return plain as { readonly [key: string]: Plain };
}

function integerOf(plain: Plain | undefined, min: number, max: number, where: string): number {
  if (typeof plain !== 'number' || !Number.isInteger(plain) || plain < min || plain > max)
    throw invalid(
      where,
      `is ${JSON.stringify(plain)}, expected ${min === max ? min : `a whole number from ${min} to ${max}`}`,
    );
  return plain;
}

function invalid(where: string, what: string): StrategyError {
  return new StrategyError('INVALID_MODEL', `${where} ${what}; retrain the model or fetch the file again`);
}
