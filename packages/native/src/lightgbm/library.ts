import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { NativeError } from '../errors.ts';

/**
 * The functions of LightGBM's C API (include/LightGBM/c_api.h of version 4.7) that are used here. Handles are
 * `void *`; a handle, number or length that a function gives back is written into an array of one. Named C
 * types would be registered once a process, and a second load of this module would clash with them.
 */
const SIGNATURES = {
  LGBM_SetMaxThreads: ['int'],
  LGBM_DumpParamAliases: ['int64_t', '_Out_ int64_t *', 'void *'],
  LGBM_DatasetCreateFromMat: ['void *', 'int', 'int32_t', 'int32_t', 'int', 'str', 'void *', '_Out_ void **'],
  LGBM_DatasetSetField: ['void *', 'str', 'void *', 'int', 'int'],
  LGBM_DatasetSetFeatureNames: ['void *', 'const char **', 'int'],
  LGBM_DatasetFree: ['void *'],
  LGBM_BoosterCreate: ['void *', 'str', '_Out_ void **'],
  LGBM_BoosterLoadModelFromString: ['str', '_Out_ int *', '_Out_ void **'],
  LGBM_BoosterFree: ['void *'],
  LGBM_BoosterMerge: ['void *', 'void *'],
  LGBM_BoosterAddValidData: ['void *', 'void *'],
  LGBM_BoosterUpdateOneIter: ['void *', '_Out_ int *'],
  LGBM_BoosterRollbackOneIter: ['void *'],
  LGBM_BoosterGetCurrentIteration: ['void *', '_Out_ int *'],
  LGBM_BoosterNumModelPerIteration: ['void *', '_Out_ int *'],
  LGBM_BoosterGetNumFeature: ['void *', '_Out_ int *'],
  LGBM_BoosterGetEvalCounts: ['void *', '_Out_ int *'],
  LGBM_BoosterGetEvalNames: ['void *', 'int', '_Out_ int *', 'size_t', '_Out_ size_t *', 'void **'],
  LGBM_BoosterGetEval: ['void *', 'int', '_Out_ int *', 'void *'],
  LGBM_BoosterFeatureImportance: ['void *', 'int', 'int', 'void *'],
  LGBM_BoosterSaveModelToString: ['void *', 'int', 'int', 'int', 'int64_t', '_Out_ int64_t *', 'void *'],
  LGBM_BoosterPredictForMat: [
    ...['void *', 'void *', 'int', 'int32_t', 'int32_t', 'int', 'int', 'int', 'int', 'str'],
    ...['_Out_ int64_t *', 'void *'],
  ],
  LGBM_BoosterPredictForMatSingleRowFastInit: [
    ...['void *', 'int', 'int', 'int', 'int', 'int32_t', 'str', '_Out_ void **'],
  ],
  LGBM_BoosterPredictForMatSingleRowFast: ['void *', 'void *', '_Out_ int64_t *', 'void *'],
  LGBM_FastConfigFree: ['void *'],
} as const;

export type FunctionName = keyof typeof SIGNATURES;

/** LightGBM's functions; each throws what LightGBM says instead of returning a code. */
export interface Library {
  /** @throws NativeError LIGHTGBM_FAILED with LightGBM's own message */
  call(name: FunctionName, ...args: readonly unknown[]): void;
}

/** Loads the shared library. @throws Error of the dynamic loader, naming what it misses */
export function openLibrary(path: string): Library {
  // Only here, so that whoever needs no trees doesn't need koffi's addon either.
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  const library = koffi.load(path);
  const lastError = library.func('LGBM_GetLastError', 'str', []);
  const functions = new Map(
    Object.entries(SIGNATURES).map(([name, args]) => [name, library.func(name, 'int', [...args])]),
  );
  return {
    call(name, ...args) {
      if (functions.get(name)!(...args) === 0) return;
      throw new NativeError('LIGHTGBM_FAILED', `LightGBM: ${String(lastError())} (${name})`);
    },
  };
}
