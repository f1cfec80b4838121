export { isAlive } from './alive.ts';
export { NativeError, type NativeErrorCode } from './errors.ts';
export { fetchWheelMember, type WheelMember } from './wheel.ts';
export { setupNative, type Runtime } from './setup.ts';
export { status, type RuntimeStatus } from './status.ts';
export { loadTensorFlow, type TensorFlow } from './tensorflow/load.ts';
/** Types of tensors, variables, optimizers…: `tf.Tensor2D`; the values come from `loadTensorFlow`. */
export type * as tf from '@tensorflow/tfjs-node';
export { loadLightGbm, type LightGbm } from './lightgbm/lightgbm.ts';
export type { Booster, PredictOptions } from './lightgbm/booster.ts';
export type { Dataset, DatasetFields, Matrix } from './lightgbm/dataset.ts';
export type { LightGbmParams } from './lightgbm/params.ts';
export { loadOpenBlas } from './openblas/openblas.ts';
export type { OpenBlas } from './openblas/library.ts';
