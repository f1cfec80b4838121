import { NativeError } from '../errors.ts';

/** LightGBM's parameters by their names or aliases, as in its documentation. */
export type LightGbmParams = Readonly<
  Record<string, string | number | boolean | readonly (string | number)[]>
>;

/**
 * The parameters as LightGBM's C API takes them: `name=value` by spaces. Silent unless `verbosity` is given.
 *
 * @param known every name there is; LightGBM itself ignores a misspelt one
 * @throws NativeError LIGHTGBM_FAILED naming the parameter that is unknown or can't be written
 */
export function formatParams(params: LightGbmParams, known: ReadonlySet<string>): string {
  return Object.entries({ verbosity: -1, ...params })
    .map(([name, value]) => {
      const text = Array.isArray(value) ? value.join(',') : String(value);
      if (!known.has(name)) throw new NativeError('LIGHTGBM_FAILED', `LightGBM has no parameter "${name}"`);
      if (/[\s=]/.test(text) || text === '' || text === 'NaN')
        throw new NativeError('LIGHTGBM_FAILED', `LightGBM's parameter ${name} can't be "${text}"`);
      return `${name}=${text}`;
    })
    .join(' ');
}
