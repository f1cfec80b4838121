import { openBlasPath } from './install.ts';
import { openOpenBlas, type OpenBlas } from './library.ts';

let loaded: OpenBlas | undefined;

/**
 * OpenBLAS, loaded once a thread: some 10 ms.
 * @throws NativeError OPENBLAS_MISSING saying what to do
 */
export function loadOpenBlas(): OpenBlas {
  return (loaded ??= openOpenBlas(openBlasPath()));
}
