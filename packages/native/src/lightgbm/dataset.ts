import { NativeError } from '../errors.ts';
import type { Library } from './library.ts';

/** Rows × columns, row after row; NaN is a missing value. */
export interface Matrix {
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly cols: number;
}

export interface DatasetFields {
  /** What is learnt, one a row: 0 or 1 for a binary objective. */
  readonly label: Float32Array;
  /** Weight of each row. */
  readonly weight?: Float32Array;
  /**
   * Raw score boosting starts from, one a row (and class,
   * class after class): a former model's raw prediction.
   */
  readonly initScore?: Float64Array;
  readonly featureNames?: readonly string[];
  /** The data whose bins are used: a validation set must be binned as its training set. */
  readonly reference?: Dataset;
}

/** C_API_DTYPE_… of c_api.h. */
export const FLOAT32 = 0;
export const FLOAT64 = 1;

/**
 * @throws NativeError LIGHTGBM_FAILED unless `data` holds
 *   exactly rows × cols numbers: LightGBM would read on.
 */
export function checkMatrix({ data, rows, cols }: Matrix): void {
  if (Number.isInteger(rows) && Number.isInteger(cols) && rows > 0 && cols > 0 && data.length === rows * cols)
    return;
  const problem = `a matrix of ${rows} × ${cols} can't have ${data.length} numbers`;
  throw new NativeError('LIGHTGBM_FAILED', problem);
}

/**
 * Binned training or validation data inside LightGBM; the arrays it was made of are copied.
 * Freed by `free`, and no sooner than the last booster that was made with it.
 */
export class Dataset implements Disposable {
  readonly rows: number;
  readonly cols: number;
  readonly #library: Library;
  readonly #handle: unknown;
  #freed = false;
  #users = 1;

  constructor(library: Library, matrix: Matrix, fields: DatasetFields, params: string) {
    checkMatrix(matrix);
    const { data, rows, cols } = matrix;
    const out: [unknown] = [null];
    const type = data instanceof Float32Array ? FLOAT32 : FLOAT64;
    const reference = fields.reference?.handle ?? null;
    library.call('LGBM_DatasetCreateFromMat', data, type, rows, cols, 1, params, reference, out);
    this.#library = library;
    this.#handle = out[0];
    this.rows = rows;
    this.cols = cols;
    try {
      this.#setField('label', fields.label, FLOAT32);
      if (fields.weight !== undefined) this.#setField('weight', fields.weight, FLOAT32);
      if (fields.initScore !== undefined) this.#setField('init_score', fields.initScore, FLOAT64);
      if (fields.featureNames !== undefined) this.#setFeatureNames(fields.featureNames);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /** LightGBM's own handle. @throws NativeError once freed */
  get handle(): unknown {
    if (this.#freed) throw new NativeError('LIGHTGBM_FAILED', 'this dataset has been freed');
    return this.#handle;
  }

  /** Gives the memory back; doing it twice does nothing. */
  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.release();
  }

  [Symbol.dispose](): void {
    this.free();
  }

  /** For boosters: LightGBM keeps a bare pointer to the data it trains on. */
  retain(): void {
    this.#users += 1;
  }

  release(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#library.call('LGBM_DatasetFree', this.#handle);
  }

  #setField(name: string, values: Float32Array | Float64Array, type: number): void {
    const perRow = values.length / this.rows;
    if (name === 'init_score' ? !Number.isInteger(perRow) || perRow === 0 : perRow !== 1)
      throw new NativeError('LIGHTGBM_FAILED', `${name} has ${values.length} values for ${this.rows} rows`);
    this.#library.call('LGBM_DatasetSetField', this.#handle, name, values, values.length, type);
  }

  #setFeatureNames(names: readonly string[]): void {
    if (names.length !== this.cols)
      throw new NativeError('LIGHTGBM_FAILED', `${names.length} feature names for ${this.cols} columns`);
    this.#library.call('LGBM_DatasetSetFeatureNames', this.#handle, [...names], names.length);
  }
}
