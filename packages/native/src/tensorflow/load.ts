import { createRequire } from 'node:module';
import type * as tfjs from '@tensorflow/tfjs-node';
import { NativeError } from '../errors.ts';
import { SETUP_COMMAND } from '../paths.ts';

/** What `loadTensorFlow` resolves to; types within it are those of the exported `tf` namespace. */
export type TensorFlow = typeof tfjs;

let loaded: TensorFlow | undefined;

/**
 * TensorFlow under tfjs's interface, loaded once a process: half a second and 220 MB.
 *
 * @param options.threads size of TensorFlow's pool. The library reads it once, so a process's first call
 *   decides, and it must come from the main thread (a worker's environment isn't the process's).
 * @throws NativeError TENSORFLOW_MISSING saying what to do
 */
export async function loadTensorFlow(options: { readonly threads: number }): Promise<TensorFlow> {
  return (loaded ??= load(options.threads));
}

function load(threads: number): TensorFlow {
  setEnvironment(threads);
  try {
    return createRequire(import.meta.url)('@tensorflow/tfjs-node') as TensorFlow;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0]! : String(error);
    throw new NativeError(
      'TENSORFLOW_MISSING',
      `TensorFlow doesn't load: ${why}; run: ${SETUP_COMMAND} --only tensorflow`,
      { cause: error },
    );
  }
}

/**
 * What TensorFlow's C++ side reads when it starts. Measured with tensorflow-cpu 2.15.1 under tfjs-node: with
 * one intra-op thread all work is on the calling thread, with n on n others; OMP_NUM_THREADS has no effect.
 */
function setEnvironment(threads: number): void {
  process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
  // tfjs runs one op after the other.
  process.env['TF_NUM_INTEROP_THREADS'] = '1';
  // Kernels that can't repeat themselves bit by bit fail instead.
  process.env['TF_DETERMINISTIC_OPS'] = '1';
  // Errors only: no lines on CPU features and oneDNN.
  process.env['TF_CPP_MIN_LOG_LEVEL'] = '2';
}
