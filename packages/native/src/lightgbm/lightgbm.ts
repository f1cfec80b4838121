import { Booster } from './booster.ts';
import { Dataset, type DatasetFields, type Matrix } from './dataset.ts';
import { LIGHTGBM_VERSION, lightGbmPath, openLightGbm } from './install.ts';
import type { Library } from './library.ts';
import { checkModelText } from './model-text.ts';
import { formatParams, type LightGbmParams } from './params.ts';

export interface LightGbm {
  readonly version: string;
  /**
   * Copies and bins a matrix.
   *
   * @param params those of LightGBM's that concern datasets
   *   (max_bin, min_data_in_bin…); give what the booster gets
   * @throws NativeError LIGHTGBM_FAILED
   */
  createDataset(matrix: Matrix, fields: DatasetFields, params?: LightGbmParams): Dataset;
  /**
   * A model that `updateOneIter` trains; what it is judged on comes with it.
   *
   * @param options.initModel a model whose trees come first; every dataset then needs, as
   *   `initScore`, that model's raw predictions
   * @throws NativeError LIGHTGBM_FAILED
   */
  createBooster(
    train: Dataset,
    params: LightGbmParams,
    options?: { readonly validation?: readonly Dataset[]; readonly initModel?: Booster },
  ): Booster;
  /**
   * The model of a text that `saveModelToString` or Python's lightgbm wrote.
   * @throws NativeError LIGHTGBM_FAILED
   */
  loadModelFromString(text: string): Booster;
}

let loaded: { library: Library; parameters: ReadonlySet<string> } | undefined;

/**
 * LightGBM, loaded once a process. Calls are synchronous; an iteration is the longest of them.
 *
 * @param options.threads most threads any call uses; OpenMP's choice unless given
 * @throws NativeError LIGHTGBM_MISSING saying what to do
 */
export function loadLightGbm(options: { readonly threads?: number } = {}): LightGbm {
  loaded ??= open();
  const { library, parameters } = loaded;
  if (options.threads !== undefined) library.call('LGBM_SetMaxThreads', options.threads);
  return {
    version: LIGHTGBM_VERSION,
    createDataset: (matrix, fields, params = {}) =>
      new Dataset(library, matrix, fields, formatParams(params, parameters)),
    createBooster(train, params, { validation = [], initModel } = {}) {
      const out: [unknown] = [null];
      library.call('LGBM_BoosterCreate', train.handle, formatParams(params, parameters), out);
      const booster = new Booster(library, out[0], [train, ...validation]);
      try {
        if (initModel) library.call('LGBM_BoosterMerge', booster.handle, initModel.handle);
        for (const { handle } of validation) library.call('LGBM_BoosterAddValidData', booster.handle, handle);
        return booster;
      } catch (error) {
        booster.free();
        throw error;
      }
    },
    loadModelFromString(text) {
      checkModelText(text);
      const out: [unknown] = [null];
      library.call('LGBM_BoosterLoadModelFromString', text, [0], out);
      return new Booster(library, out[0], []);
    },
  };
}

/**
 * OpenMP reads this when LightGBM brings it in. By default its threads spin while they wait, which starves
 * every other process once there are more threads than cores: 100 rounds on 8,000 × 30 with two threads on
 * two busy cores took 2,300–3,700 ms, and 470 ms with threads that sleep.
 */
function setEnvironment(): void {
  process.env['OMP_WAIT_POLICY'] = 'PASSIVE';
}

function open(): { library: Library; parameters: ReadonlySet<string> } {
  setEnvironment();
  const library = openLightGbm(lightGbmPath());
  const buffer = Buffer.alloc(1 << 20);
  const length: [number] = [0];
  library.call('LGBM_DumpParamAliases', buffer.length, length, buffer);
  // LightGBM's own table, name to aliases.
  const table = JSON.parse(buffer.toString('utf8', 0, length[0] - 1)) as Record<string, string[]>;
  return { library, parameters: new Set([...Object.keys(table), ...Object.values(table).flat()]) };
}
