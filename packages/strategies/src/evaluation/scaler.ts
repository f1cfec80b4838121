import { StrategyError } from '../errors.ts';
import { fromNdArray, toNdArray } from '../ndarray.ts';
import type { Plain, RowRange } from '../strategy.ts';

/** Standardises columns to mean 0 and standard deviation 1 of the rows it was fitted on. */
export interface Scaler {
  readonly kind: 'standard';
  /** One per column. */
  readonly mean: Float64Array;
  /**
   * Population standard deviation, one per column; 1 where the column didn't vary, which turns it into zeros.
   */
  readonly scale: Float64Array;
}

/**
 * Fits mean and standard deviation (two passes, population) on rows `range` of row-major `data` with `cols`
 * columns. Rows outside `range` are never read.
 */
export function fitScaler(data: Float64Array, cols: number, range: RowRange): Scaler {
  const rows = range.to - range.from;
  if (rows < 1) throw new RangeError(`a scaler needs at least one row, got [${range.from}, ${range.to})`);
  const mean = new Float64Array(cols);
  const scale = new Float64Array(cols);
  for (let r = range.from; r < range.to; r++) for (let c = 0; c < cols; c++) mean[c]! += data[r * cols + c]!;
  for (let c = 0; c < cols; c++) mean[c]! /= rows;
  for (let r = range.from; r < range.to; r++)
    for (let c = 0; c < cols; c++) scale[c]! += (data[r * cols + c]! - mean[c]!) ** 2 / rows;
  for (let c = 0; c < cols; c++) {
    const deviation = Math.sqrt(scale[c]!);
    // A constant column's computed deviation is rounding, not spread.
    scale[c] = deviation > 1e-12 * Math.max(1, Math.abs(mean[c]!)) ? deviation : 1;
  }
  return { kind: 'standard', mean, scale };
}

/** Row-major copy of `data` with (x − mean) / scale in each column; NaN stays NaN. */
export function applyScaler(scaler: Scaler, data: Float64Array): Float64Array {
  const { mean, scale } = scaler;
  const cols = mean.length;
  const scaled = new Float64Array(data.length);
  for (let i = 0, c = 0; i < data.length; i++) {
    scaled[i] = (data[i]! - mean[c]!) / scale[c]!;
    if (++c === cols) c = 0;
  }
  return scaled;
}

/** The scaler as `model_state.scaler` holds it, with the names of the columns in their order. */
export function scalerToPlain(
  scaler: Scaler,
  featureNames: readonly string[],
): { readonly [key: string]: Plain } {
  const shape = [scaler.mean.length];
  return {
    kind: scaler.kind,
    feature_names: [...featureNames],
    mean: toNdArray(scaler.mean, shape),
    scale: toNdArray(scaler.scale, shape),
  };
}

/**
 * Reads what `scalerToPlain` wrote.
 * @throws StrategyError INVALID_MODEL when it is no such scaler or was fitted on other features than
 *   `featureNames`.
 */
export function scalerFromPlain(plain: Plain | undefined, featureNames: readonly string[]): Scaler {
  if (typeof plain !== 'object' || plain === null || !('kind' in plain) || plain.kind !== 'standard')
    throw new StrategyError('INVALID_MODEL', 'model_state.scaler is not of kind "standard"');
  const names: unknown = plain.feature_names;
  const same =
    Array.isArray(names) &&
    names.length === featureNames.length &&
    featureNames.every((n, i) => n === names[i]);
  if (!same)
    throw new StrategyError(
      'INVALID_MODEL',
      `model_state.scaler was fitted on other features than this version computes; retrain the model`,
    );
  const shape = [featureNames.length];
  const mean = fromNdArray(plain.mean, 'float64', 'model_state.scaler.mean', shape);
  const scale = fromNdArray(plain.scale, 'float64', 'model_state.scaler.scale', shape);
  if (!mean.every(Number.isFinite) || !scale.every((s) => Number.isFinite(s) && s > 0))
    throw new StrategyError(
      'INVALID_MODEL',
      'model_state.scaler holds a mean or scale that is no usable number',
    );
  return { kind: 'standard', mean, scale };
}
