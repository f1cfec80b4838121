import { NativeError } from '../errors.ts';
import { checkMatrix, type Dataset, FLOAT32, FLOAT64, type Matrix } from './dataset.ts';
import type { FunctionName, Library } from './library.ts';

export interface PredictOptions {
  /**
   * `raw`: before the objective's link, log odds for a binary one. `contrib`: what each feature adds to that
   * (TreeSHAP), one number a feature and, last, what there is without any. Both are sums over the trees, also
   * of a forest, whose answer is their mean. Default `normal`: probabilities.
   */
  readonly type?: 'normal' | 'raw' | 'contrib';
  /** Use only this many first iterations; all unless given. */
  readonly numIteration?: number;
}

const PREDICT_TYPE = { normal: 0, raw: 1, contrib: 3 };
const IMPORTANCE_TYPE = { split: 0, gain: 1 };
const ALL_ITERATIONS = -1;
const NAME_BYTES = 256;
const FEW_ROWS = 1024;

/** A tree model inside LightGBM, in training or loaded. Every method throws NativeError once it is freed. */
export class Booster implements Disposable {
  readonly #library: Library;
  #handle: unknown;
  /** What it trains on and is judged on; index 0 is the training data. */
  readonly #datasets: readonly Dataset[];
  #evalNames: readonly string[] | null = null;
  /** LightGBM's own preparation for single rows, which holds for the trees there are now. */
  #rowConfig: unknown = null;

  /** Takes over a handle of LightGBM, and a share of the datasets it points to. */
  constructor(library: Library, handle: unknown, datasets: readonly Dataset[]) {
    this.#library = library;
    this.#handle = handle;
    this.#datasets = datasets;
    for (const dataset of datasets) dataset.retain();
  }

  /** LightGBM's own handle. */
  get handle(): unknown {
    if (this.#handle === null) throw new NativeError('LIGHTGBM_FAILED', 'this booster has been freed');
    return this.#handle;
  }

  get numFeatures(): number {
    return this.#number('LGBM_BoosterGetNumFeature');
  }

  /** Iterations trained so far, those it was continued from included. */
  get numIterations(): number {
    return this.#number('LGBM_BoosterGetCurrentIteration');
  }

  /** Trees an iteration: 1, or the number of classes. */
  get treesPerIteration(): number {
    return this.#number('LGBM_BoosterNumModelPerIteration');
  }

  /** One boosting iteration. @returns false when no tree could be grown any more */
  updateOneIter(): boolean {
    this.#forgetRows();
    return this.#number('LGBM_BoosterUpdateOneIter') === 0;
  }

  /** Takes the last iteration back. */
  rollbackOneIter(): void {
    this.#forgetRows();
    this.#library.call('LGBM_BoosterRollbackOneIter', this.handle);
  }

  /**
   * The metrics named in the parameters, by name.
   *
   * @param index 0: on the training data; n: on the nth validation set
   */
  getEval(index: number): Record<string, number> {
    const names = (this.#evalNames ??= this.#readEvalNames());
    const values = new Float64Array(names.length);
    if (!Number.isInteger(index) || index < 0 || index >= this.#datasets.length)
      throw new NativeError('LIGHTGBM_FAILED', `no data set ${index}, there are ${this.#datasets.length}`);
    this.#library.call('LGBM_BoosterGetEval', this.handle, index, [0], values);
    return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
  }

  /**
   * Predicts rows as wide as the training data was.
   *
   * @returns one number a row; with more classes, a row's classes side by side; of `contrib` as many numbers
   *   for each of them as there are columns, and one more
   */
  predict(matrix: Matrix, options: PredictOptions = {}): Float64Array {
    checkMatrix(matrix);
    const { data, rows, cols } = matrix;
    if (cols !== this.numFeatures)
      throw new NativeError('LIGHTGBM_FAILED', `${cols} columns for a model of ${this.numFeatures} features`);
    const each = options.type === 'contrib' ? cols + 1 : 1;
    const result = new Float64Array(rows * this.treesPerIteration * each);
    const length: [number] = [0];
    const type = data instanceof Float32Array ? FLOAT32 : FLOAT64;
    const how = PREDICT_TYPE[options.type ?? 'normal'];
    const iterations = options.numIteration ?? ALL_ITERATIONS;
    // A second thread for a handful of rows costs more than it does.
    const params = rows < FEW_ROWS ? 'verbosity=-1 num_threads=1' : 'verbosity=-1';
    const where = [data, type, rows, cols, 1, how, 0, iterations, params];
    this.#library.call('LGBM_BoosterPredictForMat', this.handle, ...where, length, result);
    return result;
  }

  /**
   * Predicts one row by one thread, to the bit as `predict`
   * does; what LightGBM prepares for it the first time is kept.
   *
   * @returns one number; with more classes, one a class
   */
  predictRow(row: Float64Array): Float64Array {
    if (row.length !== this.numFeatures)
      throw new NativeError(
        'LIGHTGBM_FAILED',
        `a row of ${row.length} columns for a model of ${this.numFeatures} features`,
      );
    this.#rowConfig ??= this.#prepareRows();
    const result = new Float64Array(this.treesPerIteration);
    this.#library.call('LGBM_BoosterPredictForMatSingleRowFast', this.#rowConfig, row, [0], result);
    return result;
  }

  /**
   * How much each feature counts, in the order of the columns.
   *
   * @param type `gain`: what its splits took off the loss; `split`: how many there are
   * @param numIteration only the first ones, as after early stopping; all unless given
   */
  featureImportance(type: 'gain' | 'split' = 'gain', numIteration: number = ALL_ITERATIONS): Float64Array {
    const result = new Float64Array(this.numFeatures);
    const kind = IMPORTANCE_TYPE[type];
    this.#library.call('LGBM_BoosterFeatureImportance', this.handle, numIteration, kind, result);
    return result;
  }

  /**
   * The model as LightGBM's text, which Python's `lightgbm.Booster(model_str=…)` reads too.
   *
   * @param numIteration only the first ones, as after early stopping; all unless given
   */
  saveModelToString(numIteration: number = ALL_ITERATIONS): string {
    const save = (buffer: Buffer): number => {
      const length: [number] = [0];
      const where = [0, numIteration, IMPORTANCE_TYPE.split, buffer.length, length, buffer];
      this.#library.call('LGBM_BoosterSaveModelToString', this.handle, ...where);
      return length[0];
    };
    let buffer = Buffer.alloc(1 << 20);
    const length = save(buffer);
    if (length > buffer.length) {
      buffer = Buffer.alloc(length);
      save(buffer);
    }
    // Without C's closing zero.
    return buffer.toString('utf8', 0, length - 1);
  }

  /** Gives the memory back; doing it twice does nothing. */
  free(): void {
    if (this.#handle === null) return;
    this.#forgetRows();
    this.#library.call('LGBM_BoosterFree', this.#handle);
    this.#handle = null;
    for (const dataset of this.#datasets) dataset.release();
  }

  [Symbol.dispose](): void {
    this.free();
  }

  #prepareRows(): unknown {
    const out: [unknown] = [null];
    const how = [PREDICT_TYPE.normal, 0, ALL_ITERATIONS, FLOAT64, this.numFeatures];
    const params = 'verbosity=-1 num_threads=1';
    this.#library.call('LGBM_BoosterPredictForMatSingleRowFastInit', this.handle, ...how, params, out);
    return out[0];
  }

  #forgetRows(): void {
    if (this.#rowConfig === null) return;
    this.#library.call('LGBM_FastConfigFree', this.#rowConfig);
    this.#rowConfig = null;
  }

  #readEvalNames(): string[] {
    const buffers = Array.from({ length: this.#number('LGBM_BoosterGetEvalCounts') }, () =>
      Buffer.alloc(NAME_BYTES),
    );
    const where = [buffers.length, [0], NAME_BYTES, [0], buffers];
    this.#library.call('LGBM_BoosterGetEvalNames', this.handle, ...where);
    return buffers.map((buffer) => buffer.toString('utf8', 0, buffer.indexOf(0)));
  }

  /** The number that a function of the booster alone gives back. */
  #number(name: FunctionName): number {
    const out: [number] = [0];
    this.#library.call(name, this.handle, out);
    return out[0];
  }
}
