import { problemWith, withCurrentNames, type ParamSpecs, type ParamsOf } from '@ml-training/sdk';
import { StrategyError } from './errors.ts';
import type { Plain } from './strategy.ts';

/**
 * A strategy's settings: its defaults with what the caller gave laid over them.
 * @param specs declare `as const satisfies ParamSpecs`, so that the result is typed by name.
 * @param strategy its type, e.g. `ensemble`: messages name it, and settings may be given by the old names
 *   that it has.
 * @throws StrategyError INVALID_PARAMS naming the setting, the value and what is allowed.
 */
export function readParams<S extends ParamSpecs>(
  specs: S,
  given: { readonly [name: string]: Plain } | undefined,
  strategy: string,
): ParamsOf<S> {
  const problem = problemWith(specs, given ?? {}, strategy);
  if (problem !== null) throw new StrategyError('INVALID_PARAMS', problem);
  const named = withCurrentNames(given ?? {}, strategy);
  const entries = Object.entries(specs).map(([name, spec]) => {
    const value = Object.hasOwn(named, name) ? named[name] : undefined;
    return [name, value ?? spec.default] as const;
  });
  // Each entry was checked against the spec of its own name, which is what ParamsOf says.
  return Object.fromEntries(entries) as ParamsOf<S>;
}

/**
 * The settings that a model was trained with.
 * @throws StrategyError INVALID_MODEL when this version knows no such settings or values.
 */
export function readStoredParams<S extends ParamSpecs>(
  specs: S,
  stored: { readonly [name: string]: Plain },
  strategy: string,
): ParamsOf<S> {
  try {
    return readParams(specs, stored, strategy);
  } catch (error) {
    if (error instanceof StrategyError)
      throw new StrategyError(
        'INVALID_MODEL',
        `the params of the model are not this version's: ${error.message}; retrain it`,
      );
    throw error;
  }
}
